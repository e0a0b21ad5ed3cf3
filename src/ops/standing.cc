#include "ops/standing.h"

#include <algorithm>

#include "base/log.h"

namespace dbops::ops {

Standing::~Standing() {
  cancel_.request();
  if (thread_.joinable()) thread_.join();
}

Result<void> Standing::begin(const Context& context) {
  const std::lock_guard lock(beginning_);
  if (thread_.joinable()) return {};
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(pace_.begin_max));
  DBOPS_TRY(connect(limited));
  thread_ = std::thread([this] { work(); });
  return {};
}

Context Standing::within(std::chrono::milliseconds span) const {
  Context context;
  context.cancel = cancel_;
  context.deadline = Deadline::after(span);
  return context;
}

void Standing::pause(std::chrono::milliseconds span) const {
  static_cast<void>(within(span).wait(-1, 0));  // Nothing but its time or a cancel ends it.
}

Result<void> Standing::connect(const Context& context) {
  DBOPS_ASSIGN(connection_, workspace_.connections().find(name_));
  DBOPS_TRY(work_.check(*connection_));
  DBOPS_ASSIGN(session_, connection_->open(context));
  auto begun = work_.begin(context, *session_);
  if (!begun) session_.reset();
  return begun;
}

// The configuration has another connection of this name now, or none.
bool Standing::is_outdated() const {
  const auto found = workspace_.connections().find(name_);
  return !found || *found != connection_;
}

void Standing::work() {
  while (!cancel_.requested()) {
    if (!session_)
      reconnect();
    else
      listen();
  }
}

void Standing::reconnect() {
  const auto connected = connect(within(pace_.begin_max));
  if (connected) {
    retry_ = pace_.retry_first;
    last_said_.clear();
    return work_.resume();
  }
  if (cancel_.requested()) return;
  const Error& error = connected.error();
  if (error.message != last_said_)
    log::warning("subscribers of " + name_ + " hear nothing: " + error.message);
  last_said_ = error.message;
  pause(retry_);
  retry_ = std::min(retry_ * 2, pace_.retry_max);
}

void Standing::listen() {
  if (is_outdated()) return session_.reset();
  const auto heard = work_.hear(within(pace_.look), *session_);
  if (heard) return;
  if (heard.error().code == Code::timeout && !session_->broken() && !session_->hung_up()) {
    if (!check_.passed()) return;
    check_ = Deadline::after(pace_.check);
    if (work_.begin(within(pace_.begin_max), *session_)) return;
  }
  session_.reset();
}

}  // namespace dbops::ops

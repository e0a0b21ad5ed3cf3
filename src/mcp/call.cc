#include "mcp/call.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "mcp/client.h"
#include "mcp/server.h"
#include "mcp/tracing.h"

namespace dbops::mcp {

Call::Call(Message message, Envelope envelope, Context context, std::shared_ptr<Client> client,
           std::shared_ptr<Outlet> outlet)
    : message_(std::move(message)),
      envelope_(std::move(envelope)),
      context_(std::move(context)),
      client_(std::move(client)),
      outlet_(std::move(outlet)) {}

Call::~Call() = default;

bool Call::listens() const { return method_ != nullptr && method_->listens; }

bool Call::can_be_task() const { return declares_tasks(envelope_); }

bool Call::can_elicit() const {
  if (!envelope_.client.elicitation_form || !has_elicitation(revision())) return false;
  return is_modern(revision()) || outlet_->can_send();
}

const boost::json::object* Call::answer(std::string_view key) const {
  return answers_ != nullptr ? object_member(*answers_, key) : nullptr;
}

void Call::progress(double done, std::optional<double> total, std::string_view text) {
  if (envelope_.progress_token.empty() || context_.cancel.requested()) return;
  const std::lock_guard lock(progress_mutex_);
  if (progress_over_ || (progress_sent_ > 0 && done <= progress_last_)) return;
  if (progress_sent_ >= kProgressFree &&
      std::chrono::steady_clock::now() - progress_at_ < kProgressInterval)
    return;
  progress_done_ = done;
  life_shown_ = 0;
  send_progress(done, total, text);
}

// What is sent must grow, and stay below what the work says next: whole numbers, as it counts.
void Call::show_life(std::chrono::milliseconds silence) {
  if (context_.cancel.requested() || listens()) return;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::working) return;
  }
  const std::lock_guard lock(progress_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (progress_over_ || now - progress_at_ < silence) return;
  ++life_shown_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begun_);
  send_progress(progress_done_ + 1 - 1.0 / (1 + life_shown_), std::nullopt,
                "still at work after " + std::to_string(seconds.count()) + " s");
}

void Call::send_progress(double done, std::optional<double> total, std::string_view text) {
  ++progress_sent_;
  progress_last_ = done;
  progress_at_ = std::chrono::steady_clock::now();
  std::string params;
  JsonWriter writer(params);
  writer.begin_object().key("progressToken").raw(envelope_.progress_token);
  writer.key("progress").real(done);
  if (total) writer.key("total").real(*total);
  if (!text.empty() && has_progress_text(revision())) writer.member("message", text);
  writer.end_object();
  notify("notifications/progress", params);
}

void Call::log(LogLevel level, std::string_view logger, std::string_view data) {
  if (!envelope_.log_level || level < *envelope_.log_level || context_.cancel.requested()) return;
  std::string params;
  JsonWriter writer(params);
  writer.begin_object().member("level", name(level));
  if (!logger.empty()) writer.member("logger", logger);
  writer.key("data").raw(data).end_object();
  notify("notifications/message", params);
}

void Call::notify(std::string_view method, std::string_view params) {
  outlet_->send(notification_frame(method, params));
}

void Call::stay() {
  const std::lock_guard lock(mutex_);
  if (!stays_) stays_ = true;  // Once: the thread that ran the call reads it without a lock.
  if (phase_ == Phase::working) phase_ = Phase::parked;
}

void Call::forward(std::string message) {
  if (!context_.cancel.requested()) outlet_->send(std::move(message));
}

void Call::cancel() {
  cancelled_ = true;
  stop();
}

void Call::stop() {
  context_.cancel.request();
  const bool cancelled = cancelled_;
  std::shared_ptr<Call> work;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::parked) return;  // Whoever works on it will find it cancelled.
    work = cancelled ? std::move(work_) : work_;
    if (!work || cancelled) phase_ = Phase::finished;
  }
  if (work && !cancelled) return work->stop();  // Whose end settles this one.
  if (work) work->cancel();
  withdraw_questions();
  conclude(cancelled ? Reply() : stopped_reply());
}

Reply Call::stopped_reply() const {
  return {.body = error_frame(message_.id,
                              {.code = kInternalError,
                               .message = "this server is shutting down, and has done nothing of "
                                          "this request: send it again once one is up",
                               .data = R"({"code":"cancelled","effect":"none","retryable":true})"}),
          .failure = kInternalError,
          .modern = is_modern(revision())};
}

void Call::set_target(std::string_view name) {
  if (span_) span_->set_target(name);
}

void Call::conclude(Reply reply) {
  {
    const std::lock_guard lock(progress_mutex_);
    progress_over_ = true;
  }
  if (span_) span_->end(reply);
  if (client_) client_->free_id(message_.id);
  outlet_->finish(std::move(reply));
  if (client_) client_->done();
}

void Call::settle(Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::parked) return;
    phase_ = Phase::finished;
    work_.reset();
  }
  conclude(std::move(reply));
}

std::vector<std::string> Call::withdraw_questions() {
  std::vector<std::string> keys;
  if (!client_) return keys;
  for (auto& [id, key] : client_->forget_questions(this)) {
    const std::string params = R"({"requestId":)" + std::to_string(id) + "}";
    outlet_->send(notification_frame("notifications/cancelled", params));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace dbops::mcp

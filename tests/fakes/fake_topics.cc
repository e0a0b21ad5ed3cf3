#include "fakes/fake_topics.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace dbops::fakes {

Published::Published() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Published::~Published() { close(event_); }

void Published::publish(const std::string& topic, std::string text) {
  const std::lock_guard lock(mutex_);
  if (!listened_.contains(topic)) return;
  messages_.push_back({topic, std::move(text)});
  eventfd_write(event_, 1);
}

void Published::hang_up() {
  const std::lock_guard lock(mutex_);
  hung_up_ = true;
  listened_.clear();
  eventfd_write(event_, 1);
}

void Published::refuse(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  refused_.insert(topic);
}

std::set<std::string> Published::listened() const {
  const std::lock_guard lock(mutex_);
  return listened_;
}

Result<void> Published::listen(const std::set<std::string>& topics) {
  const std::lock_guard lock(mutex_);
  for (const std::string& topic : topics)
    if (refused_.contains(topic)) return fail(Code::denied, topic + " is not for you");
  listened_ = topics;
  return {};
}

Result<std::vector<Topics::Message>> Published::next(const Context& context) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      eventfd_t count = 0;
      eventfd_read(event_, &count);
      if (std::exchange(hung_up_, false)) return fail(Code::disconnected, "it hung up");
      if (!messages_.empty()) return std::exchange(messages_, {});
    }
    DBOPS_TRY(context.wait(event_, POLLIN));
  }
}

}  // namespace dbops::fakes

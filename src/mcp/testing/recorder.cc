#include "mcp/testing/recorder.h"

#include <chrono>

namespace dbops::mcp::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

void Recorder::send(std::string message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

void Recorder::finish(Reply reply) {
  const std::lock_guard lock(mutex_);
  ++finished_;
  if (!reply_) reply_ = std::move(reply);
  changed_.notify_all();
}

Reply Recorder::reply() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this] { return reply_.has_value(); }))
    return {.body = "no reply came"};
  return *reply_;
}

std::string Recorder::message(size_t index) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return messages_.size() > index; })) return {};
  return messages_[index];
}

std::vector<std::string> Recorder::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

int Recorder::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

}  // namespace dbops::mcp::testing

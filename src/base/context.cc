#include "base/context.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/loop.h"
#include "base/signal.h"

namespace dbops {
namespace {

tl::unexpected<Error> cancelled() { return fail(Code::cancelled, "the call was cancelled"); }

tl::unexpected<Error> timed_out() {
  return fail(Code::timeout, "the time limit passed",
              "raise the time limit, or ask for less (a filter, a smaller range, an index)");
}

}  // namespace

std::string_view name(Tier tier) noexcept {
  switch (tier) {
    case Tier::read:
      return "read";
    case Tier::write:
      return "write";
    case Tier::admin:
      return "admin";
  }
  return "read";
}

std::optional<Tier> parse_tier(std::string_view text) noexcept {
  for (const Tier tier : {Tier::read, Tier::write, Tier::admin})
    if (text == name(tier)) return tier;
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Deadline::remaining() const {
  if (!at_) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

int Deadline::poll_ms() const {
  const auto left = remaining();
  if (!left) return -1;
  return static_cast<int>(std::min<std::chrono::milliseconds::rep>(left->count(), INT_MAX));
}

Deadline Deadline::earlier(Deadline other) const {
  if (!at_) return other;
  if (!other.at_) return *this;
  return Deadline(std::min(*at_, *other.at_));
}

Result<void> Context::alive() const {
  if (cancel.requested()) return cancelled();
  if (deadline.passed()) return timed_out();
  return {};
}

Result<short> Context::wait(int fd, short events) const {
  // A limit that has passed needs no waiting: poll() only looks.
  if (Loop* const loop = Loop::of_task(); loop != nullptr && !deadline.passed()) {
    short came = events;
    const Loop::Why why = loop->wait(*this, fd, came);
    if (why == Loop::Why::ready) return came;
    if (why == Loop::Why::cancelled) return cancelled();
    if (why == Loop::Why::timeout) return timed_out();
    return fail(Code::io, std::string("epoll_ctl: ") + std::strerror(errno));
  }
  pollfd fds[2] = {{fd, events, 0}, {cancel.fd(), POLLIN, 0}};
  for (;;) {
    const int ready = poll(fds, cancel.fd() >= 0 ? 2 : 1, deadline.poll_ms());
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail(Code::io, std::string("poll: ") + std::strerror(errno));
    if (cancel.fd() >= 0 && fds[1].revents != 0) return cancelled();
    if (fds[0].revents != 0) return fds[0].revents;
    if (deadline.passed()) return timed_out();
  }
}

Result<void> Context::wait(const Signal& signal) const {
  if (signal.loop_ == nullptr) {
    DBOPS_TRY(wait(signal.bell_->fd(), POLLIN));
    return {};
  }
  while (!signal.is_set()) {
    DBOPS_TRY(alive());
    static_cast<void>(signal.loop_->wait(*this, signal));
  }
  return {};
}

}  // namespace dbops

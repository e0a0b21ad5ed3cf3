#include "front/http/keeper.h"

#include <poll.h>
#include <sys/socket.h>

namespace dbops::http {

void Peer::allow(std::chrono::milliseconds span) {
  std::shared_ptr<Exchange> done;  // Let go outside the lock.
  const std::lock_guard lock(mutex_);
  due_ = Clock::now() + span;
  done = std::move(exchange_);
}

void Peer::attend(std::shared_ptr<Exchange> exchange) {
  const std::lock_guard lock(mutex_);
  due_ = Clock::time_point::max();
  since_ = Clock::now();
  exchange_ = std::move(exchange);
}

Keeper::Keeper(std::chrono::seconds keep_alive, std::function<void()> housekeeping)
    : keep_alive_(keep_alive),
      housekeeping_(std::move(housekeeping)),
      thread_([this] { work(); }) {}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Peer* Keeper::add(int fd) {
  auto peer = std::make_unique<Peer>(fd);
  Peer* const key = peer.get();
  const std::lock_guard lock(mutex_);
  peers_.emplace(key, std::move(peer));
  if (peers_.size() == 1) changed_.notify_all();
  return key;
}

void Keeper::remove(Peer* peer) {
  std::unique_ptr<Peer> removed;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  removed = std::move(found->second);
  peers_.erase(found);
}

void Keeper::dismiss_all() {
  for (const auto& exchange : exchanges()) exchange->leave();
}

void Keeper::work() {
  auto rest_at = Clock::now() + kRest;
  auto keep_alive_at = Clock::now() + keep_alive_;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    changed_.wait_for(lock, peers_.empty() ? kRest : kTurn);
    lock.unlock();
    const auto now = Clock::now();
    const bool rested = now >= rest_at;
    for (const auto& exchange : look(rested, now)) exchange->leave();
    if (rested) {
      rest_at = now + kRest;
      housekeeping_();
    }
    if (now >= keep_alive_at) {
      keep_alive_at = now + keep_alive_;
      for (const auto& exchange : exchanges()) exchange->keep_alive();
    }
    lock.lock();
  }
}

Keeper::Exchanges Keeper::look(bool at_idle, Clock::time_point now) {
  std::vector<pollfd> fds;
  Exchanges watched;
  Exchanges gone;
  // Held throughout: a descriptor is closed only after its peer was removed.
  const std::lock_guard lock(mutex_);
  for (const auto& [key, peer] : peers_) {
    const std::lock_guard peer_lock(peer->mutex_);
    if (peer->due_ < now) {
      peer->due_ = Clock::time_point::max();
      shutdown(peer->fd_, SHUT_RDWR);
    }
    // Most calls are over before anyone looks.
    if (!peer->exchange_ || now - peer->since_ < kTurn) continue;
    if (!at_idle && peer->exchange_->is_idle_stream()) continue;
    fds.push_back({.fd = peer->fd_, .events = POLLRDHUP, .revents = 0});
    watched.push_back(peer->exchange_);
  }
  if (fds.empty() || poll(fds.data(), fds.size(), 0) <= 0) return gone;
  for (size_t i = 0; i < fds.size(); ++i)
    if ((fds[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
      gone.push_back(std::move(watched[i]));
  return gone;
}

Keeper::Exchanges Keeper::exchanges() {
  Exchanges all;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, peer] : peers_) {
    const std::lock_guard peer_lock(peer->mutex_);
    if (peer->exchange_) all.push_back(peer->exchange_);
  }
  return all;
}

}  // namespace dbops::http

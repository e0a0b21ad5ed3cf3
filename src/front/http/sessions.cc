#include "front/http/sessions.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/bytes.h"
#include "front/http/replay.h"

namespace dbops::http {

bool KeptBytes::take(size_t bytes) {
  if (bytes_.fetch_add(bytes) + bytes <= kMax) return true;
  bytes_ -= bytes;
  return false;
}

bool Sessions::in_use(const Session& session) {
  return session.client->calls() > 0 || !session.stream.expired();
}

// Outside the lock: a call that is cancelled may finish on this thread.
void Sessions::end(const List& ended) {
  for (const Session& session : ended) {
    session.client->cancel_all();
    if (const auto stream = session.stream.lock()) stream->finish({});
  }
}

std::optional<std::string> Sessions::add(std::shared_ptr<mcp::Client> client,
                                         Clock::time_point now) {
  std::string id = random_name();
  List ended;
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= sessions_max_ && !evict(ended)) return std::nullopt;
    sessions_.push_front(
        {.id = id, .client = std::move(client), .stream = {}, .replays = {}, .used = now});
    by_id_.emplace(sessions_.front().id, sessions_.begin());
  }
  end(ended);
  return id;
}

std::shared_ptr<mcp::Client> Sessions::find(std::string_view id, std::string_view principal,
                                            Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const Session* session = use(id, principal, now);
  return session != nullptr ? session->client : nullptr;
}

Sessions::Attached Sessions::attach(std::string_view id, std::string_view principal,
                                    const std::shared_ptr<mcp::Outlet>& stream,
                                    Clock::time_point now, size_t others) {
  const std::lock_guard lock(mutex_);
  Session* session = use(id, principal, now);
  if (session == nullptr) return Attached::unknown_session;
  if (!session->stream.expired()) return Attached::has_one;
  if (count_streams() + others >= streams_max_) return Attached::too_many;
  session->stream = stream;
  session->client->attach(stream);
  return Attached::yes;
}

void Sessions::keep(std::string_view id, std::shared_ptr<Replay> replay) {
  std::shared_ptr<Replay> dropped;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  auto& replays = found->second->replays;
  if (replays.size() >= kReplaysMax) {
    dropped = std::move(replays.front());
    replays.erase(replays.begin());
  }
  replays.push_back(std::move(replay));
}

std::shared_ptr<Replay> Sessions::find_replay(std::string_view id, std::string_view stream) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  for (const auto& replay : found->second->replays)
    if (replay->name() == stream) return replay;
  return nullptr;
}

bool Sessions::remove(std::string_view id, std::string_view principal) {
  List ended;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end() || found->second->client->principal() != principal) return false;
    take_out(found->second, ended);
  }
  end(ended);
  return true;
}

void Sessions::trim(Clock::time_point now) {
  List ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = sessions_.end(); at != sessions_.begin();) {
      const auto session = std::prev(at);
      if (now - session->used < idle_max_) break;  // Those before it were used later.
      if (in_use(*session)) {
        at = session;
        continue;
      }
      take_out(session, ended);
    }
  }
  end(ended);
  drop_replays(now);
}

// Asked outside the lock: a stream that begins holds its own while it takes this one.
void Sessions::drop_replays(Clock::time_point now) {
  std::set<std::shared_ptr<Replay>> over;
  {
    const std::lock_guard lock(mutex_);
    for (const Session& session : sessions_)
      over.insert(session.replays.begin(), session.replays.end());
  }
  std::erase_if(over, [&](const auto& replay) { return !replay->is_over(now); });
  if (over.empty()) return;
  const std::lock_guard lock(mutex_);
  for (Session& session : sessions_)
    std::erase_if(session.replays, [&](const auto& replay) { return over.contains(replay); });
}

void Sessions::end_streams() {
  std::vector<std::shared_ptr<mcp::Outlet>> streams;
  {
    const std::lock_guard lock(mutex_);
    for (const Session& session : sessions_)
      if (auto stream = session.stream.lock()) streams.push_back(std::move(stream));
  }
  for (const auto& stream : streams) stream->finish({});
}

void Sessions::stop() {
  List ended;
  {
    const std::lock_guard lock(mutex_);
    by_id_.clear();
    ended.swap(sessions_);
  }
  for (const Session& session : ended) {
    session.client->stop_all();
    if (const auto stream = session.stream.lock()) stream->finish({});
  }
}

size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

size_t Sessions::streams() const {
  const std::lock_guard lock(mutex_);
  return count_streams();
}

bool Sessions::has_room(size_t others) const { return streams() + others < streams_max_; }

size_t Sessions::count_streams() const {
  return static_cast<size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [](const Session& session) { return !session.stream.expired(); }));
}

Sessions::Session* Sessions::use(std::string_view id, std::string_view principal,
                                 Clock::time_point now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->client->principal() != principal) return nullptr;
  sessions_.splice(sessions_.begin(), sessions_, found->second);
  found->second->used = now;
  return &*found->second;
}

bool Sessions::evict(List& ended) {
  for (auto at = sessions_.end(); at != sessions_.begin();) {
    --at;
    if (in_use(*at)) continue;
    take_out(at, ended);
    return true;
  }
  return false;
}

void Sessions::take_out(List::iterator session, List& ended) {
  by_id_.erase(session->id);
  ended.splice(ended.begin(), sessions_, session);
}

}  // namespace dbops::http

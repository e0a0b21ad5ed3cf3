// Legacy sessions: what Mcp-Session-Id stands for (2025-11-25, basic/transports).
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mcp/client.h"
#include "mcp/outlet.h"

namespace dbops::http {

class Replay;

// Bounds what all event streams that may be resumed keep together. Thread-safe.
class KeptBytes {
 public:
  static constexpr size_t kMax = 16u << 20;
  // False, with nothing taken, where it would be too much.
  bool take(size_t bytes);
  void give_back(size_t bytes) { bytes_ -= bytes; }

 private:
  std::atomic<size_t> bytes_ = 0;
};

// A session is its principal's: for anyone else there is none of that id. Thread-safe.
class Sessions {
 public:
  using Clock = std::chrono::steady_clock;
  // A session that nobody used for `idle_max` ends. Beyond `sessions_max` the one unused for the
  // longest gives way.
  Sessions(size_t sessions_max, size_t streams_max, std::chrono::seconds idle_max)
      : sessions_max_(sessions_max), streams_max_(streams_max), idle_max_(idle_max) {}

  // The new session's id, 128 random bits; nullopt: there are too many, and all are in use.
  std::optional<std::string> add(std::shared_ptr<mcp::Client> client, Clock::time_point now);
  // nullptr: no such session (any more). Counts as use.
  std::shared_ptr<mcp::Client> find(std::string_view id, std::string_view principal,
                                    Clock::time_point now);

  enum class Attached : uint8_t { yes, unknown_session, has_one, too_many };
  // The stream for what belongs to no call. Held weakly: it is the session's until it is gone.
  // `others`: streams that are open and no session's; they take up the same room.
  Attached attach(std::string_view id, std::string_view principal,
                  const std::shared_ptr<mcp::Outlet>& stream, Clock::time_point now,
                  size_t others = 0);

  static constexpr size_t kReplaysMax = 16;  // event streams that one session keeps
  // Keeps a stream that may be resumed, in the place of the oldest when there are too many.
  void keep(std::string_view id, std::shared_ptr<Replay> replay);
  const std::shared_ptr<KeptBytes>& kept_bytes() const { return kept_bytes_; }
  // nullptr: no such stream (any more).
  std::shared_ptr<Replay> find_replay(std::string_view id, std::string_view stream);

  // Ends it: its calls are cancelled, its stream is finished. False: no such session.
  bool remove(std::string_view id, std::string_view principal);
  // Ends those that are idle for too long; drops streams that nobody came back for.
  void trim(Clock::time_point now);
  // Finishes all streams; the sessions go on.
  void end_streams();
  // The server ends: their calls are asked to stop and still answered, their streams are finished.
  void stop();
  size_t size() const;
  // Those that are open now.
  size_t streams() const;
  // Whether one more may be opened beside these and `others`.
  bool has_room(size_t others) const;

 private:
  struct Session {
    std::string id;
    std::shared_ptr<mcp::Client> client;
    std::weak_ptr<mcp::Outlet> stream;
    std::vector<std::shared_ptr<Replay>> replays;  // The oldest first.
    Clock::time_point used;
  };
  using List = std::list<Session>;  // The one used last stands first.

  void drop_replays(Clock::time_point now);
  static bool in_use(const Session& session);
  static void end(const List& ended);
  // REQUIRES for these: mutex_ is held.
  Session* use(std::string_view id, std::string_view principal, Clock::time_point now);
  bool evict(List& ended);
  void take_out(List::iterator session, List& ended);

  size_t count_streams() const;

  const size_t sessions_max_;
  const size_t streams_max_;
  const std::chrono::seconds idle_max_;
  const std::shared_ptr<KeptBytes> kept_bytes_ = std::make_shared<KeptBytes>();
  mutable std::mutex mutex_;
  List sessions_;
  std::unordered_map<std::string_view, List::iterator> by_id_;  // Keys stand in the list.
};

}  // namespace dbops::http

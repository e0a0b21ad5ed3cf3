// Event streams that outlive their connection (2025-11-25, basic/transports, "Resumability and
// Redelivery"): a client that was cut off comes back with a GET and the last event's id.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "front/http/exchange.h"
#include "front/http/sessions.h"

namespace dbops::http {

// "NAME-NUMBER": the stream, and how many events of it had come.
struct EventId {
  std::string_view stream;
  uint64_t number = 0;
};
std::optional<EventId> read_event_id(std::string_view text);

// The outlet of one legacy request: what is said before its answer goes out as numbered events, and
// is kept for a while. An answer that nothing went before is plain JSON, and is not kept.
// Thread-safe.
class Replay final : public mcp::Outlet, public std::enable_shared_from_this<Replay> {
 public:
  using Clock = Sessions::Clock;
  static constexpr size_t kKeptBytesMax = 1u << 20;        // of events of one stream
  static constexpr std::chrono::milliseconds kRetry{500};  // until a client comes back
  static constexpr std::chrono::seconds kLife{60};         // after its end

  // `exchange` has begun. `sessions` must outlive it; the session named keeps it once it streams.
  Replay(std::shared_ptr<Exchange> exchange, Sessions& sessions, std::string session);
  ~Replay() override;
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  void send(std::string message) override;
  void finish(mcp::Reply reply) override;
  bool can_send() const override { return takes_events_; }
  void pause() override;

  // Of the stream, once its session keeps it.
  const std::string& name() const { return name_; }
  // Goes on at another exchange, behind the event of that number. False: some of what followed is
  // no longer kept.
  bool resume(uint64_t after, const std::shared_ptr<Exchange>& exchange);
  // Its request was cancelled: it has no answer.
  bool is_cancelled() const;
  // Whether nobody needs it any more.
  bool is_over(Clock::time_point now) const;

 private:
  // REQUIRES for these: mutex_ is held.
  void begin();
  void add(std::string message);
  void drop(size_t count);
  std::string id_of(uint64_t number) const;

  std::string name_;
  const bool takes_events_;
  const std::shared_ptr<KeptBytes> budget_;
  const std::shared_ptr<Gauge> calls_;  // Counts the call also while no connection carries it.
  Sessions& sessions_;
  const std::string session_;
  mutable std::mutex mutex_;
  std::shared_ptr<Exchange> exchange_;  // nullptr while the client is away.
  std::list<std::string> kept_;         // The last ones, without a gap; most often none.
  size_t kept_bytes_ = 0;
  uint64_t last_ = 0;  // Number of the last event.
  bool streams_ = false;
  bool answered_ = false;
  std::optional<Clock::time_point> finished_;
};

}  // namespace dbops::http

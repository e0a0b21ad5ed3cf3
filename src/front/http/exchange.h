// One HTTP request and what becomes of it: the outlet of an MCP message over HTTP.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/context.h"
#include "front/http/response.h"
#include "mcp/call.h"
#include "mcp/outlet.h"

namespace dbops {
struct SseEvent;
}

namespace dbops::http {

inline constexpr size_t kUnsentBytesMax = 1u << 20;  // notifications that wait for a slow client

// What carries an exchange, and sleeps while there is nothing to carry.
class Sleeper {
 public:
  // From any thread, with the exchange's lock held: it is to be looked at again.
  virtual void wake() = 0;
  virtual ~Sleeper() = default;
};

// Counts what is under way, so that a server can end when nothing is. Thread-safe.
class Gauge {
 public:
  void enter();
  void leave();
  // Until nothing is under way: true; or the deadline has passed: false.
  bool wait(Deadline deadline) const;
  size_t count() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable empty_;
  size_t count_ = 0;
};

//   on the connection's thread              on any thread
//   --------------------------------------  ---------------------------------------------
//   answer(), or: begin(), and the server   send(): opens an event stream, adds an event
//   holds this as an Outlet; then settle()  finish(): the response, or the last event
//   says: respond, stream, or wait             ... each wakes the sleeper where it waits
//   read(): the stream's next bytes         stop(): the server ends
//   release(): it is over, or the client
//   has gone
class Exchange final : public mcp::Outlet {
 public:
  // `sleeper` may be nullptr, and lives until release(). `calls` counts it from begin() to
  // finish(), `answers` to release(), when all was sent.
  Exchange(Sleeper* sleeper, std::shared_ptr<Gauge> calls, std::shared_ptr<Gauge> answers)
      : calls_(std::move(calls)), answers_(std::move(answers)), sleeper_(sleeper) {}

  // Outlet. What is sent while the client takes no events, or reads none, is dropped.
  void send(std::string message) override;
  void finish(mcp::Reply reply) override;
  bool can_send() const override { return events_; }

  // As send(), with an id of its own.
  void send_event(const SseEvent& event);
  // As finish() of a stream, but with this for its last event.
  void finish_event(const SseEvent& event);
  const std::shared_ptr<Gauge>& calls() const { return calls_; }

  // A response that needs no message.
  void answer(Response response);
  // A message is about to be handed to the server; `request`: an answer will come of it. `json`,
  // `events`: the kinds of answer that the client takes.
  void begin(bool request, bool json, bool events);
  // A stream from the start, of events that belong to no call. It is under way until finish().
  void begin_stream();
  // The call that works on it, if its end is to be asked for when the client leaves.
  void set_call(const std::shared_ptr<mcp::Call>& call);
  // Mcp-Session-Id of the answer. REQUIRES: settle() was not called yet.
  void set_session(std::string id) { response_.session = std::move(id); }
  // Whether it was answered with a result already.
  bool succeeded() const;

  // Says on a quiet stream that it is alive.
  void keep_alive();
  // The server ends: its call is asked to stop, and still answered.
  void stop();
  // A stream whose end no call waits for.
  bool is_idle_stream() const;

  // While it is not known yet who asks. await(): on the connection's thread: proceed() will wake
  // it; false: that came already.
  bool await();
  // From any thread.
  void proceed();

  // On the connection's thread.
  enum class Turn : uint8_t { sleeps, responds, streams };
  // What is to be done now. `sleeps`: nothing, until it is woken.
  Turn settle();
  Response& response() { return response_; }
  static constexpr ssize_t kAsleep = 0;
  static constexpr ssize_t kEnd = -1;
  // Copies the stream's next bytes: how many, or one of the above.
  ssize_t read(char* into, size_t size);
  // Nobody is woken from here on.
  void release();

 private:
  // The client has gone.
  void leave();
  // REQUIRES: mutex_ is held.
  void wake();

  const std::shared_ptr<Gauge> calls_;
  const std::shared_ptr<Gauge> answers_;
  mutable std::mutex mutex_;
  Sleeper* sleeper_;  // nullptr once released.
  bool begun_ = false;
  bool request_ = false;
  bool json_ = true;
  bool events_ = false;
  bool asleep_ = false;
  bool awaits_ = false;
  bool proceeds_ = false;
  bool streaming_ = false;
  bool finished_ = false;
  bool succeeded_ = false;
  bool gone_ = false;
  Response response_;
  std::string unsent_;  // Of the stream.
  size_t sent_ = 0;     // Bytes at its front that are on their way already.
  std::shared_ptr<mcp::Call> call_;
};

}  // namespace dbops::http

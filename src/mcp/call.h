// One request while it is worked on: what its handler may ask of it, and say through it.
#pragma once

#include <atomic>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "mcp/envelope.h"
#include "mcp/outlet.h"

namespace dbops::mcp {

class Client;
class RequestSpan;
class Task;
struct Method;

// Something that only the client can answer, most often by asking a person (multi round-trip
// requests, 2026-07-28; a request from the server to the client in legacy revisions).
struct Question {
  std::string key;     // Names it among the questions of one call.
  std::string method;  // "elicitation/create"
  std::string params;  // One JSON object.
};
// A handler that answers with these is entered again, from its beginning, once the client has
// answered: it then finds the answers by their keys, and `state` as it left it.
struct Questions {
  std::vector<Question> items;
  std::string state;
};

// Thread-safe where several threads may meet: cancel() and what the server does to it. Handlers run
// on one thread at a time.
class Call : public std::enable_shared_from_this<Call> {
 public:
  static constexpr int kProgressFree = 10;  // notifications of one call that are never held back
  static constexpr std::chrono::milliseconds kProgressInterval{100};  // between those after them

  Call(Message message, Envelope envelope, Context context, std::shared_ptr<Client> client,
       std::shared_ptr<Outlet> outlet);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const std::string& id() const { return message_.id; }  // JSON text.
  const boost::json::object& params() const { return *message_.params; }
  Revision revision() const { return envelope_.revision; }
  const Envelope& envelope() const { return envelope_; }
  const Context& context() const { return context_; }
  // nullptr for a modern request over HTTP.
  Client* client() const { return client_.get(); }

  // Whether a form can be put before the person at the other end.
  bool can_elicit() const;
  // Whether the client may be answered with a task. What the server offers is for it to know.
  bool can_be_task() const;
  // The client's answer to the question of that key: an object such as {"action": "accept",
  // "content": {...}}; nullptr: not asked yet, or not answered.
  const boost::json::object* answer(std::string_view key) const;
  // As the handler left it when it asked; empty the first time.
  std::string_view state() const { return state_; }

  // Does nothing where the client asked for no progress. `done` must grow from call to call;
  // what comes too often is dropped.
  void progress(double done, std::optional<double> total, std::string_view text);
  // Where the client asked for progress and has heard none for `silence`: that the work goes on.
  // From any thread; does nothing once the call is answered, or while it waits for an answer.
  void show_life(std::chrono::milliseconds silence);
  // Does nothing where the client wants no log messages of that level. `data`: one JSON value.
  void log(LogLevel level, std::string_view logger, std::string_view data);

  // A notification that belongs to this call. `params`: one JSON object.
  void notify(std::string_view method, std::string_view params);
  // The client may wait without a connection for what is still to come (SSE polling). A hint: it
  // is heard where Outlet::pause() is.
  void pause() { outlet_->pause(); }
  // Nothing is answered when run() returns: the call stays open, without a thread, until the
  // client cancels it or the server ends it.
  void stay();

  // What belongs to this call but is said by the work that goes on for it.
  void forward(std::string message);

  // It is a subscription: it stays open to hear of changes.
  bool listens() const;
  // What the request is about, where that is one of few names: a tool, a prompt.
  void set_target(std::string_view name);
  // The result says isError.
  void set_tool_failed() { tool_failed_ = true; }

  // Makes room for so many more bytes of result.
  void reserve(size_t bytes) { body_.reserve(body_.size() + bytes); }

  // The client wants no answer any more: asks the work to stop; nothing more is sent for it.
  // Idempotent, as stop() is.
  void cancel();
  // The server ends: asks the work to stop too, but what became of it is answered.
  void stop();
  bool is_stopped() const { return context_.cancel.requested() && !cancelled_; }

 private:
  friend class Server;
  friend class Client;
  friend class Task;
  enum class Phase : uint8_t { working, parked, finished };
  // REQUIRES: progress_mutex_ is held.
  void send_progress(double done, std::optional<double> total, std::string_view text);
  void conclude(Reply reply);
  // Of a call that stop() kept from being worked on.
  Reply stopped_reply() const;
  // Answers a call that stayed open; does nothing where it was cancelled meanwhile.
  void settle(Reply reply);
  // Tells a legacy client that its answers are no longer wanted; the keys of what was open.
  std::vector<std::string> withdraw_questions();

  const Message message_;
  const Envelope envelope_;
  const Context context_;
  const std::shared_ptr<Client> client_;
  const std::shared_ptr<Outlet> outlet_;
  const Method* method_ = nullptr;

  std::string body_;  // The response being written.
  std::string state_;
  const boost::json::object* answers_ = nullptr;    // In message_'s document, or in collected_.
  std::shared_ptr<boost::json::object> collected_;  // Of a legacy client, as they come in.
  bool stays_ = false;
  std::function<void()> left_;  // Once nothing more is done to a call that stays or is parked.
  std::string awaited_;         // The task that it waits for; empty: none.
  std::chrono::system_clock::time_point awaited_since_;  // When that last changed, as it knows.
  bool tool_failed_ = false;
  std::atomic<bool> cancelled_ = false;  // By cancel(), not by stop() alone.
  std::string_view result_type_ = "complete";
  std::unique_ptr<RequestSpan> span_;    // nullptr: nobody records this request.
  std::shared_ptr<Call> work_;           // That goes on for this one; cancelled with it.
  std::shared_ptr<Task> task_;           // That this call does the work of; nullptr: of none.
  std::unique_ptr<Method> task_method_;  // ... and what that work is.
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();

  std::mutex progress_mutex_;  // Held while progress is sent, so that it grows on its way, too.
  bool progress_over_ = false;
  int progress_sent_ = 0;
  double progress_last_ = 0;
  double progress_done_ = 0;  // As the work last said ...
  int life_shown_ = 0;        // ... and how often life was shown since.
  std::chrono::steady_clock::time_point progress_at_ = begun_;

  std::mutex mutex_;
  Phase phase_ = Phase::working;
  size_t unanswered_ = 0;  // Questions that a parked call waits for.
  int rounds_ = 0;
  Deadline patience_;
};

}  // namespace dbops::mcp

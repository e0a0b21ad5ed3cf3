#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/context.h"
#include "core/grants.h"
#include "mcp/envelope.h"
#include "mcp/outlet.h"

namespace dbops::mcp {

class Call;

// A client as the server knows it between two messages: the process at the other end of stdio, or
// a legacy HTTP session. Modern requests over HTTP have none. Thread-safe.
class Client {
 public:
  static constexpr size_t kWatchedMax = 1000;  // resources that one client may subscribe to

  // `principal`: who it is, for policy and audit.
  explicit Client(std::string principal) : Client(Caller{.principal = std::move(principal)}) {}
  explicit Client(Caller caller)
      : principal_(std::move(caller.principal)), grants_(std::move(caller.grants)) {}

  const std::string& principal() const { return principal_; }
  Caller caller() const;
  // What it was granted may change from one message to the next: by another token of the same
  // principal, or by the configuration.
  void renew(std::shared_ptr<const Grants> grants);
  // What `initialize` agreed on; nullopt before it.
  std::optional<Revision> revision() const;

  // Where it hears what belongs to no request of its own, as long as that exists.
  void attach(std::weak_ptr<Outlet> stream);
  // Drops the notification where it hears nothing.
  void announce(std::string_view method, std::string_view params) const;
  void announce(std::string frame) const;
  // resources/subscribe. False: it has subscribed to too many.
  bool watch(std::string_view uri);
  void unwatch(std::string_view uri);
  std::vector<std::string> watched() const;

  // The client can answer no more questions: calls that ask one are asked to stop, and answered.
  void dismiss_questions();
  // The client is gone: every call is asked to stop and answers nothing more.
  void cancel_all();
  // The server ends: every call is asked to stop, and still answered.
  void stop_all();
  // Until no call is in flight: true; or the deadline passed: false.
  bool wait_idle(Deadline deadline) const;
  size_t calls() const;

 private:
  friend class Server;
  friend class Call;
  struct Asked {
    std::shared_ptr<Call> call;
    std::string key;
  };

  void begin(Revision revision, ClientCapabilities capabilities);
  // The envelope of a legacy request; nullopt before `initialize`.
  std::optional<Envelope> envelope(const Message& message) const;
  void set_log_level(LogLevel level);

  // False: a call of that id is in flight already.
  bool add(const std::string& id, const std::shared_ptr<Call>& call);
  // In two steps: the id is free before the answer goes out, for the client may use it again at
  // once; the call counts until its answer has gone out.
  void free_id(const std::string& id);
  void done();
  std::shared_ptr<Call> find(const std::string& id) const;
  std::vector<std::shared_ptr<Call>> calls_in_flight() const;

  // A question is under way: the id to send it with; nullopt after dismiss_questions().
  std::optional<int64_t> ask(Asked asked);
  // Takes back the question of that id, if it is still open.
  std::optional<Asked> answered(int64_t id);
  // Takes back all that are open for a call: their ids and keys.
  std::vector<std::pair<int64_t, std::string>> forget_questions(const Call* call);

  const std::string principal_;
  mutable std::mutex mutex_;
  mutable std::condition_variable idle_;
  std::shared_ptr<const Grants> grants_;
  std::optional<Revision> revision_;
  ClientCapabilities capabilities_;
  LogLevel log_level_ = LogLevel::info;  // What a legacy client gets before it sets a level.
  std::unordered_map<std::string, std::shared_ptr<Call>> calls_;
  size_t unfinished_ = 0;
  std::map<int64_t, Asked> questions_;
  int64_t last_question_ = 0;
  std::weak_ptr<Outlet> stream_;
  std::set<std::string, std::less<>> watched_;
  bool answers_ = true;
};

}  // namespace dbops::mcp

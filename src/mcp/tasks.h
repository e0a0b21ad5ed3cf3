// The extension io.modelcontextprotocol/tasks (SEP-2663): a tool's work goes on after its answer,
// and the client asks how it fares. Kept in memory: an end of the server is an end of its tasks.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"
#include "mcp/jsonrpc.h"

namespace dbops::mcp {

inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

// One piece of work and how it fares: the outlet of the call that does it. Thread-safe.
class Task final : public Outlet {
 public:
  static constexpr std::chrono::hours kLife{1};           // from its start
  static constexpr std::chrono::milliseconds kPoll{500};  // between two looks of a client

  explicit Task(std::string principal);

  const std::string& id() const { return id_; }
  const std::string& principal() const { return principal_; }
  bool is_over(std::chrono::system_clock::time_point now) const { return now - started_ > kLife; }

  // Members of a result object: what a task is, and with `details` what came of it.
  void write(JsonWriter& out, bool details) const;

  // Outlet. Nothing goes ahead of a task's result.
  void send(std::string) override {}
  void finish(Reply reply) override;
  bool can_send() const override { return false; }

  // It can't go on without these answers.
  void ask(std::vector<Question> questions);
  // Takes the answers to what is still asked; true when that was the last one. Others are ignored.
  bool answer(const boost::json::object& answers);
  // What was answered since ask(), by key. REQUIRES: answer() said that it is complete.
  std::shared_ptr<boost::json::object> take_answers();
  // No change to one that has ended.
  void cancelled();

 private:
  enum class Status : uint8_t { working, input_required, completed, failed, cancelled };
  static std::string_view name(Status status);
  // REQUIRES: mutex_ is held.
  bool ended() const { return status_ >= Status::completed; }
  void become(Status status);

  const std::string id_;
  const std::string principal_;
  const std::chrono::system_clock::time_point started_;
  mutable std::mutex mutex_;
  Status status_ = Status::working;
  std::chrono::system_clock::time_point changed_;
  std::string outcome_;  // JSON of the result or the error.
  std::vector<Question> asked_;
  std::shared_ptr<boost::json::object> answers_;
};

// Thread-safe.
class Tasks {
 public:
  static constexpr size_t kTasksMax = 1000;

  struct Entry {
    std::shared_ptr<Task> task;
    std::shared_ptr<Call> call;  // That does it.
  };
  // False: there are too many.
  bool add(Entry entry);
  // An entry without a task: there is none of that id for this principal.
  Entry find(std::string_view id, std::string_view principal) const;
  // Cancels and forgets those that are over.
  void trim(std::chrono::system_clock::time_point now);
  void cancel_all();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace dbops::mcp

// Tasks in the state: what becomes of one can be asked of any server that shares it, also once the
// server that works on it is gone.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/call.h"
#include "ops/state.h"

namespace dbops::mcp {

enum class TaskStatus : uint8_t { working, input_required, completed, failed, cancelled };
std::string_view name(TaskStatus status) noexcept;
inline bool has_ended(TaskStatus status) { return status >= TaskStatus::completed; }

// What there is to say of a task.
struct TaskView {
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::hours kLife{24};          // from its start; the most
  static constexpr std::chrono::minutes kLifeMin{5};      // ... and the least
  static constexpr std::chrono::milliseconds kPoll{500};  // between two looks of a client
  static constexpr size_t kWhyBytesMax = 1024;            // of why one has failed
  static constexpr size_t kReadBytesMax = 64u << 10;      // of an outcome that is read for it

  std::string id;
  std::string principal;
  bool reads = false;  // Its work changes nothing.
  std::chrono::milliseconds life = kLife;
  TaskStatus status = TaskStatus::working;
  Time started = {};
  Time changed = {};
  bool tool_failed = false;          // It completed with a result that says isError.
  std::string outcome = {};          // JSON of the result or the error, once it has ended.
  std::vector<Question> asked = {};  // What it can't go on without.

  // Members of a result object.
  void write(JsonWriter& out) const;
  // The same of revision 2025-11-25, where a tool's failure is the task's.
  void write_legacy(JsonWriter& out) const;
  std::string_view legacy_status() const;
  // Of one that has failed, for people; empty where that is not known.
  std::string why_failed() const;
  bool is_over(Time now) const { return now - started > life; }
};

// The JSON-RPC error of a task that will never have a result, for `why`. What it did is not known
// unless it only reads.
std::string lost_outcome(std::string_view why, bool reads);

// Thread-safe. All but name_server() may block as State does.
class TaskKeeper {
 public:
  static constexpr size_t kKeptMax = 1000;               // tasks of one principal
  static constexpr uint64_t kKeptBytesMax = 256u << 20;  // bytes of their outcomes, about
  static constexpr size_t kOutcomeBytesMax = 16u << 20;  // bytes of one outcome
  static constexpr std::chrono::seconds kLease{30};      // without a word a server counts as gone
  static constexpr std::chrono::seconds kRenew{10};      // how often it says that it is there

  explicit TaskKeeper(std::shared_ptr<ops::State> state);

  // A task that works from now on, here. Code::busy beyond kKeptMax and kKeptBytesMax.
  Result<void> add(const TaskView& task);
  // How it ended. False: it is not kept any more, or was given up for lost by another server.
  Result<bool> end(const TaskView& task);
  // One whose server is gone has failed. nullopt: none of that id belongs to this principal.
  Result<std::optional<TaskView>> find(std::string_view id, std::string_view principal);
  Result<void> drop(std::string_view id);
  // The principal's, what expires first before the others.
  Result<std::vector<std::string>> list(std::string_view principal);

  // Asks the server that works on it to stop it, and what servers were asked so.
  Result<void> ask_to_stop(std::string_view id);
  Result<std::vector<std::string>> to_stop();
  Result<void> stopped(std::string_view id);

  // To be called at least every kRenew while a task is worked on here.
  Result<void> renew();

 private:
  Result<bool> server_lives(std::string_view server);
  ops::StateRecord record_of(const TaskView& task) const;

  const std::shared_ptr<ops::State> state_;
  const std::string server_;    // This one, among all that share the state.
  const std::string identity_;  // ... and as a process.
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> renewed_;
  int64_t version_ = 0;  // Of this server's record.
};

}  // namespace dbops::mcp

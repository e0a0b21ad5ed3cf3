// The extension io.modelcontextprotocol/tasks (SEP-2663): a tool's work goes on after its answer,
// and the client asks how it fares. What a task came to is kept in the state; here are those that
// this server works on.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"
#include "mcp/task_keeper.h"

namespace dbops::mcp {

inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";
// Whether this client may be answered with a task.
bool declares_tasks(const Envelope& envelope);
// Of a request that names a task, and may.
tl::expected<std::string_view, Failure> read_task_id(const Call& call);
// Whether a request of 2025-11-25 with these params asks for a task.
bool asks_for_task(const Envelope& envelope, const boost::json::object& params);

// How a task reaches its client.
struct TaskReach {
  bool asks = false;                                  // Its work may ask questions.
  std::function<void(const TaskView&)> changed = {};  // After each change, in their order.
  // A notification of its work, as a frame.
  std::function<void(std::string_view id, std::string frame)> said = {};
};

// One piece of work and how it fares: the outlet of the call that does it. At first it may have a
// call that waits for it: work that is soon over answers that one, and never was a task to anybody.
// Thread-safe.
class Task final : public Outlet {
 public:
  // `waiting`: see above; nullptr: it is a task from its start. `keeper` must outlive it.
  Task(TaskKeeper& keeper, std::string principal, bool reads, std::shared_ptr<Call> waiting,
       TaskReach reach = {}, std::chrono::milliseconds life = TaskView::kLife);

  const std::string& id() const { return id_; }
  TaskView view() const;
  // Not known to anybody as a task: its call waits.
  bool is_waiting() const;
  bool has_ended() const;
  // Has ended, and the state knows how.
  bool is_settled() const;

  // Makes it known to the state. Errors as TaskKeeper::add(): it goes on as it was.
  Result<void> keep();
  // keep() for one that waits. The call that waited, which must be answered with the task; nullptr
  // where the work has answered it meanwhile, or can't be kept.
  std::shared_ptr<Call> become_task();

  // Outlet. What goes ahead of the result is for the call that waits, while there is one.
  void send(std::string message) override;
  void finish(Reply reply) override;
  bool can_send() const override { return reach_.asks; }

  // It can't go on without these answers.
  void ask(std::vector<Question> questions);
  // Takes the answers to what is still asked; true when that was the last one. Others are ignored.
  bool answer(const boost::json::object& answers);
  // What was answered since ask(), by key. REQUIRES: answer() said that it is complete.
  std::shared_ptr<boost::json::object> take_answers();
  // Neither changes one that has ended.
  void cancelled();
  void lost(std::string_view why);

 private:
  // Where it is known: to the call that waits, being added to the state, or in the state.
  enum class Stage : uint8_t { waiting, adding, kept };
  void end(TaskStatus status, std::string outcome, bool tool_failed = false);
  void tell();
  void become(TaskStatus status);

  TaskKeeper& keeper_;
  const std::string id_;
  const TaskReach reach_;
  std::mutex telling_;  // Held while a change is told.
  TaskView::Time told_ = {};
  mutable std::mutex mutex_;
  Stage stage_;
  TaskView view_;
  std::shared_ptr<Call> waiting_;
  std::optional<Reply> held_;  // Of work that ended while it was being added.
  bool ending_ = false;        // Somebody is telling the state how it ended.
  bool settled_ = false;
  std::shared_ptr<boost::json::object> answers_;
};

// Those that this server works on. Thread-safe.
class Tasks {
 public:
  static constexpr size_t kTasksMax = 1000;

  struct Entry {
    std::shared_ptr<Task> task;
    std::shared_ptr<Call> call;  // That does it.
    bool borrows = false;        // ... on the thread of a call, which others may need.
  };
  // False: there are too many.
  bool add(Entry entry);
  void remove(std::string_view id);
  // An entry without a task: there is none of that id for this principal.
  Entry find(std::string_view id, std::string_view principal) const;
  std::vector<Entry> all() const;
  // Forgets what is settled, and cancels and forgets what is too old.
  void trim(TaskView::Time now);
  // The server ends: what is not over is lost.
  void end_all();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace dbops::mcp

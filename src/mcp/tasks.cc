#include "mcp/tasks.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/jsonrpc.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr std::string_view kStopped = "the server that worked on this task was stopped";

// The value of a response's last member, which ends right before its last brace.
std::string last_member(const std::string& frame, std::string_view name) {
  const std::string mark = ",\"" + std::string(name) + "\":";
  const size_t at = frame.find(mark) + mark.size();
  return frame.substr(at, frame.size() - at - 1);
}

// Now, but later than the change before in any case: who waits for a task knows changes by their
// time.
TaskView::Time after(TaskView::Time before) {
  return std::max(std::chrono::system_clock::now(), before + TaskView::Time::duration(1));
}

}  // namespace

bool declares_tasks(const Envelope& envelope) {
  const auto& declared = envelope.client.extensions;
  return is_modern(envelope.revision) &&
         std::find(declared.begin(), declared.end(), kTasksExtension) != declared.end();
}

Task::Task(TaskKeeper& keeper, std::string principal, bool reads, std::shared_ptr<Call> waiting,
           TaskReach reach, std::chrono::milliseconds life)
    : keeper_(keeper),
      id_(random_name()),
      reach_(std::move(reach)),
      stage_(waiting ? Stage::waiting : Stage::adding),
      waiting_(std::move(waiting)) {
  view_.id = id_;
  view_.principal = std::move(principal);
  view_.reads = reads;
  view_.life = life;
  view_.started = view_.changed = std::chrono::system_clock::now();
}

TaskView Task::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

bool Task::is_waiting() const {
  const std::lock_guard lock(mutex_);
  return stage_ == Stage::waiting;
}

bool Task::has_ended() const {
  const std::lock_guard lock(mutex_);
  return mcp::has_ended(view_.status);
}

bool Task::is_settled() const {
  const std::lock_guard lock(mutex_);
  return settled_;
}

Result<void> Task::keep() {
  DBOPS_TRY(keeper_.add(view()));
  const std::lock_guard lock(mutex_);
  stage_ = Stage::kept;
  return {};
}

std::shared_ptr<Call> Task::become_task() {
  {
    const std::lock_guard lock(mutex_);
    if (stage_ != Stage::waiting || mcp::has_ended(view_.status)) return nullptr;
    stage_ = Stage::adding;
  }
  const auto kept = keep();
  if (!kept) log::warning("a call does not go on as a task: " + kept.error().message);
  std::optional<Reply> held;
  std::shared_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    if (!kept) stage_ = Stage::waiting;
    held.swap(held_);
    if (kept && !held) call = std::move(waiting_);
    if (held) stage_ = Stage::waiting;
  }
  if (!held) return call;
  if (kept) static_cast<void>(keeper_.drop(id_));  // Nobody was told of it.
  finish(std::move(*held));
  return nullptr;
}

void Task::send(std::string message) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_) return waiting_->forward(std::move(message));
  }
  if (reach_.said) reach_.said(id_, std::move(message));
}

void Task::finish(Reply reply) {
  std::shared_ptr<Call> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (mcp::has_ended(view_.status)) return;
    if (stage_ == Stage::adding) {
      held_ = std::move(reply);
      return;
    }
    if (stage_ == Stage::waiting) {
      waiting = std::move(waiting_);
      become(TaskStatus::completed);
      settled_ = true;
    }
  }
  if (waiting) return waiting->settle(std::move(reply));
  if (reply.body.empty()) return end(TaskStatus::cancelled, {});
  const bool failed = reply.failure != 0;
  end(failed ? TaskStatus::failed : TaskStatus::completed,
      last_member(reply.body, failed ? "error" : "result"), reply.tool_failed);
}

// The state hears of it first: what a client was told once stays so, whatever becomes of us.
void Task::end(TaskStatus status, std::string outcome, bool tool_failed) {
  TaskView ended;
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || mcp::has_ended(view_.status)) return;
    ending_ = true;
    ended = view_;
  }
  ended.status = status;
  ended.changed = after(ended.changed);
  ended.outcome = std::move(outcome);
  ended.tool_failed = tool_failed;
  if (ended.outcome.size() > TaskKeeper::kOutcomeBytesMax) {
    ended.status = TaskStatus::failed;
    ended.outcome = lost_outcome(
        "the result of this task is larger than " + format_bytes(TaskKeeper::kOutcomeBytesMax),
        ended.reads);
  }
  const auto told = keeper_.end(ended);
  if (!told) log::warning("how a task ended could not be kept: " + told.error().message);
  // Given up for lost by a server that did not hear of us for long: that was told, and holds.
  if (told && !*told)
    if (auto known = keeper_.find(id_, ended.principal); known && *known)
      ended = std::move(**known);
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(ended);
    settled_ = told.has_value();
  }
  tell();
}

void Task::tell() {
  if (!reach_.changed) return;
  const std::lock_guard order(telling_);
  const TaskView now = view();
  if (std::exchange(told_, now.changed) != now.changed) reach_.changed(now);
}

void Task::ask(std::vector<Question> questions) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || mcp::has_ended(view_.status)) return;
    view_.asked = std::move(questions);
    answers_ = std::make_shared<json::object>();
    become(TaskStatus::input_required);
  }
  tell();
}

bool Task::answer(const json::object& answers) {
  {
    const std::lock_guard lock(mutex_);
    if (view_.status != TaskStatus::input_required) return false;
    std::erase_if(view_.asked, [&](const Question& question) {
      const json::object* given = object_member(answers, question.key);
      if (given != nullptr) answers_->insert_or_assign(question.key, *given);
      return given != nullptr;
    });
    if (!view_.asked.empty()) return false;
    become(TaskStatus::working);
  }
  tell();
  return true;
}

std::shared_ptr<json::object> Task::take_answers() {
  const std::lock_guard lock(mutex_);
  return std::move(answers_);
}

void Task::cancelled() { end(TaskStatus::cancelled, {}); }

void Task::lost(std::string_view why) {
  if (is_waiting()) return;
  end(TaskStatus::failed, lost_outcome(why, view().reads));
}

void Task::become(TaskStatus status) {
  view_.status = status;
  view_.changed = after(view_.changed);
}

bool Tasks::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kTasksMax) return false;
  entries_.emplace(entry.task->id(), std::move(entry));
  return true;
}

void Tasks::remove(std::string_view id) {
  Entry removed;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  removed = std::move(found->second);
  entries_.erase(found);
}

Tasks::Entry Tasks::find(std::string_view id, std::string_view principal) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.task->is_waiting() ||
      found->second.task->view().principal != principal)
    return {};
  return found->second;
}

std::vector<Tasks::Entry> Tasks::all() const {
  std::vector<Entry> entries;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) entries.push_back(entry);
  return entries;
}

void Tasks::trim(TaskView::Time now) {
  for (const Entry& entry : all()) {
    const bool over = entry.task->view().is_over(now);
    if (over) entry.call->cancel();
    if (over || entry.task->is_settled()) remove(entry.task->id());
  }
}

void Tasks::end_all() {
  for (const Entry& entry : all()) {
    entry.task->lost(kStopped);
    entry.call->cancel();
    remove(entry.task->id());
  }
}

}  // namespace dbops::mcp

// Tasks of revision 2025-11-25, where the client asks for one: tasks/get, tasks/result, tasks/list
// and tasks/cancel over what the extension of 2026-07-28 has.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "mcp/paging.h"
#include "mcp/server.h"
#include "mcp/tools.h"
#include "wire/json_object.h"

namespace dbops::mcp {

namespace json = boost::json;

namespace {

constexpr std::chrono::hours kUnsaidLife{1};  // of a task whose client names no ttl
constexpr std::string_view kRelatedKey = "io.modelcontextprotocol/related-task";

std::string related(std::string_view id) {
  std::string text;
  JsonWriter(text)
      .begin_object()
      .key(kRelatedKey)
      .begin_object()
      .member("taskId", id)
      .end_object()
      .end_object();
  return text;
}

// A JSON object with one member more.
std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
  std::string text(object.substr(0, object.size() - 1));
  if (text.back() != '{') text += ',';
  return text.append("\"").append(name).append("\":").append(value).append("}");
}

Questions questions_of(const TaskView& task) {
  Questions questions;
  for (const Question& question : task.asked)
    questions.items.push_back({.key = question.key,
                               .method = question.method,
                               .params = with_member(question.params, "_meta", related(task.id))});
  return questions;
}

Failure why_ended(const TaskView& task) {
  if (task.status == TaskStatus::cancelled)
    return {.code = kInvalidParams, .message = "this task was cancelled: it has no result"};
  Failure failure;
  const auto parsed = parse_json(task.outcome);
  const json::object* error = parsed ? parsed->if_object() : nullptr;
  if (error == nullptr) return failure;
  if (const json::value* code = member(*error, "code"); code != nullptr && code->is_int64())
    failure.code = static_cast<int>(code->get_int64());
  if (const json::string* message = text_member(*error, "message")) failure.message = *message;
  if (const json::value* data = member(*error, "data")) JsonWriter(failure.data).json(*data);
  return failure;
}

// What the call would have answered, and which task it is the result of. What only modern results
// have is left out: the task may have been begun by a modern client of the same principal.
Outcome write_outcome(const TaskView& task, JsonWriter& result) {
  if (task.status != TaskStatus::completed) return tl::unexpected(why_ended(task));
  Arena arena;
  JsonMembers reader;
  const auto members =
      check_json_object(task.outcome).and_then([&] { return reader.read(task.outcome, arena); });
  if (!members) return refuse(kInternalError, "the result of this task can't be read");
  for (const JsonMember& each : **members)
    if (each.key != "_meta" && each.key != "resultType") result.key(each.key).raw(each.value);
  result.key("_meta").raw(related(task.id));
  return std::nullopt;
}

// A client may make a task of each of its calls, so that what it does not want for long goes.
std::chrono::milliseconds life_of(const json::object& params) {
  const json::object* task = object_member(params, "task");
  const json::value* ttl = task != nullptr ? member(*task, "ttl") : nullptr;
  if (ttl == nullptr || !ttl->is_int64()) return kUnsaidLife;
  return std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(ttl->get_int64()),
                                               TaskView::kLifeMin, TaskView::kLife);
}

std::string status_params(const TaskView& task) {
  std::string params;
  JsonWriter writer(params);
  writer.begin_object();
  task.write_legacy(writer);
  writer.end_object();
  return params;
}

// A notification's frame ends with its params, and these with a brace.
std::string with_related(std::string frame, std::string_view id) {
  frame.resize(frame.size() - 2);
  return frame.append(",\"_meta\":").append(related(id)).append("}}");
}

}  // namespace

bool asks_for_task(const Envelope& envelope, const json::object& params) {
  return has_legacy_tasks(envelope.revision) && object_member(params, "task") != nullptr;
}

// Whatever its era is: clients of both may wait for it. A listener hears of the change before what
// is asked because of it.
void Server::task_changed(const TaskView& task) {
  subscriptions_.announce_task(task);
  wake(task.id, task.changed);
}

// Its client hears of it where it hears what belongs to no request, as long as it listens there.
TaskReach Server::legacy_reach(const std::weak_ptr<Client>& client) {
  return {.asks = true,
          .changed =
              [this, client](const TaskView& task) {
                task_changed(task);
                if (const auto told = client.lock())
                  told->announce("notifications/tasks/status", status_params(task));
              },
          .said =
              [client](std::string_view id, std::string frame) {
                if (const auto told = client.lock())
                  told->announce(with_related(std::move(frame), id));
              }};
}

Outcome Server::start_legacy_task(Call& call, Work work, bool reads, JsonWriter& result) {
  const auto task = std::make_shared<Task>(keeper_, call.context().principal, reads, nullptr,
                                           legacy_reach(call.client_), life_of(call.params()));
  const auto own = make_work(call, std::move(work), task);
  if (auto begun = begin_task(task, own); !begun) return tl::unexpected(std::move(begun.error()));
  result.key("task").begin_object();
  task->view().write_legacy(result);
  result.end_object();
  submit(own);
  return std::nullopt;
}

tl::expected<TaskView, Failure> Server::find_task(std::string_view id, const Call& call) {
  if (const auto entry = tasks_.find(id, call.context().principal); entry.task)
    return entry.task->view();
  return find_kept(id, call);
}

Outcome Server::get_legacy_task(std::string_view id, const Call& call, JsonWriter& result) {
  const auto task = find_task(id, call);
  if (!task) return tl::unexpected(task.error());
  task->write_legacy(result);
  return std::nullopt;
}

// Blocks, as the revision wants it, but holds no thread; and brings to the client what the task
// asks: entered again with the answers, and whenever the task has changed.
Outcome Server::result_of_task(std::string_view id, Call& call, JsonWriter& result) {
  const auto entry = tasks_.find(id, call.context().principal);
  const json::object* answers = std::exchange(call.answers_, nullptr);
  if (entry.task && answers != nullptr && entry.task->view().changed == call.awaited_since_)
    answer_task(entry, *answers);
  const auto task = find_task(id, call);
  if (!task) return tl::unexpected(task.error());
  if (has_ended(task->status)) return write_outcome(*task, result);
  const std::string key(id);
  const auto waiting = call.shared_from_this();
  call.awaited_ = key;
  call.awaited_since_ = task->changed;
  if (task->status == TaskStatus::input_required) {
    auto questions = questions_of(*task);
    if (!refuse_questions(call, questions)) {
      call.left_ = [this, key, waiting, seen = task->changed] {
        wake_if_changed(key, *waiting, seen);
      };
      return questions;
    }
  }
  call.stay();
  call.left_ = [this, key, waiting, seen = task->changed] {
    wait_for_task(key, waiting);
    wake_if_changed(key, *waiting, seen);
    if (waiting->context().cancel.requested()) waiting->stop();
  };
  return std::nullopt;
}

void Server::wait_for_task(const std::string& id, const std::shared_ptr<Call>& call) {
  const std::lock_guard lock(waiting_mutex_);
  waiting_.emplace(id, call);
}

// For what changed before there was anybody to be woken.
void Server::wake_if_changed(const std::string& id, const Call& call, TaskView::Time seen) {
  const auto entry = tasks_.find(id, call.context().principal);
  if (!entry.task) return;
  if (const auto changed = entry.task->view().changed; changed != seen) wake(id, changed);
}

// But for those that know of the change: what they ask is asked of the task as it is.
std::vector<std::shared_ptr<Call>> Server::take_waiting(const std::string& id,
                                                        TaskView::Time change) {
  std::vector<std::shared_ptr<Call>> taken;
  {
    const std::lock_guard lock(waiting_mutex_);
    auto [at, last] = waiting_.equal_range(id);
    while (at != last) {
      if (at->second->awaited_since_ >= change) {
        ++at;
        continue;
      }
      taken.push_back(std::move(at->second));
      at = waiting_.erase(at);
    }
  }
  const std::lock_guard lock(parked_mutex_);
  std::erase_if(parked_, [&](const std::shared_ptr<Call>& call) {
    const bool waits = call->awaited_ == id && call->awaited_since_ < change;
    if (waits) taken.push_back(call);
    return waits;
  });
  return taken;
}

// All that wait for this task look again. What they asked meanwhile is asked no more: somebody else
// has answered it, or the task has ended.
void Server::wake(const std::string& id, TaskView::Time change) {
  for (const auto& call : take_waiting(id, change)) {
    {
      const std::lock_guard lock(call->mutex_);
      if (call->phase_ != Call::Phase::parked) continue;
      call->phase_ = Call::Phase::working;
    }
    call->withdraw_questions();
    submit(call);
  }
}

// Those that wait for tasks of other servers look again; those that were cancelled are let go.
void Server::look_after_waiting() {
  std::vector<std::string> elsewhere;
  std::vector<std::shared_ptr<Call>> gone;  // Destroyed outside the lock.
  {
    const std::lock_guard lock(waiting_mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      const Call& call = *at->second;
      if (call.context().cancel.requested()) {
        gone.push_back(std::move(at->second));
        at = waiting_.erase(at);
        continue;
      }
      if (!tasks_.find(at->first, call.context().principal).task) elsewhere.push_back(at->first);
      ++at;
    }
  }
  for (const std::string& id : elsewhere) wake(id, TaskView::Time::max());
}

Outcome Server::list_legacy_tasks(const Call& call, JsonWriter& result) {
  const auto ids = keeper_.list(call.context().principal);
  if (!ids) return tl::unexpected(failure_of(ids.error()));
  return write_page(
      call, "tasks", ids->size(),
      [&](size_t i) {
        if (const auto task = find_task((*ids)[i], call)) {
          result.begin_object();
          task->write_legacy(result);
          result.end_object();
        }
      },
      result);
}

// The client is told that it is cancelled: so it is, also where another server works on it, which
// finds that when it has ended it, or is asked to stop it before.
Outcome Server::cancel_legacy_task(std::string_view id, const Call& call, JsonWriter& result) {
  auto task = find_task(id, call);
  if (!task) return tl::unexpected(task.error());
  if (has_ended(task->status))
    return refuse(kInvalidParams,
                  "this task has ended already: " + std::string(task->legacy_status()));
  if (auto cancelled = cancel_task(id, call, result); !cancelled) return cancelled;
  if (!tasks_.find(id, call.context().principal).task) {
    task->status = TaskStatus::cancelled;
    task->changed = std::chrono::system_clock::now();
    if (const auto ended = keeper_.end(*task); !ended)
      return tl::unexpected(failure_of(ended.error()));
  }
  task = find_task(id, call);
  if (!task) return tl::unexpected(task.error());
  task->write_legacy(result);
  return std::nullopt;
}

void Server::add_legacy_tasks() {
  add({.name = "tasks/result",
       .modern = false,
       .asks = true,
       .run = [this](Call& call, JsonWriter& result) {
         const auto id = read_task_id(call);
         return id ? result_of_task(*id, call, result) : Outcome(tl::unexpected(id.error()));
       }});
  add({.name = "tasks/list", .modern = false, .run = [this](Call& call, JsonWriter& result) {
         if (!has_legacy_tasks(call.revision()))
           return Outcome(refuse(kMethodNotFound, "tasks came with revision 2025-11-25"));
         return list_legacy_tasks(call, result);
       }});
}

}  // namespace dbops::mcp

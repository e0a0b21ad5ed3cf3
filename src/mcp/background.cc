// The server's side of tasks: starting one, and tasks/get, tasks/update and tasks/cancel.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/log.h"
#include "mcp/server.h"
#include "mcp/tools.h"

namespace dbops::mcp {

namespace json = boost::json;

namespace {

Failure too_many_tasks() {
  return {.code = kInternalError,
          .message = "too many tasks are worked on: try again later",
          .data = R"({"code":"busy","effect":"none","retryable":true})"};
}

}  // namespace

tl::expected<std::string_view, Failure> read_task_id(const Call& call) {
  if (is_modern(call.revision()) && !call.can_be_task())
    return tl::unexpected(missing_extension(kTasksExtension));
  if (!is_modern(call.revision()) && !has_legacy_tasks(call.revision()))
    return refuse(kMethodNotFound, "tasks came with revision 2025-11-25");
  const json::string* id = text_member(call.params(), "taskId");
  if (id == nullptr) return refuse(kInvalidParams, "params.taskId is a text");
  return std::string_view(*id);
}

void Server::add_tasks() {
  if (!settings_.tasks) return;
  using Answer = Outcome (Server::*)(std::string_view, const Call&, JsonWriter&);
  const auto add_one = [this](std::string_view name, Answer modern, Answer legacy) {
    add({.name = name,
         .legacy = legacy != nullptr,
         .run = [this, modern, legacy](Call& call, JsonWriter& result) {
           const auto id = read_task_id(call);
           if (!id) return Outcome(tl::unexpected(id.error()));
           return (this->*(is_modern(call.revision()) ? modern : legacy))(*id, call, result);
         }});
  };
  add_one("tasks/get", &Server::get_task, &Server::get_legacy_task);
  add_one("tasks/update", &Server::update_task, nullptr);
  add_one("tasks/cancel", &Server::cancel_task, &Server::cancel_legacy_task);
  add_legacy_tasks();
}

std::shared_ptr<Task> Server::make_task(const Call& call, bool reads,
                                        std::shared_ptr<Call> waiting) {
  return std::make_shared<Task>(
      keeper_, call.context().principal, reads, std::move(waiting),
      TaskReach{.changed = [this](const TaskView& task) { task_changed(task); }});
}

// A call that does the work of another: it has that one's message, but a life of its own.
std::shared_ptr<Call> Server::make_work(const Call& call, Work work,
                                        const std::shared_ptr<Task>& task) {
  Context context = call.context();
  context.cancel = Cancel::create();
  auto own =
      std::make_shared<Call>(call.message_, call.envelope_, std::move(context), nullptr, task);
  own->task_ = task;
  own->state_ = call.state_;
  own->answers_ = call.answers_;
  own->task_method_ = std::make_unique<Method>(
      Method{.name = call.method_->name, .legacy = false, .run = std::move(work)});
  own->method_ = own->task_method_.get();
  return own;
}

tl::expected<void, Failure> Server::begin_task(const std::shared_ptr<Task>& task,
                                               const std::shared_ptr<Call>& own) {
  if (const auto kept = task->keep(); !kept) return tl::unexpected(failure_of(kept.error()));
  if (tasks_.add({task, own})) return {};
  static_cast<void>(keeper_.drop(task->id()));
  return tl::unexpected(too_many_tasks());
}

Outcome Server::start_task(Call& call, Work work, bool reads, JsonWriter& result) {
  const auto task = make_task(call, reads, nullptr);
  const auto own = make_work(call, std::move(work), task);
  if (auto begun = begin_task(task, own); !begun) return tl::unexpected(std::move(begun.error()));
  // Taken before the work begins: this answer says how it began, however fast it is.
  task->view().write(result);
  call.result_type_ = "task";
  submit(own);
  return std::nullopt;
}

// On the thread of the call, which stays open meanwhile.
Outcome Server::work_or_task(Call& call, Work work, bool reads) {
  const std::shared_ptr<Call> waiting = call.shared_from_this();
  const auto task = make_task(call, reads, waiting);
  const auto own = make_work(call, std::move(work), task);
  if (!tasks_.add({.task = task, .call = own, .borrows = true}))
    return tl::unexpected(too_many_tasks());
  {
    const std::lock_guard lock(call.mutex_);
    call.work_ = own;
  }
  call.stay();
  if (call.context_.cancel.requested()) call.stop();
  run(own);
  if (task->is_settled()) tasks_.remove(task->id());
  return std::nullopt;
}

void Server::answer_with_task(const std::shared_ptr<Task>& task) const {
  const std::shared_ptr<Call> call = task->become_task();
  if (!call) return;
  std::string body;
  open_result_frame(body, call->message_.id);
  JsonWriter result(body);
  TaskView begun = task->view();
  begun.status = TaskStatus::working;  // However it has fared since.
  begun.changed = begun.started;
  begun.write(result);
  write_modern(*call, "task", result);
  body += "}}";
  call->settle({.body = std::move(body), .modern = true});
}

size_t Server::tasks_max() const { return std::max<size_t>(1, settings_.threads_max / 2); }

// Calls become tasks, and tasks are stopped for other servers. At most half of the threads of calls
// work on tasks: the calls of everybody else need the others.
void Server::look_after_tasks() {
  tasks_.trim(std::chrono::system_clock::now());
  look_after_waiting();
  look_at_tasks_elsewhere();
  const auto entries = tasks_.all();
  const auto is_running = [](const Tasks::Entry& entry) {
    return !entry.task->is_waiting() && !entry.task->has_ended();
  };
  auto borrowing = static_cast<size_t>(
      std::count_if(entries.begin(), entries.end(),
                    [&](const Tasks::Entry& entry) { return entry.borrows && is_running(entry); }));
  const auto now = std::chrono::system_clock::now();
  for (const Tasks::Entry& entry : entries) {
    if (borrowing >= tasks_max()) break;
    if (!entry.task->is_waiting() || now - entry.task->view().started < settings_.task_grace)
      continue;
    answer_with_task(entry.task);
    ++borrowing;
  }
  if (std::none_of(entries.begin(), entries.end(), is_running)) return;
  if (const auto renewed = keeper_.renew(); !renewed)
    return log::warning("tasks may be given up for lost: " + renewed.error().message);
  const auto stops = keeper_.to_stop();
  if (!stops) return;
  for (const Tasks::Entry& entry : entries) {
    if (std::find(stops->begin(), stops->end(), entry.task->id()) == stops->end()) continue;
    entry.task->cancelled();
    entry.call->cancel();
    static_cast<void>(keeper_.stopped(entry.task->id()));
  }
}

// Tasks of other servers, for those that listen for them here.
void Server::look_at_tasks_elsewhere() {
  for (const auto& [id, principal] : subscriptions_.awaited_tasks()) {
    if (tasks_.find(id, principal).task) continue;
    if (const auto kept = keeper_.find(id, principal); kept && *kept)
      subscriptions_.announce_task(**kept);
  }
}

// A task that needs answers waits for tasks/update, without a thread.
void Server::park_task(const std::shared_ptr<Call>& call, Questions questions) const {
  {
    const std::lock_guard lock(call->mutex_);
    call->phase_ = Call::Phase::parked;
    call->state_ = std::move(questions.state);
  }
  call->task_->ask(std::move(questions.items));
  if (call->context_.cancel.requested()) call->stop();
}

// One that another server works on, or worked on.
tl::expected<TaskView, Failure> Server::find_kept(std::string_view id, const Call& call) {
  auto kept = keeper_.find(id, call.context().principal);
  if (!kept) return tl::unexpected(failure_of(kept.error()));
  if (!*kept) return refuse(kInvalidParams, "no such task (any more)");
  return std::move(**kept);
}

Outcome Server::get_task(std::string_view id, const Call& call, JsonWriter& result) {
  if (const auto entry = tasks_.find(id, call.context().principal); entry.task) {
    entry.task->view().write(result);
    return std::nullopt;
  }
  const auto kept = find_kept(id, call);
  if (!kept) return tl::unexpected(kept.error());
  kept->write(result);
  return std::nullopt;
}

// What another server's task may ask is for that server: answers are ignored, as late ones are.
Outcome Server::update_task(std::string_view id, const Call& call, JsonWriter&) {
  const json::object* answers = object_member(call.params(), "inputResponses");
  const auto entry = tasks_.find(id, call.context().principal);
  if (!entry.task)
    if (const auto kept = find_kept(id, call); !kept) return tl::unexpected(kept.error());
  if (answers == nullptr) return refuse(kInvalidParams, "inputResponses is an object");
  if (entry.task) answer_task(entry, *answers);
  return std::nullopt;
}

void Server::answer_task(const Tasks::Entry& entry, const json::object& answers) {
  if (!entry.task->answer(answers)) return;
  const std::shared_ptr<Call>& work = entry.call;
  {
    const std::lock_guard lock(work->mutex_);
    if (work->phase_ != Call::Phase::parked) return;
    work->collected_ = entry.task->take_answers();
    work->answers_ = work->collected_.get();
    work->phase_ = Call::Phase::working;
  }
  submit(work);
}

Outcome Server::cancel_task(std::string_view id, const Call& call, JsonWriter&) {
  if (const auto entry = tasks_.find(id, call.context().principal); entry.task) {
    entry.task->cancelled();
    entry.call->cancel();
    return std::nullopt;
  }
  const auto kept = find_kept(id, call);
  if (!kept) return tl::unexpected(kept.error());
  if (has_ended(kept->status)) return std::nullopt;
  if (const auto asked = keeper_.ask_to_stop(id); !asked)
    return tl::unexpected(failure_of(asked.error()));
  return std::nullopt;
}

}  // namespace dbops::mcp

// The server's side of tasks: starting one, and tasks/get, tasks/update and tasks/cancel.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "mcp/server.h"

namespace dbops::mcp {

namespace json = boost::json;

void Server::add_tasks() {
  if (!settings_.tasks) return;
  using Work = Outcome (Server::*)(const Call&, const Tasks::Entry&, JsonWriter&);
  const auto add_one = [this](std::string_view name, Work work) {
    add({.name = name,
         .legacy = false,
         .quick = true,
         .run = [this, work](Call& call, JsonWriter& result) -> Outcome {
           if (!call.can_be_task()) return tl::unexpected(missing_extension(kTasksExtension));
           const json::string* id = text_member(call.params(), "taskId");
           const Tasks::Entry entry =
               id != nullptr ? tasks_.find(*id, call.context().principal) : Tasks::Entry();
           if (!entry.task) return refuse(kInvalidParams, "no such task (any more)");
           return (this->*work)(call, entry, result);
         }});
  };
  add_one("tasks/get", &Server::get_task);
  add_one("tasks/update", &Server::update_task);
  add_one("tasks/cancel", &Server::cancel_task);
}

Outcome Server::start_task(Call& call, std::function<Outcome(Call&, JsonWriter&)> run,
                           JsonWriter& result) {
  const auto task = std::make_shared<Task>(call.context().principal);
  Context context = call.context();
  context.cancel = Cancel::create();
  context.deadline = {};
  Envelope envelope = call.envelope();
  envelope.progress_token.clear();  // Both belong to the request that was answered.
  envelope.log_level.reset();
  const auto work =
      std::make_shared<Call>(call.message_, std::move(envelope), std::move(context), nullptr, task);
  work->task_ = task;
  work->task_method_ = std::make_unique<Method>(
      Method{.name = call.method_->name, .legacy = false, .run = std::move(run)});
  work->method_ = work->task_method_.get();
  if (!tasks_.add({task, work}))
    return refuse(kInternalError, "too many tasks are kept: try again later");
  submit(work);
  call.result_type_ = "task";
  task->write(result, false);
  return std::nullopt;
}

// A task that needs answers waits for tasks/update, without a thread.
void Server::park_task(const std::shared_ptr<Call>& call, Questions questions) const {
  {
    const std::lock_guard lock(call->mutex_);
    call->phase_ = Call::Phase::parked;
    call->state_ = std::move(questions.state);
  }
  call->task_->ask(std::move(questions.items));
  if (call->context_.cancel.requested()) call->cancel();
}

Outcome Server::get_task(const Call&, const Tasks::Entry& entry, JsonWriter& result) {
  entry.task->write(result, true);
  return std::nullopt;
}

Outcome Server::update_task(const Call& call, const Tasks::Entry& entry, JsonWriter&) {
  const json::object* answers = object_member(call.params(), "inputResponses");
  if (answers == nullptr) return refuse(kInvalidParams, "inputResponses is an object");
  if (!entry.task->answer(*answers)) return std::nullopt;
  const std::shared_ptr<Call>& work = entry.call;
  {
    const std::lock_guard lock(work->mutex_);
    if (work->phase_ != Call::Phase::parked) return std::nullopt;
    work->collected_ = entry.task->take_answers();
    work->answers_ = work->collected_.get();
    work->phase_ = Call::Phase::working;
  }
  submit(work);
  return std::nullopt;
}

Outcome Server::cancel_task(const Call&, const Tasks::Entry& entry, JsonWriter&) {
  entry.task->cancelled();
  entry.call->cancel();
  return std::nullopt;
}

}  // namespace dbops::mcp

#include "mcp/tasks.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/time.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

// The value of a response's last member, which ends right before its last brace.
std::string last_member(const std::string& frame, std::string_view name) {
  const std::string mark = ",\"" + std::string(name) + "\":";
  const size_t at = frame.find(mark) + mark.size();
  return frame.substr(at, frame.size() - at - 1);
}

}  // namespace

Task::Task(std::string principal)
    : id_(random_name()),
      principal_(std::move(principal)),
      started_(std::chrono::system_clock::now()),
      changed_(started_) {}

std::string_view Task::name(Status status) {
  static constexpr std::string_view kNames[] = {"working", "input_required", "completed", "failed",
                                                "cancelled"};
  return kNames[static_cast<size_t>(status)];
}

void Task::write(JsonWriter& out, bool details) const {
  const std::lock_guard lock(mutex_);
  // The answer that starts a task tells how it began, however it has fared since.
  const Status status = details ? status_ : Status::working;
  out.member("taskId", id_).member("status", name(status));
  out.member("createdAt", iso_time(started_));
  out.member("lastUpdatedAt", iso_time(details ? changed_ : started_));
  out.member("ttlMs", int64_t{std::chrono::milliseconds(kLife).count()});
  out.member("pollIntervalMs", int64_t{kPoll.count()});
  if (status == Status::completed) out.key("result").raw(outcome_);
  if (status == Status::failed) out.key("error").raw(outcome_);
  if (status != Status::input_required) return;
  out.key("inputRequests").begin_object();
  for (const Question& question : asked_) {
    out.key(question.key).begin_object().member("method", question.method);
    out.key("params").raw(question.params).end_object();
  }
  out.end_object();
}

void Task::finish(Reply reply) {
  const std::lock_guard lock(mutex_);
  if (ended()) return;
  if (reply.body.empty()) return become(Status::cancelled);
  const bool failed = reply.failure != 0;
  outcome_ = last_member(reply.body, failed ? "error" : "result");
  become(failed ? Status::failed : Status::completed);
}

void Task::ask(std::vector<Question> questions) {
  const std::lock_guard lock(mutex_);
  if (ended()) return;
  asked_ = std::move(questions);
  answers_ = std::make_shared<json::object>();
  become(Status::input_required);
}

bool Task::answer(const json::object& answers) {
  const std::lock_guard lock(mutex_);
  if (status_ != Status::input_required) return false;
  std::erase_if(asked_, [&](const Question& question) {
    const json::object* given = object_member(answers, question.key);
    if (given != nullptr) answers_->insert_or_assign(question.key, *given);
    return given != nullptr;
  });
  if (asked_.empty()) become(Status::working);
  return asked_.empty();
}

std::shared_ptr<json::object> Task::take_answers() {
  const std::lock_guard lock(mutex_);
  return std::move(answers_);
}

void Task::cancelled() {
  const std::lock_guard lock(mutex_);
  if (!ended()) become(Status::cancelled);
}

void Task::become(Status status) {
  status_ = status;
  changed_ = std::chrono::system_clock::now();
}

bool Tasks::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kTasksMax) return false;
  entries_.emplace(entry.task->id(), std::move(entry));
  return true;
}

Tasks::Entry Tasks::find(std::string_view id, std::string_view principal) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.task->principal() != principal) return {};
  return found->second;
}

void Tasks::trim(std::chrono::system_clock::time_point now) {
  std::vector<Entry> over;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& one) {
      if (!one.second.task->is_over(now)) return false;
      over.push_back(one.second);
      return true;
    });
  }
  for (const Entry& entry : over) entry.call->cancel();
}

void Tasks::cancel_all() {
  std::map<std::string, Entry, std::less<>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(entries_);
  }
  for (const auto& [id, entry] : all) entry.call->cancel();
}

}  // namespace dbops::mcp

#include "mcp/task_keeper.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/process.h"
#include "base/text.h"
#include "base/time.h"
#include "mcp/jsonrpc.h"
#include "mcp/tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using ops::StateKind;
using ops::StateRecord;

constexpr std::string_view kNames[] = {"working", "input_required", "completed", "failed",
                                       "cancelled"};
constexpr std::string_view kGone = "the server that worked on this task is gone";

TaskView::Time time_of(int64_t ms) { return TaskView::Time(std::chrono::milliseconds(ms)); }

int64_t number_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// A record's body is a line of JSON, and the outcome behind it as it is: it may be large.
struct Kept {
  TaskView task;
  std::string server;
};

std::optional<Kept> read_kept(const StateRecord& record) {
  const size_t line = record.body.find('\n');
  if (line == std::string::npos) return std::nullopt;
  const auto parsed = parse_json(std::string_view(record.body).substr(0, line));
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const json::object& head = parsed->get_object();
  const json::string* status = text_member(head, "status");
  const json::string* server = text_member(head, "server");
  if (status == nullptr || server == nullptr) return std::nullopt;
  const auto* found = std::find(std::begin(kNames), std::end(kNames), std::string_view(*status));
  if (found == std::end(kNames)) return std::nullopt;
  const auto flag = [&](std::string_view name) {
    const json::value* value = member(head, name);
    return value != nullptr && value->is_bool() && value->get_bool();
  };
  return Kept{.task = {.id = record.id,
                       .principal = record.owner,
                       .reads = flag("reads"),
                       .life = std::chrono::milliseconds(number_member(head, "life_ms")),
                       .status = static_cast<TaskStatus>(found - std::begin(kNames)),
                       .started = time_of(number_member(head, "started")),
                       .changed = time_of(number_member(head, "changed")),
                       .tool_failed = flag("tool_failed"),
                       .outcome = record.body.substr(line + 1)},
              .server = std::string(*server)};
}

std::string write_kept(const TaskView& task, std::string_view server) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("status", name(task.status))
      .member("server", server)
      .member("reads", task.reads)
      .member("life_ms", int64_t{task.life.count()})
      .member("tool_failed", task.tool_failed)
      .member("started", ops::state_time_ms(task.started))
      .member("changed", ops::state_time_ms(task.changed))
      .end_object();
  return body + "\n" + task.outcome;
}

}  // namespace

std::string_view name(TaskStatus status) noexcept { return kNames[static_cast<size_t>(status)]; }

void TaskView::write(JsonWriter& out) const {
  out.member("taskId", id).member("status", name(status));
  out.member("createdAt", iso_time(started)).member("lastUpdatedAt", iso_time(changed));
  out.member("ttlMs", int64_t{life.count()});
  out.member("pollIntervalMs", int64_t{kPoll.count()});
  if (status == TaskStatus::completed) out.key("result").raw(outcome);
  if (status == TaskStatus::failed) out.key("error").raw(outcome);
  if (status != TaskStatus::input_required) return;
  out.key("inputRequests").begin_object();
  for (const Question& question : asked) {
    out.key(question.key).begin_object().member("method", question.method);
    out.key("params").raw(question.params).end_object();
  }
  out.end_object();
}

std::string_view TaskView::legacy_status() const {
  return name(status == TaskStatus::completed && tool_failed ? TaskStatus::failed : status);
}

std::string TaskView::why_failed() const {
  if (!has_ended(status) || outcome.size() > kReadBytesMax) return {};
  const auto parsed = parse_json(outcome);
  if (!parsed || !parsed->is_object()) return {};
  json::error_code none;
  const json::value* text =
      parsed->find_pointer(status == TaskStatus::failed ? "/message" : "/content/0/text", none);
  if (text == nullptr || !text->is_string()) return {};
  return shorten(text->get_string(), kWhyBytesMax);
}

void TaskView::write_legacy(JsonWriter& out) const {
  out.member("taskId", id).member("status", legacy_status());
  if (legacy_status() == name(TaskStatus::failed))
    if (const std::string why = why_failed(); !why.empty()) out.member("statusMessage", why);
  out.member("createdAt", iso_time(started)).member("lastUpdatedAt", iso_time(changed));
  out.member("ttl", int64_t{life.count()});
  out.member("pollInterval", int64_t{kPoll.count()});
}

std::string lost_outcome(std::string_view why, bool reads) {
  const Error error{
      .code = Code::disconnected,
      .message = std::string(why),
      .hint = reads ? "call the tool again" : "look at the data before you call the tool again",
      .effect = reads ? Effect::none : Effect::unknown,
      .retryable = reads};
  std::string data;
  JsonWriter writer(data);
  write_error(error, writer);
  std::string outcome;
  JsonWriter(outcome)
      .begin_object()
      .member("code", int{kInternalError})
      .member("message", error_text(error))
      .key("data")
      .raw(data)
      .end_object();
  return outcome;
}

TaskKeeper::TaskKeeper(std::shared_ptr<ops::State> state)
    : state_(std::move(state)), server_(random_name()), identity_(process_identity()) {}

StateRecord TaskKeeper::record_of(const TaskView& task) const {
  return {.id = task.id,
          .owner = task.principal,
          .expires_ms = ops::state_time_ms(task.started + task.life),
          .size = task.outcome.size(),
          .body = write_kept(task, server_)};
}

Result<void> TaskKeeper::add(const TaskView& task) {
  DBOPS_TRY(renew());
  DBOPS_ASSIGN(const ops::State::Usage usage, state_->usage(StateKind::task, task.principal));
  if (usage.count >= kKeptMax || usage.size >= kKeptBytesMax)
    return fail(Code::busy, "too many tasks of " + task.principal + " are kept",
                "wait until some of them expire");
  DBOPS_TRY(state_->add(StateKind::task, record_of(task)));
  return {};
}

// Its record changes once in its life: whoever comes second finds another version.
Result<bool> TaskKeeper::end(const TaskView& task) {
  return state_->replace(StateKind::task, record_of(task));
}

Result<std::optional<TaskView>> TaskKeeper::find(std::string_view id, std::string_view principal) {
  if (id.size() > ops::State::kIdBytesMax) return std::nullopt;
  DBOPS_ASSIGN(const auto found, state_->find(StateKind::task, id));
  auto kept = found && found->owner == principal ? read_kept(*found) : std::nullopt;
  if (!kept) return std::nullopt;
  if (has_ended(kept->task.status)) return std::move(kept->task);
  DBOPS_ASSIGN(const bool lives, server_lives(kept->server));
  if (lives) return std::move(kept->task);
  kept->task.status = TaskStatus::failed;
  kept->task.changed = std::chrono::system_clock::now();
  kept->task.outcome = lost_outcome(kGone, kept->task.reads);
  StateRecord lost = record_of(kept->task);
  lost.version = found->version;
  DBOPS_ASSIGN(const bool first, state_->replace(StateKind::task, lost));
  if (first) return std::move(kept->task);
  // It ended at the last moment, or another server gave it up: that holds.
  DBOPS_ASSIGN(const auto again, state_->find(StateKind::task, id));
  kept = again ? read_kept(*again) : std::nullopt;
  if (!kept) return std::nullopt;
  return std::move(kept->task);
}

Result<void> TaskKeeper::drop(std::string_view id) { return state_->drop(StateKind::task, id); }

Result<std::vector<std::string>> TaskKeeper::list(std::string_view principal) {
  DBOPS_ASSIGN(const auto records, state_->list(StateKind::task, principal));
  std::vector<std::string> ids;
  for (const StateRecord& record : records) ids.push_back(record.id);
  return ids;
}

Result<void> TaskKeeper::ask_to_stop(std::string_view id) {
  DBOPS_TRY(state_->add(
      StateKind::stop,
      {.id = std::string(id),
       .expires_ms = ops::state_time_ms(std::chrono::system_clock::now() + TaskView::kLife)}));
  return {};
}

Result<std::vector<std::string>> TaskKeeper::to_stop() {
  DBOPS_ASSIGN(const auto records, state_->list(StateKind::stop, {}));
  std::vector<std::string> ids;
  for (const StateRecord& record : records) ids.push_back(record.id);
  return ids;
}

Result<void> TaskKeeper::stopped(std::string_view id) { return state_->drop(StateKind::stop, id); }

Result<void> TaskKeeper::renew() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (renewed_ && now - *renewed_ < kRenew) return {};
  StateRecord record{.id = server_,
                     .expires_ms = ops::state_time_ms(std::chrono::system_clock::now() + kLease),
                     .version = version_,
                     .body = identity_};
  DBOPS_ASSIGN(bool done, state_->replace(StateKind::server, record));
  if (!done) {
    // The first time, after a long silence, or the answer to the last time was lost.
    DBOPS_ASSIGN(const auto found, state_->find(StateKind::server, server_));
    record.version = found ? found->version : -1;
    DBOPS_ASSIGN(done, found ? state_->replace(StateKind::server, record)
                             : state_->add(StateKind::server, record));
  }
  version_ = record.version + 1;
  if (done) renewed_ = now;
  return {};
}

Result<bool> TaskKeeper::server_lives(std::string_view server) {
  if (server == server_) return true;
  DBOPS_ASSIGN(const auto found, state_->find(StateKind::server, server));
  if (!found) return false;
  return process_lives(found->body).value_or(true);
}

}  // namespace dbops::mcp

#include "connectors/elasticsearch/task_operations.h"

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/cells.h"
#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/errors.h"
#include "connectors/elasticsearch/parameters.h"
#include "connectors/elasticsearch/session.h"

namespace dbops::elasticsearch {
namespace {

constexpr std::chrono::milliseconds kLook{250};  // between two looks at a task
constexpr int64_t kKeepMinutes = 60;             // a stored answer, unless asked for

Rows by_query(const Context& context, Session& session, const Arguments& arguments,
              const char* api) {
  OwnedRequest request{"POST", segment(arguments) + api + "?wait_for_completion=false"};
  JsonWriter out(request.body);
  out.begin_object().key("query").raw(arguments.object("query"));
  if (arguments.has("script"))
    out.key("script").begin_object().member("source", arguments.text("script")).end_object();
  out.end_object();
  return send(context, session, std::move(request));
}

// What a task has done. The server tells it under `status` while it runs, and in `response` then.
class Followed final : public Stream {
 public:
  Followed(ElasticSession& session, std::string path) : session_(session), path_(std::move(path)) {}

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    while (!ended_) {
      DBOPS_ASSIGN(const Whole answer,
                   ask_json(context, session_.link(), Tier::read, {"GET", path_}));
      const JsonView task = answer.json()["task"];
      const JsonView status = task["status"];
      ended_ = answer.json()["completed"].is_true();
      if (ended_ || status.text() != shown_) {
        shown_ = status.text();
        add(task, status, batch);
      }
      if (ended_) DBOPS_TRY(end(answer.json(), status));
      if (batch.rows() > 0) return true;
      DBOPS_TRY(pause(context));
    }
    return false;
  }

 private:
  static Result<void> pause(const Context& context) {
    Context waiting = context;
    waiting.deadline = context.deadline.earlier(Deadline::after(kLook));
    static_cast<void>(waiting.wait(-1, 0));
    return context.alive();
  }

  void add(const JsonView& task, const JsonView& status, Batch& batch) const {
    Value* const row = batch.add_row();
    row[0] = batch.copy(Kind::text, ended_ ? "ended" : "running");
    size_t cell = 1;
    for (const char* name : {"total", "created", "updated", "deleted", "version_conflicts"})
      row[cell++] = to_cell(batch, status[name]);
    const auto nanos = task["running_time_in_nanos"].integer();
    if (nanos) row[cell] = Value::integer(*nanos / 1'000'000);
  }

  // Cancelled in the middle of its work it ends with an error, between two parts without one.
  Result<void> end(const JsonView& answer, const JsonView& status) {
    std::string cancelled;
    if (answer["error"].is_object()) {
      Error error = item_error(0, answer["error"]);
      if (error.code != Code::cancelled) return fail(std::move(error));
      cancelled = error.message;
    }
    for (const JsonView& canceled : {status["canceled"], answer.at({"response", "canceled"})})
      if (canceled.is_string()) cancelled = escape_control(shorten(canceled.string(), 200));
    if (!cancelled.empty()) summary_.warnings.push_back("the task was cancelled: " + cancelled);
    const auto failures = answer.at({"response", "failures"}).elements();
    if (!failures.empty())
      summary_.warnings.push_back(std::to_string(failures.size()) + " failures, the first one: " +
                                  escape_control(shorten(failures[0].text(), 500)));
    return {};
  }

  ElasticSession& session_;
  const std::string path_;
  bool ended_ = false;
  std::string shown_ = "none";  // The status that was told last; no JSON: none was.
  Summary summary_;
  const Schema schema_ = {{"state", "", Kind::text},          {"total", "", Kind::integer},
                          {"created", "", Kind::integer},     {"updated", "", Kind::integer},
                          {"deleted", "", Kind::integer},     {"conflicts", "", Kind::integer},
                          {"milliseconds", "", Kind::integer}};
};

}  // namespace

Rows reindex(const Context& context, Session& session, Arguments arguments) {
  OwnedRequest request{"POST", "/_reindex?wait_for_completion=false"};
  JsonWriter out(request.body);
  out.begin_object().key("source").begin_object().member("index", arguments.text("index"));
  if (arguments.has("query")) out.key("query").raw(arguments.object("query"));
  out.end_object().key("dest").begin_object().member("index", arguments.text("target"));
  out.end_object().end_object();
  return send(context, session, std::move(request));
}

Rows delete_by_query(const Context& context, Session& session, Arguments arguments) {
  return by_query(context, session, arguments, "/_delete_by_query");
}

Rows update_by_query(const Context& context, Session& session, Arguments arguments) {
  return by_query(context, session, arguments, "/_update_by_query");
}

Rows task(const Context& context, Session& session, Arguments arguments) {
  return send(context, session, {"GET", "/_tasks" + segment(arguments, "task")});
}

// Others' work is ended by who may do everything; what dbops began, by who may begin it.
Rows cancel_task(const Context& context, Session& session, Arguments arguments) {
  Link& link = own(session).link();
  const std::string path = "/_tasks" + segment(arguments, "task");
  if (own(session).tier() < Tier::write)
    return fail(Code::forbidden, "refused: ending a task is no read",
                "the connection needs the tier write");
  if (own(session).tier() < Tier::admin) {
    DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read, {"GET", path}));
    const JsonView task = answer.json()["task"];
    const bool ours = task.at({"headers", "X-Opaque-Id"}).string().starts_with(kOpaqueIdStart) &&
                      task["action"].string().starts_with("indices:data/write/");
    if (!ours)
      return fail(Code::forbidden, "refused: the task is not one that dbops began",
                  "the connection needs the tier admin");
  }
  return run_request(context, link, Tier::admin, {"POST", path + "/_cancel"}, "POST _tasks");
}

Rows follow_task(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(context.alive());
  return std::make_unique<Followed>(own(session), "/_tasks" + segment(arguments, "task"));
}

// The query itself is looked at as one that is sent at once: it reads, and nothing else.
Rows start_query(const Context& context, Session& session, Arguments arguments) {
  const std::string query = arguments.text("query");
  size_t at = 0;
  DBOPS_ASSIGN(const auto piece, next_piece(query, at));
  if (!piece || piece->language != Language::esql || at != query.size())
    return fail(Code::invalid_argument, "the argument \"query\" must be one query in ES|QL",
                "begin with FROM, without ; at the end");
  const int64_t minutes = arguments.integer("keep_minutes").value_or(kKeepMinutes);
  OwnedRequest request{"POST", "/_query/async"};
  JsonWriter out(request.body);
  out.begin_object().member("query", query).member("wait_for_completion_timeout", "0s");
  out.member("keep_on_completion", true);
  out.member("keep_alive", std::to_string(minutes) + "m");
  const Parameters parameters = arguments.take_values("parameters");
  DBOPS_TRY(write_parameters(query, Language::esql, parameters, ParameterStyle::plain, out));
  out.end_object();
  // A short one has ended by now: its rows are asked for by its id all the same.
  DBOPS_ASSIGN(const Whole answer,
               ask_json(context, own(session).link(), own(session).tier(), request.borrow()));
  auto table =
      std::make_unique<Table>(Schema{{"id", "", Kind::text}, {"is_running", "", Kind::boolean}});
  table->add({Value::text(answer.json()["id"].string()),
              Value::boolean(answer.json()["is_running"].is_true())});
  return table;
}

Rows query_result(const Context& context, Session& session, Arguments arguments) {
  return send(context, session, {"GET", "/_query/async" + segment(arguments, "id")});
}

Rows stop_query(const Context& context, Session& session, Arguments arguments) {
  if (arguments.boolean("discard"))
    return send(context, session, {"DELETE", "/_query/async" + segment(arguments, "id")});
  return send(context, session, {"POST", "/_query/async" + segment(arguments, "id") + "/stop"});
}

}  // namespace dbops::elasticsearch

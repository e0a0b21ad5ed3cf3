#include "connectors/elasticsearch/loader.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/documents.h"
#include "connectors/elasticsearch/errors.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/paths.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr int kTooMany = 429;
constexpr size_t kNewFieldsShown = 20;

// The type that a new index is told of a column; empty: the server sees by itself.
string_view type_for(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "long";
    case Kind::real:
    case Kind::decimal:
      return "double";
    case Kind::bytes:
      return "binary";
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamp_tz:
      return "date";
    case Kind::time:
    case Kind::interval:
    case Kind::uuid:
      return "keyword";
    default:
      return {};
  }
}

bool is_id(const LoadTarget& target, const Column& column) {
  return column.name == "_id" && !target.documents &&
         std::find(target.key.begin(), target.key.end(), "_id") != target.key.end();
}

std::string new_index(const LoadTarget& target) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().key("mappings").begin_object().key("properties").begin_object();
  if (!target.documents)
    for (const Column& column : target.columns)
      if (const string_view type = type_for(column.kind); !type.empty() && !is_id(target, column))
        out.key(column.name).begin_object().member("type", type).end_object();
  out.end_object().end_object().end_object();
  return body;
}

Result<void> check(const LoadTarget& target) {
  const auto wrong = [](std::string message, std::string hint) {
    return fail(Code::invalid_argument, std::move(message), std::move(hint));
  };
  if (target.path.size() != 1 || target.path[0].find_first_of("*,") != std::string::npos ||
      target.path[0].starts_with('_') || target.path[0].starts_with('-'))
    return wrong("the path must name one index, alias or data stream", "without * and commas");
  if (target.replace && target.key.empty())
    return wrong("what is to be replaced can't be told without a key",
                 "name the members that make the id as key");
  if (target.documents) return {};
  DBOPS_TRY(check_columns(target.columns, true));
  std::vector<std::string> names;
  for (const Column& column : target.columns) names.push_back(column.name);
  for (const std::string& name : target.key)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return fail(no_such_column(name, names));
  for (const Column& column : target.columns)
    if (column.name == "_id" && !is_id(target, column))
      return wrong("_id is no field of a document, but its name",
                   "give _id as the key, or the column another name");
  return {};
}

void describe_columns(const LoadTarget& target, const std::vector<Field>& known, LoadPlan& plan) {
  std::string fresh;
  size_t fresh_count = 0;
  for (const Column& column : target.columns) {
    if (is_id(target, column)) {
      plan.fields.push_back({column.name, "the document's name"});
      continue;
    }
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Field& each) { return each.name == column.name; });
    if (plan.exists && found != known.end()) {
      plan.fields.push_back({column.name, found->type});
      continue;
    }
    plan.fields.push_back({column.name, plan.exists ? "" : std::string(type_for(column.kind))});
    if (++fresh_count <= kNewFieldsShown)
      fresh += (fresh.empty() ? "" : ", ") + escape_control(column.name);
    if (column.kind == Kind::decimal)
      plan.warnings.push_back("column " + escape_control(column.name) +
                              ": searched as a double; the document keeps all digits");
  }
  if (fresh_count > kNewFieldsShown) fresh += " ...";
  if (plan.exists && fresh_count > 0)
    plan.warnings.push_back("new to the mapping, so that the server decides what they are: " +
                            fresh);
}

// A load by bulk requests.
class BulkLoad final : public Load {
 public:
  BulkLoad(Link& link, const LoadTarget& target, Patience patience)
      : link_(link),
        patience_(patience),
        lines_(target),
        path_('/' + encode_segment(target.path[0]) +
              "/_bulk?filter_path=errors,items.*.status,items.*.error") {}

  Result<LoadOutcome> write(const Context& context, const Batch& batch, size_t) override {
    LoadOutcome outcome;
    wrote_ = false;
    for (size_t row = 0; row < batch.rows();) {
      body_.clear();
      items_.clear();
      for (; row < batch.rows() && body_.size() < kBulkBytes; ++row) {
        const size_t begin = body_.size();
        if (auto added = lines_.append(batch.row(row), body_); added)
          items_.push_back({row, begin});
        else
          outcome.refused.push_back({row, std::move(added).error()});
      }
      if (auto sent = send_all(context, outcome); !sent) {
        if (wrote_) sent.error().effect = Effect::unknown;
        return fail(std::move(sent).error());
      }
    }
    std::sort(outcome.refused.begin(), outcome.refused.end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
    outcome.settled = batch.rows();
    return outcome;
  }

 private:
  struct Item {
    size_t row;
    size_t begin;  // Of its lines in the body.
  };

  // Sends what stands in the body, and again what the server was too busy for.
  Result<void> send_all(const Context& context, LoadOutcome& outcome) {
    for (int tries = 1; !items_.empty(); ++tries) {
      DBOPS_ASSIGN(const auto answer,
                   link_.send(context, Tier::write, {"POST", path_, body_, true}));
      const int status = answer->status();
      auto text = answer->rest(context, status < 400 ? kWholeBytesMax : kErrorBytesMax);
      if (status >= 400) {
        Error error = server_error(status, text.value_or(""));
        error.effect = answer->effect();
        if (status != kTooMany) return fail(std::move(error));
        busy_ = std::move(error);
      } else if (!text) {
        text.error().effect = Effect::unknown;
        return fail(std::move(text).error());
      } else {
        DBOPS_TRY(take(*text, outcome));
      }
      if (!items_.empty()) DBOPS_TRY(back_off(context, tries));
    }
    return {};
  }

  // Notes what became of each item; those that are to be sent again stay.
  Result<void> take(const std::string& text, LoadOutcome& outcome) {
    const auto json = JsonView::parse(text);
    if (json && (*json)["errors"].text() == "false") {
      wrote_ = true;
      items_.clear();
      return {};
    }
    const auto answers = json ? (*json)["items"].elements() : std::vector<JsonView>();
    if (answers.size() != items_.size())
      return fail({.code = Code::protocol,
                   .message = "the server's answer is not that of a bulk request",
                   .effect = Effect::unknown});
    std::vector<Item> again;
    std::string body;
    for (size_t i = 0; i < items_.size(); ++i) {
      const auto action = answers[i].members();
      const JsonView answer = action.empty() ? JsonView() : action[0].second;
      const int status = static_cast<int>(answer["status"].integer().value_or(0));
      if (status >= 200 && status < 300) {
        wrote_ = true;
      } else if (status == kTooMany) {
        busy_ = item_error(status, answer["error"]);
        again.push_back({items_[i].row, body.size()});
        body += lines_of(i);
      } else {
        outcome.refused.push_back({items_[i].row, refusal(status, answer["error"])});
      }
    }
    items_ = std::move(again);
    body_ = std::move(body);
    return {};
  }

  string_view lines_of(size_t item) const {
    const size_t end = item + 1 < items_.size() ? items_[item + 1].begin : body_.size();
    return string_view(body_).substr(items_[item].begin, end - items_[item].begin);
  }

  static Error refusal(int status, const JsonView& said) {
    Error error = item_error(status, said);
    if (error.code != Code::conflict) return error;
    error.code = Code::already_exists;
    error.hint = "a load with `replace` overwrites it";
    return error;
  }

  Result<void> back_off(const Context& context, int tries) {
    const auto wait = std::min(patience_.wait * (1 << (tries - 1)), patience_.wait_max);
    const auto left = context.deadline.remaining();
    if (tries == patience_.tries || (left && *left <= wait)) {
      busy_.message = "the server was too busy for " +
                      format_count(static_cast<int64_t>(items_.size())) + " items, asked " +
                      std::to_string(tries) + " times: " + busy_.message;
      return fail(busy_);
    }
    Context pause = context;
    pause.deadline = Deadline::after(wait);
    static_cast<void>(pause.wait(-1, 0));
    return context.alive();
  }

  Link& link_;
  const Patience patience_;
  BulkLines lines_;
  const std::string path_;
  std::string body_;
  std::vector<Item> items_;  // That stand in it.
  bool wrote_ = false;       // Something of the batch.
  Error busy_;               // What the server said last when it was too busy.
};

}  // namespace

// The mappings of what is there; empty where nothing is, and that is to be made.
Result<std::string> ElasticLoader::mapping(const Context& context, const LoadTarget& target) const {
  DBOPS_TRY(check(target));
  const std::string path = '/' + encode_segment(target.path[0]) + "/_mapping";
  auto answer = ask_json(context, link_, Tier::read, {"GET", path});
  if (answer) return std::move(answer->text);
  if (answer.error().code != Code::not_found) return fail(std::move(answer).error());
  if (target.create) return "";
  auto missing = catalog_.missing(context, target.path);
  missing.value().hint += "; or let the load make it with `create`";
  return missing;
}

Result<void> ElasticLoader::check_rules() const {
  if (!catalog_.fence().restricts()) return {};
  return refused("under rules of indices the server is only read",
                 "a load needs a connection without such rules");
}

Result<LoadPlan> ElasticLoader::plan(const Context& context, const LoadTarget& target) {
  DBOPS_TRY(check_rules());
  DBOPS_ASSIGN(const std::string mappings, mapping(context, target));
  LoadPlan plan{.exists = !mappings.empty()};
  std::vector<Field> known;
  if (plan.exists)
    known = fields_of(JsonView::trust(mappings));
  else
    plan.creates = "PUT /" + encode_segment(target.path[0]) + ' ' + new_index(target);
  if (!target.documents) describe_columns(target, known, plan);
  if (target.replace) plan.warnings.emplace_back("documents that have the same id are replaced");
  return plan;
}

Result<std::unique_ptr<Load>> ElasticLoader::start(const Context& context,
                                                   const LoadTarget& target) {
  DBOPS_TRY(check_rules());
  DBOPS_ASSIGN(const std::string mappings, mapping(context, target));
  if (tier_ == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  if (mappings.empty()) {
    const std::string body = new_index(target);
    const std::string path = '/' + encode_segment(target.path[0]);
    DBOPS_TRY(link_.ask(context, Tier::write, {"PUT", path, body}));
  }
  return std::make_unique<BulkLoad>(link_, target, patience_);
}

}  // namespace dbops::elasticsearch

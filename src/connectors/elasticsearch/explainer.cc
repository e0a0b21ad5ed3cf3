#include "connectors/elasticsearch/explainer.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/named_fields.h"
#include "connectors/elasticsearch/paths.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kShownBytes = 200;   // of a query's description
constexpr size_t kSlowestShown = 10;  // parts of a profile
constexpr int64_t kNanosPerMicro = 1000;

struct Part {
  std::string what;
  int64_t nanos = 0;
  size_t depth = 0;
};

void collect(const JsonView& queries, size_t depth, std::vector<Part>& parts) {
  for (const JsonView& query : queries.elements()) {
    const std::string text = query["description"].string();
    parts.push_back({escape_control(query["type"].string() + ": " + shorten(text, kShownBytes)),
                     query["time_in_nanos"].integer().value_or(0), depth});
    collect(query["children"], depth + 1, parts);
  }
}

std::string micros(int64_t nanos) { return format_count(nanos / kNanosPerMicro) + " us"; }

void tell_slowest(std::vector<Part>& parts, std::vector<Finding>& findings) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.nanos > b.nanos; });
  for (size_t i = 0; i < std::min(parts.size(), kSlowestShown) && parts[i].nanos > 0; ++i)
    findings.push_back(
        {Severity::info, "profile", parts[i].what, "took " + micros(parts[i].nanos), {}});
}

// Each operator of ES|QL has times of its own names: hash_nanos, emit_nanos, process_nanos ...
int64_t nanos_of(const JsonView& status) {
  int64_t nanos = 0;
  for (const auto& [name, value] : status.members())
    if (name.ends_with("_nanos")) nanos += value.integer().value_or(0);
  return nanos;
}

// "HashAggregationOperator[...], 3 rows in, 1 out"
std::string operator_text(const JsonView& part) {
  std::string text = escape_control(shorten(part["operator"].string(), kShownBytes));
  const auto in = part.at({"status", "rows_received"}).integer();
  const auto out = part.at({"status", "rows_emitted"}).integer();
  if (in) text += ", " + format_count(*in) + " rows in";
  if (out) text += (in ? ", " : ", rows ") + format_count(*out) + " out";
  return text;
}

// The same object with members of the same names in place of its own.
std::string with_members(
    const JsonView& object,
    std::initializer_list<std::pair<std::string_view, std::string_view>> more) {
  std::string text = "{";
  const auto add = [&](std::string_view key, std::string_view value) {
    if (text.size() > 1) text += ',';
    JsonWriter(text).string(key);
    text.append(":").append(value);
  };
  for (const auto& [key, value] : object.members())
    if (std::none_of(more.begin(), more.end(),
                     [&, &key = key](const auto& each) { return each.first == key; }))
      add(key, value.text());
  for (const auto& [key, value] : more) add(key, value);
  return text + '}';
}

bool names_search(const std::vector<std::string>& parts) {
  return !parts.empty() && parts.size() <= 2 && parts.back() == "_search";
}

// What a query costs that looks at every term or every document.
void look_for_costs(std::string_view plan, std::vector<Finding>& findings) {
  const auto has = [&](std::string_view text) { return plan.find(text) != std::string_view::npos; };
  if (has("\"script\""))
    findings.push_back({Severity::warning, "query", "script",
                        "a script runs for every document that it meets",
                        "write its result into a field when documents are indexed"});
  for (const char* kind : {"wildcard", "regexp"})
    if (has('"' + std::string(kind) + "\""))
      findings.push_back(
          {Severity::info, "query", kind,
           std::string(kind) + " may look at every term of its field",
           "do not begin its pattern with *; a field of type wildcard is made for it"});
}

}  // namespace

// A field that is nowhere is no error of the server's: the search finds nothing.
Result<void> ElasticExplainer::look_for_fields(const Context& context, const OwnedRequest& request,
                                               std::vector<Finding>& findings) {
  const auto named = named_fields(JsonView::trust(request.body.empty() ? "{}" : request.body));
  if (named.empty() || queries_.fence().has_masks()) return {};
  const std::string_view whole = request.path;
  std::string path(whole.substr(0, whole.find('?')));
  path.resize(path.rfind("/_search"));
  const auto mapping = ask_json(context, queries_.link(), Tier::read, {"GET", path + "/_mapping"});
  // Who may search may not always look at mappings.
  if (!mapping) return context.alive();
  const std::vector<Field> fields = fields_of(mapping->json());
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  for (const std::string& name : named) {
    if (is_field(name, fields)) continue;
    const auto near = nearest(name, names);
    findings.push_back(
        {Severity::warning, "query", escape_control(shorten(name, kShownBytes)),
         "no index that is searched has this field: nothing matches it",
         near ? "did you mean " + escape_control(*near) + "?" : "explore shows the fields"});
  }
  return {};
}

Result<Explainer::Plan> ElasticExplainer::check_search(const Context& context,
                                                       const OwnedRequest& request) {
  const std::string_view whole = request.path;
  std::string path(whole.substr(0, whole.find('?')));
  path.resize(path.rfind("/_search"));
  // Rewritten, it would show terms of the index, those that an alias' own filter stands for too.
  path += queries_.fence().has_masks() ? "/_validate/query?explain=true"
                                       : "/_validate/query?explain=true&rewrite=true";
  const JsonView query = JsonView::trust(request.body)["query"];
  const std::string body = query.is_null() ? "" : "{\"query\":" + std::string(query.text()) + '}';
  DBOPS_ASSIGN(const Whole answer,
               ask_json(context, queries_.link(), Tier::read, {"POST", path, body}));
  Plan plan;
  plan.json = answer.text;
  for (const JsonView& each : answer.json()["explanations"].elements()) {
    const bool good = each["valid"].is_true();
    plan.text += escape_control(each["index"].string()) + ": " +
                 escape_control(good ? each["explanation"].string() : each["error"].string()) +
                 '\n';
    if (!good)
      plan.findings.push_back(
          {Severity::critical, "query", escape_control(each["index"].string()),
           "the query can't run here: " + escape_control(each["error"].string()),
           "look at the fields and their types with explore"});
  }
  if (plan.text.empty()) plan.text = "no index is searched\n";
  DBOPS_TRY(look_for_fields(context, request, plan.findings));
  look_for_costs(request.body, plan.findings);
  return plan;
}

Result<Explainer::Plan> ElasticExplainer::profile_search(const Context& context,
                                                         const OwnedRequest& request) {
  const OwnedRequest profiled{
      request.method, request.path,
      with_members(JsonView::trust(request.body.empty() ? "{}" : request.body),
                   {{"profile", "true"}})};
  DBOPS_ASSIGN(const Whole answer,
               ask_json(context, queries_.link(), Tier::read, profiled.borrow()));
  const JsonView json = answer.json();
  Plan plan;
  plan.json = json["profile"].text();
  plan.text = "took " + std::to_string(json["took"].integer().value_or(0)) + " ms\n";
  std::vector<Part> all;
  for (const JsonView& shard : json.at({"profile", "shards"}).elements()) {
    plan.text += escape_control(shard["id"].string()) + '\n';
    std::vector<Part> parts;
    for (const JsonView& search : shard["searches"].elements()) collect(search["query"], 1, parts);
    collect(shard["aggregations"], 1, parts);
    for (const Part& part : parts)
      plan.text += std::string(part.depth * 2, ' ') + micros(part.nanos) + "  " + part.what + '\n';
    all.insert(all.end(), parts.begin(), parts.end());
  }
  tell_slowest(all, plan.findings);
  look_for_costs(request.body, plan.findings);
  return plan;
}

Result<Explainer::Plan> ElasticExplainer::profile_esql(const Context& context,
                                                       const OwnedRequest& request) {
  const OwnedRequest profiled{request.method, request.path,
                              with_members(JsonView::trust(request.body), {{"profile", "true"}})};
  DBOPS_ASSIGN(const Whole answer,
               ask_json(context, queries_.link(), Tier::read, profiled.borrow()));
  Plan plan;
  plan.json = answer.json()["profile"].text();
  plan.text = "took " + std::to_string(answer.json()["took"].integer().value_or(0)) + " ms\n";
  std::vector<Part> all;
  for (const JsonView& driver : answer.json().at({"profile", "drivers"}).elements()) {
    const JsonView what =
        driver[driver["description"].is_string() ? "description" : "task_description"];
    plan.text += (what.is_string() ? escape_control(what.string()) : "driver") + ": " +
                 micros(driver["took_nanos"].integer().value_or(0)) + '\n';
    for (const JsonView& part : driver["operators"].elements()) {
      all.push_back({operator_text(part), nanos_of(part["status"]), 1});
      plan.text += "  " + micros(all.back().nanos) + "  " + all.back().what + '\n';
    }
  }
  tell_slowest(all, plan.findings);
  return plan;
}

// The search that the server makes of it, without running it.
Result<Explainer::Plan> ElasticExplainer::translate_sql(const Context& context,
                                                        const OwnedRequest& request) {
  const bool opensearch = queries_.server().opensearch();
  const OwnedRequest asked{"POST", opensearch ? "/_plugins/_sql/_explain" : "/_sql/translate",
                           request.body};
  DBOPS_ASSIGN(Whole answer, ask_json(context, queries_.link(), Tier::read, asked.borrow()));
  Plan plan;
  plan.text = escape_control(answer.text) + '\n';
  look_for_costs(answer.text, plan.findings);
  plan.json = std::move(answer.text);
  return plan;
}

Result<Explainer::Plan> ElasticExplainer::explain(const Context& context, const Script& script,
                                                  const Parameters& parameters, bool analyze,
                                                  Mode mode) {
  DBOPS_TRY(context.alive());
  if (script.statements.size() != 1)
    return fail(Code::invalid_argument, "one statement is explained at a time");
  if (script.statements[0].tier > Tier::read)
    return fail(mode == Mode::read ? Code::forbidden : Code::unsupported,
                "a request that writes has no plan", "explain a search with the same query");
  size_t at = 0;
  const std::string_view text = script.statement_text(0);
  DBOPS_ASSIGN(const auto piece, next_piece(text, at));
  if (!piece) return fail(Code::internal, "the statement has nothing in it");
  DBOPS_ASSIGN(const OwnedRequest request, request_of(*piece, text, parameters, queries_.server()));
  if (analyze) DBOPS_TRY(queries_.fence().check_unmasked("the profile of a search"));
  DBOPS_TRY(
      queries_.fence().check(context, queries_.link(), request.method, request.path, request.body));
  DBOPS_ASSIGN(const auto parts, split_target(request.path));
  const bool esql = parts == std::vector<std::string>{"_query"};
  if (names_search(parts) && piece->values <= 1)
    return analyze ? profile_search(context, request) : check_search(context, request);
  if (esql && analyze) return profile_esql(context, request);
  if (piece->language == Language::sql && !analyze) return translate_sql(context, request);
  if (piece->language == Language::sql)
    return fail(Code::unsupported, "the server has no profile of SQL",
                "without `analyze` it shows the search that the query becomes, which has one");
  return fail(Code::unsupported,
              esql ? "the server has no plan of ES|QL without running it"
                   : "searches, ES|QL and SQL have plans, other requests don't",
              esql ? "set `analyze`" : "explain GET /index/_search {\"query\": ...}");
}

}  // namespace dbops::elasticsearch

#include "connectors/elasticsearch/look_operations.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/cells.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/session.h"

namespace dbops::elasticsearch {
namespace {

constexpr int64_t kValues = 10;  // of a field, unless asked for more

struct Listed {
  std::string_view what;
  std::string_view path;
  std::string_view array = {};  // Whose elements they are; empty: the answer's own members.
  std::string_view name = {};   // The member of an element that is its name.
};
constexpr auto kListed = std::to_array<Listed>({
    {"pipelines", "/_ingest/pipeline"},
    {"index_templates", "/_index_template", "index_templates", "name"},
    {"component_templates", "/_component_template", "component_templates", "name"},
    {"lifecycle_policies", "/_ilm/policy"},
    {"snapshot_policies", "/_slm/policy"},
    {"repositories", "/_snapshot"},
    {"transforms", "/_transform", "transforms", "id"},
    {"enrich_policies", "/_enrich/policy", "policies"},
    {"inference_endpoints", "/_inference", "endpoints", "inference_id"},
});
// OpenSearch's plugin in place of lifecycles.
constexpr Listed kStatePolicies{"lifecycle_policies", "/_plugins/_ism/policies", "policies", "_id"};

// {"config": {"match": {"name": ...}}} of an enrich policy, which has no name of its own.
std::string name_of(const Listed& listed, const JsonView& element) {
  if (!listed.name.empty()) return element[listed.name].string();
  const auto kinds = element["config"].members();
  return kinds.empty() ? "" : kinds[0].second["name"].string();
}

// The field that can be counted by: of a text the sub-field that keeps it whole.
Result<std::string> countable(const std::vector<Field>& fields, const std::string& wanted) {
  std::vector<std::string> names;
  const Field* found = nullptr;
  for (const Field& field : fields) {
    names.push_back(field.name);
    if (field.name == wanted) found = &field;
  }
  const auto near = nearest(wanted, names);
  if (found == nullptr)
    return fail(Code::not_found, "there is no field " + escape_control(shorten(wanted, 64)),
                near ? "did you mean " + escape_control(*near) + "?" : "explore shows the fields");
  if (found->type != "text") return wanted;
  for (const Field& field : fields)
    if (field.type == "keyword" && field.name.starts_with(wanted + '.')) return field.name;
  return fail(Code::unsupported,
              escape_control(wanted) +
                  " is taken apart into words, and has no field beside it "
                  "that keeps its values whole",
              "map it with a sub-field of type keyword");
}

std::string counting_body(const std::string& query, const std::string& field, int64_t size) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().member("size", int64_t{0}).member("track_total_hits", true);
  if (!query.empty()) out.key("query").raw(query);
  out.key("aggs").begin_object();
  out.key("values").begin_object().key("terms").begin_object();
  out.member("field", field).member("size", size).end_object().end_object();
  for (const char* kind : {"cardinality", "missing"})
    out.key(kind)
        .begin_object()
        .key(kind)
        .begin_object()
        .member("field", field)
        .end_object()
        .end_object();
  out.end_object().end_object();
  return body;
}

}  // namespace

std::vector<std::string_view> listed_kinds() {
  std::vector<std::string_view> kinds;
  for (const Listed& each : kListed) kinds.push_back(each.what);
  return kinds;
}

Rows list(const Context& context, Session& session, Arguments arguments) {
  const std::string what = arguments.text("what");
  const auto known = std::find_if(kListed.begin(), kListed.end(),
                                  [&](const Listed& each) { return each.what == what; });
  const bool states = own(session).server().opensearch() && what == kStatePolicies.what;
  const Listed& listed = states ? kStatePolicies : *known;
  std::string path(listed.path);
  if (arguments.has("name")) path += segment(arguments, "name");
  auto table =
      std::make_unique<Table>(Schema{{"name", "", Kind::text}, {"definition", "", Kind::json}});
  const auto answer = ask_json(context, own(session).link(), Tier::read, {"GET", path});
  // Some of these APIs say so where there is none at all.
  if (!answer && answer.error().code == Code::not_found && !arguments.has("name")) return table;
  if (!answer) return fail(answer.error());
  const auto add = [&](const std::string& name, const JsonView& definition) {
    table->add({Value::text(name), Value::view(Kind::json, definition.text())});
  };
  if (listed.array.empty())
    for (const auto& [name, definition] : answer->json().members()) add(name, definition);
  else
    for (const JsonView& element : answer->json()[listed.array].elements())
      add(name_of(listed, element), element);
  return table;
}

Rows list_snapshots(const Context& context, Session& session, Arguments arguments) {
  const std::string repository =
      arguments.has("repository") ? segment(arguments, "repository") : "";
  return send(context, session,
              {"GET", repository.empty() ? "/_snapshot" : "/_snapshot" + repository + "/_all"});
}

Rows analyze(const Context& context, Session& session, Arguments arguments) {
  OwnedRequest request{"POST",
                       arguments.has("index") ? segment(arguments) + "/_analyze" : "/_analyze"};
  JsonWriter out(request.body);
  out.begin_object().member("text", arguments.text("text"));
  for (const char* name : {"analyzer", "field"})
    if (arguments.has(name)) out.member(name, arguments.text(name));
  out.end_object();
  return send(context, session, std::move(request));
}

Rows simulate_pipeline(const Context& context, Session& session, Arguments arguments) {
  if (arguments.has("pipeline") == arguments.has("definition"))
    return fail(Code::invalid_argument, "give either pipeline, a name, or definition");
  std::string body;
  JsonWriter out(body);
  out.begin_object();
  if (arguments.has("definition")) out.key("pipeline").raw(arguments.object("definition"));
  out.key("docs").begin_array();
  const Parameters documents = arguments.take_values("documents");
  for (const Parameter& each : documents.items) {
    if (each.value.kind() != Kind::json)
      return fail(Code::invalid_argument, "each of the argument \"documents\" is an object");
    out.begin_object().key("_source").raw(each.value.as_text()).end_object();
  }
  out.end_array().end_object();
  std::string path = "/_ingest/pipeline";
  if (arguments.has("pipeline")) path += segment(arguments, "pipeline");
  path += "/_simulate";
  DBOPS_ASSIGN(const Whole answer, ask(context, session, {"POST", path, body}));
  auto table =
      std::make_unique<Table>(Schema{{"document", "", Kind::json}, {"error", "", Kind::text}});
  for (const JsonView& each : answer.json()["docs"].elements()) {
    const JsonView error = each["error"];
    const JsonView source = each.at({"doc", "_source"});
    const std::string reason = escape_control(shorten(error["reason"].string(), 500));
    table->add({source.is_null() ? Value() : Value::view(Kind::json, source.text()),
                error.is_null() ? Value() : Value::text(reason)});
  }
  return table;
}

Rows field_values(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Whole mapping,
               ask(context, session, {"GET", segment(arguments) + "/_mapping"}));
  DBOPS_ASSIGN(const std::string field,
               countable(fields_of(mapping.json()), arguments.text("field")));
  OwnedRequest request{"POST", segment(arguments) + "/_search",
                       counting_body(arguments.has("query") ? arguments.object("query") : "", field,
                                     arguments.integer("size").value_or(kValues))};
  DBOPS_ASSIGN(const Whole answer, ask(context, session, request));
  const JsonView found = answer.json()["aggregations"];
  auto table =
      std::make_unique<Table>(Schema{{"value", "", Kind::null}, {"documents", "", Kind::integer}});
  Batch cells;
  cells.reset(1);
  for (const JsonView& bucket : found.at({"values", "buckets"}).elements()) {
    const JsonView text = bucket["key_as_string"];
    table->add({to_cell(cells, text.is_null() ? bucket["key"] : text),
                Value::integer(bucket["doc_count"].integer().value_or(0))});
  }
  table->edit_summary().warnings.push_back(
      "about " + format_count(found.at({"cardinality", "value"}).integer().value_or(0)) +
      " different values; " +
      format_count(found.at({"missing", "doc_count"}).integer().value_or(0)) +
      " documents have none");
  return table;
}

}  // namespace dbops::elasticsearch

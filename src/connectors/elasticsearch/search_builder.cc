#include "connectors/elasticsearch/search_builder.h"

#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/paths.h"

namespace dbops::elasticsearch {
namespace {

constexpr int64_t kSize = 10;         // hits unless asked for more
constexpr int64_t kSizeMax = 10'000;  // the server's own limit for one page
constexpr int64_t kCandidates = 10;   // looked at for each neighbour that is wanted
constexpr int64_t kCandidatesMax = 10'000;

Result<std::string> vector_of(Arguments& arguments) {
  const Parameters values = arguments.take_values("vector");
  std::string text;
  JsonWriter out(text);
  out.begin_array();
  for (const Parameter& each : values.items) {
    if (each.value.kind() == Kind::integer)
      out.integer(each.value.as_integer());
    else if (each.value.kind() == Kind::real && std::isfinite(each.value.as_real()))
      out.real(each.value.as_real());
    else
      return fail(Code::invalid_argument, "the argument \"vector\" must be numbers");
  }
  out.end_array();
  return text;
}

// {"term": {"a": 1}} and so on for each member.
Result<std::string> filters_of(const std::string& filter) {
  DBOPS_ASSIGN(const JsonView json, JsonView::parse(filter));
  std::string text;
  JsonWriter out(text);
  out.begin_array();
  for (const auto& [field, value] : json.members()) {
    out.begin_object();
    if (value.is_null()) {
      out.key("bool").begin_object().key("must_not").begin_object().key("exists").begin_object();
      out.member("field", field).end_object().end_object().end_object();
    } else {
      out.key(value.is_array() ? "terms" : value.is_object() ? "range" : "term");
      out.begin_object().key(field).raw(value.text()).end_object();
    }
    out.end_object();
  }
  out.end_array();
  return text;
}

// What must match, as one query; empty for everything.
std::string text_query(const Arguments& arguments) {
  const std::string text = arguments.text("text");
  if (text.empty()) return {};
  std::string query;
  JsonWriter out(query);
  const auto fields = arguments.texts("fields");
  out.begin_object().key("multi_match").begin_object().member("query", text);
  out.key("fields").begin_array();
  for (const std::string& field : fields) out.string(field);
  if (fields.empty()) out.string("*");
  out.end_array();
  if (fields.empty()) out.member("lenient", true);
  out.end_object().end_object();
  return query;
}

void write_knn(const SearchParts& parts, bool opensearch, JsonWriter& out) {
  const auto candidates = std::min(parts.size * kCandidates, kCandidatesMax);
  if (opensearch) {
    out.begin_object().key("knn").begin_object().key(parts.vector_field).begin_object();
    out.key("vector").raw(parts.vector).member("k", parts.size);
    if (parts.filters != "[]")
      out.key("filter")
          .begin_object()
          .key("bool")
          .begin_object()
          .key("filter")
          .raw(parts.filters)
          .end_object()
          .end_object();
    out.end_object().end_object().end_object();
    return;
  }
  out.begin_object().member("field", parts.vector_field).key("query_vector").raw(parts.vector);
  out.member("k", parts.size).member("num_candidates", candidates);
  if (parts.filters != "[]") out.key("filter").raw(parts.filters);
  out.end_object();
}

Result<void> write_sort(const std::vector<std::string>& order, JsonWriter& out) {
  if (order.empty()) return {};
  out.key("sort").begin_array();
  for (const std::string& each : order) {
    const size_t blank = std::min(each.find(' '), each.size());
    const std::string way = each.substr(std::min(blank + 1, each.size()));
    if (blank == 0 || (!way.empty() && way != "asc" && way != "desc"))
      return fail(Code::invalid_argument,
                  "the argument \"sort\" must be \"field\", \"field asc\" or "
                  "\"field desc\"");
    out.begin_object().member(each.substr(0, blank), way.empty() ? "asc" : way).end_object();
  }
  out.end_array();
  return {};
}

void write_groups(const Arguments& arguments, JsonWriter& out) {
  const std::string field = arguments.text("group_by");
  if (field.empty()) return;
  const std::string interval = arguments.text("interval");
  const std::string measure = arguments.text("measure");
  out.key("aggs").begin_object().key("groups").begin_object();
  out.key(interval.empty() ? "terms" : "date_histogram").begin_object().member("field", field);
  if (interval.empty())
    out.member("size", arguments.integer("size").value_or(kSize));
  else
    out.member("calendar_interval", interval);
  out.end_object();
  if (!measure.empty()) {
    out.key("aggs").begin_object();
    for (const char* kind : {"min", "max", "avg", "sum"})
      out.key(kind)
          .begin_object()
          .key(kind)
          .begin_object()
          .member("field", measure)
          .end_object()
          .end_object();
    if (arguments.boolean("percentiles"))
      out.key("percentiles")
          .begin_object()
          .key("percentiles")
          .begin_object()
          .member("field", measure)
          .end_object()
          .end_object();
    out.end_object();
  }
  out.end_object().end_object();
}

void write_shape(const Arguments& arguments, const SearchParts& parts, JsonWriter& out) {
  out.member("size", arguments.text("group_by").empty() ? parts.size : int64_t{0});
  if (const auto from = arguments.integer("from")) out.member("from", *from);
  if (const auto source = arguments.texts("source"); !source.empty()) {
    out.key("_source").begin_array();
    for (const std::string& field : source) out.string(field);
    out.end_array();
  }
  if (!arguments.boolean("highlight")) return;
  out.key("highlight").begin_object().key("fields").begin_object();
  const auto fields = arguments.texts("fields");
  for (const std::string& field : fields)
    out.key(field.substr(0, field.find('^'))).begin_object().end_object();
  if (fields.empty()) out.key("*").begin_object().end_object();
  out.end_object().end_object();
}

}  // namespace

void write_query(const SearchParts& parts, bool opensearch, JsonWriter& out) {
  const bool near = !parts.vector.empty();
  if (near && !opensearch) {
    out.key("knn");
    write_knn(parts, false, out);
    if (parts.text.empty()) return;
  }
  out.key("query");
  if (near && parts.text.empty()) return write_knn(parts, true, out);
  out.begin_object().key("bool").begin_object();
  if (near && opensearch) {
    out.key("should").begin_array().raw(parts.text);
    write_knn(parts, true, out);
    out.end_array().member("minimum_should_match", 1);
  } else if (!parts.text.empty()) {
    out.key("must").begin_array().raw(parts.text).end_array();
  }
  out.key("filter").raw(parts.filters).end_object().end_object();
}

std::vector<Argument> search_arguments() {
  return {
      {.name = "index",
       .description = "An index, an alias, or a pattern such as logs-*.",
       .required = true},
      {.name = "text", .description = "Words to look for."},
      {.name = "fields",
       .type = ArgumentType::texts,
       .description = "Fields to look in, such as title^3; all unless given."},
      {.name = "filter",
       .type = ArgumentType::object,
       .description = "What must hold: {\"carrier\": \"UA\", \"origin\": [\"JFK\", \"LGA\"], "
                      "\"delay\": {\"gte\": 10}, \"gate\": null}."},
      {.name = "vector",
       .type = ArgumentType::values,
       .description = "Numbers to be near to; needs vector_field."},
      {.name = "vector_field", .description = "The field of the vectors."},
      {.name = "sort",
       .type = ArgumentType::texts,
       .description = "Fields in order, such as \"day desc\"; by score unless given."},
      {.name = "size",
       .type = ArgumentType::integer,
       .description = "How many hits, or groups; 10 unless given.",
       .minimum = 1,
       .maximum = kSizeMax},
      {.name = "from",
       .type = ArgumentType::integer,
       .description = "How many hits to pass over.",
       .maximum = kSizeMax},
      {.name = "source",
       .type = ArgumentType::texts,
       .description = "Which fields of the documents to show; all unless given."},
      {.name = "highlight",
       .type = ArgumentType::boolean,
       .description = "Show where the words stand."},
      {.name = "group_by", .description = "Count by the values of this field in place of hits."},
      {.name = "interval",
       .type = ArgumentType::choice,
       .description = "Of groups by a date.",
       .choices = {"minute", "hour", "day", "week", "month", "quarter", "year"}},
      {.name = "measure",
       .description = "A field of numbers: its min, max, avg and sum for each group."},
      {.name = "percentiles",
       .type = ArgumentType::boolean,
       .description = "Its percentiles as well."},
  };
}

Result<OwnedRequest> build_search(Arguments& arguments, const Server& server) {
  SearchParts parts{.text = text_query(arguments),
                    .filters = {},
                    .vector = {},
                    .vector_field = arguments.text("vector_field"),
                    .size = arguments.integer("size").value_or(kSize)};
  DBOPS_ASSIGN(parts.filters, filters_of(arguments.object("filter")));
  if (arguments.has("vector") != !parts.vector_field.empty())
    return fail(Code::invalid_argument, "vector and vector_field are given both or not at all");
  if (arguments.has("vector")) {
    DBOPS_ASSIGN(parts.vector, vector_of(arguments));
  }
  if (arguments.text("group_by").empty() && (arguments.has("interval") || arguments.has("measure")))
    return fail(Code::invalid_argument, "interval and measure need group_by");
  if (arguments.boolean("percentiles") && !arguments.has("measure"))
    return fail(Code::invalid_argument, "percentiles need measure");
  OwnedRequest request{.method = "GET",
                       .path = '/' + encode_segment(arguments.text("index")) + "/_search"};
  JsonWriter out(request.body);
  out.begin_object();
  write_query(parts, server.opensearch(), out);
  DBOPS_TRY(write_sort(arguments.texts("sort"), out));
  write_groups(arguments, out);
  write_shape(arguments, parts, out);
  out.end_object();
  return request;
}

std::string to_statement(const OwnedRequest& request) {
  std::string text = request.method + ' ' + request.path;
  const auto members = JsonView::trust(request.body).members();
  if (members.empty()) return text;
  text += " {";
  for (const auto& [key, value] : members) {
    text += text.ends_with('{') ? "\n  " : ",\n  ";
    JsonWriter(text).string(key);
    text.append(": ").append(value.text());
  }
  return text + "\n}";
}

}  // namespace dbops::elasticsearch

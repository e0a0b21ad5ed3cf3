#include "connectors/elasticsearch/search_body.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "connectors/elasticsearch/masked_aggregations.h"
#include "connectors/elasticsearch/reach.h"

namespace dbops::elasticsearch {
namespace {

namespace json = boost::json;
using std::string_view;

constexpr size_t kShownBytes = 64;  // of a name in a message

template <size_t kSize>
bool has(const std::array<string_view, kSize>& words, string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string shown(string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

tl::unexpected<Error> unknown(string_view what, string_view name) {
  return refused("what the " + std::string(what) + " " + shown(name) + " reaches can't be told");
}

constexpr auto kMembers = std::to_array<string_view>({"query",
                                                      "post_filter",
                                                      "from",
                                                      "size",
                                                      "sort",
                                                      "_source",
                                                      "aggs",
                                                      "aggregations",
                                                      "track_total_hits",
                                                      "track_scores",
                                                      "min_score",
                                                      "timeout",
                                                      "terminate_after",
                                                      "search_after",
                                                      "highlight",
                                                      "docvalue_fields",
                                                      "stored_fields",
                                                      "script_fields",
                                                      "collapse",
                                                      "knn",
                                                      "explain",
                                                      "profile",
                                                      "version",
                                                      "seq_no_primary_term"});
constexpr auto kMaskedMembers = std::to_array<string_view>(
    {"query", "from", "size", "sort", "_source", "track_total_hits", "min_score", "timeout",
     "terminate_after", "search_after", "aggs", "aggregations", "knn"});

// Queries whose only member is a field with what it must be; `terms` alone could look elsewhere.
constexpr auto kFieldQueries =
    std::to_array<string_view>({"match", "match_phrase", "match_phrase_prefix", "match_bool_prefix",
                                "term", "terms", "range", "prefix", "wildcard", "regexp", "fuzzy"});
// Those that name their fields among other members.
constexpr auto kOtherQueries = std::to_array<string_view>(
    {"multi_match", "query_string", "simple_query_string", "combined_fields", "geo_distance",
     "geo_bounding_box", "rank_feature", "distance_feature", "terms_set"});
constexpr auto kAggregations = std::to_array<string_view>({"terms",
                                                           "rare_terms",
                                                           "avg",
                                                           "sum",
                                                           "min",
                                                           "max",
                                                           "stats",
                                                           "extended_stats",
                                                           "value_count",
                                                           "cardinality",
                                                           "percentiles",
                                                           "percentile_ranks",
                                                           "median_absolute_deviation",
                                                           "weighted_avg",
                                                           "boxplot",
                                                           "date_histogram",
                                                           "auto_date_histogram",
                                                           "histogram",
                                                           "range",
                                                           "date_range",
                                                           "ip_range",
                                                           "missing",
                                                           "nested",
                                                           "reverse_nested",
                                                           "global",
                                                           "composite",
                                                           "top_hits",
                                                           "top_metrics",
                                                           "geo_bounds",
                                                           "geo_centroid",
                                                           "geohash_grid",
                                                           "geotile_grid",
                                                           "bucket_sort",
                                                           "bucket_script",
                                                           "bucket_selector",
                                                           "derivative",
                                                           "cumulative_sum",
                                                           "moving_fn",
                                                           "avg_bucket",
                                                           "sum_bucket",
                                                           "min_bucket",
                                                           "max_bucket",
                                                           "stats_bucket",
                                                           "percentiles_bucket",
                                                           "serial_diff"});
constexpr auto kTopHits = std::to_array<string_view>({"size", "from", "sort", "_source"});
// Where one of these stands in what is otherwise taken for figures and fields, it is more.
constexpr auto kDoors = std::to_array<string_view>(
    {"index", "_index", "query", "filter", "filters", "highlight_query", "inner_hits", "pit",
     "indexed_shape", "query_vector_builder", "runtime_mappings"});

Result<void> check_plain(const json::value& value) {
  if (value.is_array())
    for (const json::value& each : value.get_array()) DBOPS_TRY(check_plain(each));
  if (!value.is_object()) return {};
  for (const auto& member : value.get_object()) {
    // `"query": "text"` is a text to look for, no query.
    const bool text = member.key() == "query" && member.value().is_primitive();
    if (!text && has(kDoors, member.key())) return unknown("member", member.key());
    DBOPS_TRY(check_plain(member.value()));
  }
  return {};
}

// nullptr for MayUse: every field.
class Queries {
 public:
  explicit Queries(const MayUse* may_use) : may_use_(may_use) {}

  Result<void> check(const json::value& query) const {
    if (query.is_array()) {
      for (const json::value& each : query.get_array()) DBOPS_TRY(check(each));
      return {};
    }
    if (!query.is_object() || query.get_object().size() != 1)
      return refused("a query is an object with one member");
    const auto& member = *query.get_object().begin();
    const string_view name = member.key();
    if (name == "match_all" || name == "match_none" || name == "ids")
      return check_plain(member.value());
    if (!member.value().is_object()) return unknown("query", name);
    const json::object& body = member.value().get_object();
    if (has(kFieldQueries, name)) return check_field_query(name, body);
    if (name == "exists") return check_exists(body);
    if (name == "bool")
      return check_inner(body, {"must", "filter", "should", "must_not"},
                         {"minimum_should_match", "boost", "_name"});
    if (name == "constant_score") return check_inner(body, {"filter"}, {"boost", "_name"});
    if (name == "dis_max") return check_inner(body, {"queries"}, {"tie_breaker", "boost", "_name"});
    if (name == "boosting")
      return check_inner(body, {"positive", "negative"}, {"negative_boost", "boost", "_name"});
    if (name == "nested")
      return check_inner(body, {"query"}, {"path", "score_mode", "ignore_unmapped", "boost"});
    if (name == "multi_match" && may_use_ != nullptr) return check_multi_match(body);
    if (name == "knn" && may_use_ != nullptr) return check_masked_knn(body);
    if (may_use_ != nullptr)
      return refused("under a mask the query " + shown(name) + " is not used");
    if (has(kOtherQueries, name)) return check_plain(member.value());
    if (name == "knn") return check_knn(body);
    if (name == "script_score")
      return check_inner(body, {"query"}, {"script", "min_score", "boost", "_name"});
    return unknown("query", name);
  }

  // kNN, of which there may be several.
  Result<void> check_knn(const json::value& value) const {
    if (value.is_object())
      return may_use_ == nullptr ? check_knn(value.get_object())
                                 : check_masked_knn(value.get_object());
    if (!value.is_array()) return unknown("member", "knn");
    for (const json::value& each : value.get_array()) {
      DBOPS_TRY(check_knn(each));
    }
    return {};
  }

 private:
  using Names = std::initializer_list<string_view>;
  static bool in(Names names, string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  Result<void> check_inner(const json::object& body, Names queries, Names figures) const {
    for (const auto& member : body) {
      if (in(queries, member.key()))
        DBOPS_TRY(check(member.value()));
      else if (in(figures, member.key()))
        DBOPS_TRY(check_plain(member.value()));
      else
        return unknown("member", member.key());
    }
    return {};
  }

  Result<void> check_field(string_view field) const {
    if (may_use_ == nullptr || (*may_use_)(field)) return {};
    return refused("the field " + shown(field) + " is masked, or not known to be free of what is",
                   "explore shows the fields; each is written in full, without *");
  }

  Result<void> check_field_query(string_view name, const json::object& body) const {
    for (const auto& member : body) {
      const bool figure = member.key() == "boost" || member.key() == "_name";
      if (figure && !member.value().is_object() && !member.value().is_array()) continue;
      DBOPS_TRY(check_field(member.key()));
      // Else it would be a lookup in another document.
      if (name == "terms" && !member.value().is_array())
        return refused("terms are looked up in another document");
      DBOPS_TRY(check_plain(member.value()));
    }
    return {};
  }

  Result<void> check_exists(const json::object& body) const {
    const json::value* field = body.if_contains("field");
    if (field == nullptr || !field->is_string()) return unknown("query", "exists");
    return check_field(std::string(field->get_string()));
  }

  Result<void> check_multi_match(const json::object& body) const {
    const json::value* fields = body.if_contains("fields");
    // None named is all.
    if (fields == nullptr || !fields->is_array() || fields->get_array().empty())
      return refused("under a mask multi_match must name its fields");
    for (const json::value& field : fields->get_array()) {
      if (!field.is_string()) return unknown("member", "fields");
      const std::string name(field.get_string());
      DBOPS_TRY(check_field(name.substr(0, name.find('^'))));
    }
    return check_plain(body);
  }

  // Of Elasticsearch {"field": name, ...}, of OpenSearch {name: {...}}.
  Result<void> check_masked_knn(const json::object& body) const {
    if (const json::value* field = body.if_contains("field"); field != nullptr) {
      if (!field->is_string()) return unknown("query", "knn");
      DBOPS_TRY(check_field(std::string(field->get_string())));
      return check_knn(body);
    }
    for (const auto& member : body) {
      if (!member.value().is_object()) return unknown("query", "knn");
      DBOPS_TRY(check_field(member.key()));
      DBOPS_TRY(check_knn(member.value().get_object()));
    }
    return {};
  }

  Result<void> check_knn(const json::object& body) const {
    for (const auto& member : body) {
      if (member.key() == "filter")
        DBOPS_TRY(check(member.value()));
      else
        DBOPS_TRY(check_plain(json::object{{member.key(), member.value()}}));
    }
    return {};
  }

  const MayUse* const may_use_;
};

Result<void> check_aggregations(const json::value& value);

Result<void> check_aggregation(string_view type, const json::value& body) {
  const Queries queries(nullptr);
  if (type == "filter") return queries.check(body);
  if (type == "filters") {
    if (!body.is_object()) return unknown("aggregation", type);
    for (const auto& member : body.get_object()) {
      if (member.key() != "filters") {
        DBOPS_TRY(check_plain(member.value()));
      } else if (member.value().is_object()) {
        for (const auto& each : member.value().get_object()) DBOPS_TRY(queries.check(each.value()));
      } else {
        DBOPS_TRY(queries.check(member.value()));
      }
    }
    return {};
  }
  if (!has(kAggregations, type)) return unknown("aggregation", type);
  if (type == "top_hits" && body.is_object())
    for (const auto& member : body.get_object())
      if (!has(kTopHits, member.key())) return unknown("member", member.key());
  return check_plain(body);
}

Result<void> check_aggregations(const json::value& value) {
  if (!value.is_object()) return unknown("member", "aggs");
  for (const auto& named : value.get_object()) {
    if (!named.value().is_object()) return unknown("aggregation", named.key());
    for (const auto& member : named.value().get_object()) {
      if (member.key() == "meta") continue;
      if (member.key() == "aggs" || member.key() == "aggregations")
        DBOPS_TRY(check_aggregations(member.value()));
      else
        DBOPS_TRY(check_aggregation(member.key(), member.value()));
    }
  }
  return {};
}

// "field", {"field": "asc"}, {"field": {"order": "asc", ...}}, or a list of such.
Result<void> check_masked_sort(const json::value& sort, const MayUse& may_use) {
  constexpr auto kOptions = std::to_array<string_view>(
      {"order", "mode", "missing", "unmapped_type", "numeric_type", "format"});
  const auto named = [&](string_view field) -> Result<void> {
    if (field == "_score" || field == "_doc" || may_use(field)) return {};
    return refused("the field " + shown(field) + " is masked, or not known to be free of what is");
  };
  if (sort.is_array()) {
    for (const json::value& each : sort.get_array()) DBOPS_TRY(check_masked_sort(each, may_use));
    return {};
  }
  if (sort.is_string()) {
    const std::string text(sort.get_string());
    return named(text.substr(0, text.find(':')));
  }
  if (!sort.is_object()) return unknown("member", "sort");
  for (const auto& member : sort.get_object()) {
    DBOPS_TRY(named(member.key()));
    if (!member.value().is_object()) continue;
    for (const auto& option : member.value().get_object())
      if (!has(kOptions, option.key())) return unknown("member", option.key());
  }
  return {};
}

}  // namespace

Result<void> check_search(const json::object& body) {
  const Queries queries(nullptr);
  for (const auto& member : body) {
    const string_view name = member.key();
    if (!has(kMembers, name)) return unknown("member", name);
    if (name == "query" || name == "post_filter")
      DBOPS_TRY(queries.check(member.value()));
    else if (name == "aggs" || name == "aggregations")
      DBOPS_TRY(check_aggregations(member.value()));
    else if (name == "knn")
      DBOPS_TRY(queries.check_knn(member.value()));
    else
      DBOPS_TRY(check_plain(member.value()));
  }
  return {};
}

Result<void> check_masked_source(const json::value& source, const MayUse& may_use) {
  constexpr const char* kHint =
      R"(write "_source": ["field", ...] with the fields in full, or "_source": false)";
  const auto named = [&](const json::value& name) -> Result<void> {
    if (name.is_string() && may_use(std::string(name.get_string()))) return {};
    return refused("_source may show a masked field", kHint);
  };
  if (source.is_bool() && !source.get_bool()) return {};
  if (source.is_string()) return named(source);
  if (!source.is_array()) return refused("under a mask _source must name its fields", kHint);
  // None named is all.
  if (source.get_array().empty())
    return refused("under a mask _source must name its fields", kHint);
  for (const json::value& name : source.get_array()) DBOPS_TRY(named(name));
  return {};
}

Result<void> check_masked_search(const json::object& body, const MayUse& may_use,
                                 bool counts_only) {
  for (const auto& member : body) {
    const string_view name = member.key();
    if (!has(kMaskedMembers, name))
      return refused("under a mask " + shown(name) + " is not used: it could show a masked field");
    const Queries queries(&may_use);
    if (name == "query") DBOPS_TRY(queries.check(member.value()));
    if (name == "knn") DBOPS_TRY(queries.check_knn(member.value()));
    if (name == "aggs" || name == "aggregations")
      DBOPS_TRY(check_masked_aggregations(
          member.value(), may_use, [&](const json::value& query) { return queries.check(query); }));
    if (name == "sort") DBOPS_TRY(check_masked_sort(member.value(), may_use));
  }
  if (counts_only) return {};
  const json::value* source = body.if_contains("_source");
  return check_masked_source(source == nullptr ? json::value(true) : *source, may_use);
}

}  // namespace dbops::elasticsearch

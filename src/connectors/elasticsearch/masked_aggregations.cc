#include "connectors/elasticsearch/masked_aggregations.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
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

// Of one field, whose values are all that they tell.
constexpr auto kOfOneField = std::to_array<string_view>({"terms",
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
                                                         "date_histogram",
                                                         "auto_date_histogram",
                                                         "histogram",
                                                         "range",
                                                         "date_range",
                                                         "ip_range",
                                                         "missing"});
// Figures, formats and orders beside the field.
constexpr auto kFigures = std::to_array<string_view>({"size",
                                                      "shard_size",
                                                      "order",
                                                      "min_doc_count",
                                                      "show_term_doc_count_error",
                                                      "missing",
                                                      "format",
                                                      "interval",
                                                      "calendar_interval",
                                                      "fixed_interval",
                                                      "minimum_interval",
                                                      "buckets",
                                                      "offset",
                                                      "time_zone",
                                                      "keyed",
                                                      "percents",
                                                      "values",
                                                      "precision_threshold",
                                                      "ranges",
                                                      "extended_bounds",
                                                      "hard_bounds",
                                                      "max_doc_count",
                                                      "sigma",
                                                      "compression"});

tl::unexpected<Error> not_used(string_view what, string_view name) {
  return refused("under a mask the " + std::string(what) + " \"" +
                 escape_control(shorten(name, kShownBytes)) +
                 "\" is not used: it could show a masked field");
}

Result<void> check_of_one_field(string_view type, const json::value& body, const MayUse& may_use) {
  if (!body.is_object()) return not_used("aggregation", type);
  const json::value* field = body.get_object().if_contains("field");
  if (field == nullptr || !field->is_string() || !may_use(std::string(field->get_string())))
    return refused("under a mask an aggregation names one field in full that is not masked",
                   "explore shows the fields");
  for (const auto& member : body.get_object())
    if (member.key() != "field" && !has(kFigures, member.key()))
      return not_used("member", member.key());
  return {};
}

Result<void> check_filters(const json::value& body, const CheckQuery& check_query) {
  if (!body.is_object()) return not_used("aggregation", "filters");
  for (const auto& member : body.get_object()) {
    if (member.key() != "filters" || !member.value().is_object())
      return not_used("member", member.key());
    for (const auto& each : member.value().get_object()) DBOPS_TRY(check_query(each.value()));
  }
  return {};
}

}  // namespace

Result<void> check_masked_aggregations(const json::value& aggregations, const MayUse& may_use,
                                       const CheckQuery& check_query) {
  if (!aggregations.is_object()) return not_used("member", "aggs");
  for (const auto& named : aggregations.get_object()) {
    if (!named.value().is_object()) return not_used("aggregation", named.key());
    for (const auto& member : named.value().get_object()) {
      const string_view type = member.key();
      if (type == "aggs" || type == "aggregations")
        DBOPS_TRY(check_masked_aggregations(member.value(), may_use, check_query));
      else if (type == "filter")
        DBOPS_TRY(check_query(member.value()));
      else if (type == "filters")
        DBOPS_TRY(check_filters(member.value(), check_query));
      else if (has(kOfOneField, type))
        DBOPS_TRY(check_of_one_field(type, member.value(), may_use));
      else
        return not_used("aggregation", type);
    }
  }
  return {};
}

}  // namespace dbops::elasticsearch

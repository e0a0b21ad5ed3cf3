#include "connectors/timescaledb/series.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/postgres/dialect.h"

namespace dbops::timescaledb {
namespace {

// Functions of one column that SQL has under the same name.
constexpr auto kPlain =
    std::to_array<std::string_view>({"avg", "count", "max", "min", "stddev", "sum", "variance"});
constexpr std::string_view kKnown =
    "avg, count, delta, first, last, max, median, min, p1 to p99, approx_p1 to approx_p99, stddev, "
    "sum, variance";

constexpr std::string_view kApproximate = "approx_";

std::string quote(std::string_view name) { return postgres::dialect().quote(name); }

bool is_number(std::string_view text) {
  constexpr size_t kDigitsMax = 18;  // fit an int64
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= kDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "95" of "p95", else empty.
std::string_view percentile(std::string_view function) {
  if (function.size() < 2 || function.size() > 3 || function[0] != 'p') return {};
  function.remove_prefix(1);
  return is_number(function) && function[0] != '-' && function != "0" && function != "00"
             ? function
             : std::string_view();
}

struct Aggregate {
  std::string expression;
  std::string name;  // What its column is called.
};

std::string share_of(std::string_view percent) {
  return (percent.size() == 1 ? "0.0" : "0.") + std::string(percent);
}

std::string at_percentile(std::string_view share, const std::string& column) {
  return "percentile_cont(" + std::string(share) + ") WITHIN GROUP (ORDER BY " + column + ')';
}

tl::unexpected<Error> no_toolkit(std::string_view function) {
  return fail(Code::unsupported,
              std::string(function) +
                  " needs the extension timescaledb_toolkit, which is not "
                  "installed in this database",
              "use " + std::string(function.substr(kApproximate.size())) +
                  ", which is exact; or CREATE EXTENSION timescaledb_toolkit");
}

// "first(value)": the function's name, and the column as the user calls it.
Result<Aggregate> read_aggregate(std::string_view text, const Series& series) {
  const size_t open = text.find('(');
  const bool whole = open != std::string_view::npos && text.ends_with(')');
  const std::string_view function = text.substr(0, whole ? open : text.size());
  const std::string_view column = whole ? text.substr(open + 1, text.size() - open - 2) : "";
  const auto wrong = [&](const std::string& why) {
    return fail(Code::invalid_argument,
                "the aggregate \"" + escape_control(shorten(text, 100)) + "\" " + why,
                "write it as FUNCTION(COLUMN), such as avg(temperature); functions: " +
                    std::string(kKnown));
  };
  if (!whole || column.empty()) return wrong("is not written as FUNCTION(COLUMN)");
  const std::string name = std::string(function) + '_' + std::string(column);
  if (column == "*")
    return function == "count" ? Result<Aggregate>({"count(*)", "count"})
                               : wrong("takes no *: only count does");
  const std::string quoted = quote(column);
  const std::string time = quote(series.time.name);
  const auto end = [&](const char* which) {
    return series.schema + '.' + which + '(' + quoted + ", " + time + ')';
  };
  if (std::find(kPlain.begin(), kPlain.end(), function) != kPlain.end())
    return Aggregate{std::string(function) + '(' + quoted + ')', name};
  if (function == "first" || function == "last")
    return Aggregate{end(function == "first" ? "first" : "last"), name};
  if (function == "delta") return Aggregate{end("last") + " - " + end("first"), name};
  if (function == "median") return Aggregate{at_percentile("0.5", quoted), name};
  if (const std::string_view share = percentile(function); !share.empty())
    return Aggregate{at_percentile(share_of(share), quoted), name};
  if (function.starts_with(kApproximate))
    if (const auto share = percentile(function.substr(kApproximate.size())); !share.empty()) {
      if (series.toolkit.empty()) return no_toolkit(function);
      return Aggregate{series.toolkit + ".approx_percentile(" + share_of(share) + ", " +
                           series.toolkit + ".percentile_agg(" + quoted + "))",
                       name};
    }
  return wrong("is not one that can be asked for");
}

std::string filled(Fill fill, const Series& series, const std::string& expression) {
  if (fill == Fill::locf) return series.schema + ".locf(" + expression + ')';
  if (fill == Fill::interpolate) return series.schema + ".interpolate(" + expression + ')';
  return expression;
}

Result<std::string> bucket_call(const Series& series) {
  DBOPS_ASSIGN(const std::string width, span_of(series.bucket, series.time));
  std::string call = series.schema;
  call += series.fill == Fill::none ? ".time_bucket(" : ".time_bucket_gapfill(";
  call += width + ", " + quote(series.time.name);
  if (!series.timezone.empty()) {
    if (series.time.type != "timestamp with time zone")
      return fail(Code::invalid_argument,
                  "a time zone needs a column of type timestamp with time zone, and " +
                      escape_control(series.time.name) + " is " + series.time.type);
    call += ", " + literal(series.timezone);
  }
  return call + ')';
}

Result<std::vector<std::string>> conditions(const Series& series) {
  std::vector<std::string> all;
  const std::string time = quote(series.time.name);
  if (!series.start.empty()) {
    DBOPS_ASSIGN(const std::string start, point_of(series.start, series.time));
    all.push_back(time + " >= " + start);
  }
  if (!series.end.empty()) {
    DBOPS_ASSIGN(const std::string end, point_of(series.end, series.time));
    all.push_back(time + " < " + end);
  }
  all.insert(all.end(), series.conditions.begin(), series.conditions.end());
  return all;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : between).append(part);
  return text;
}

// SELECT ... FROM ... WHERE ... GROUP BY
Result<std::string> select(const Series& series) {
  if (series.aggregates.empty() || series.aggregates.size() > kAggregatesMax)
    return fail(Code::invalid_argument,
                "one aggregate is needed at least, and at most " + std::to_string(kAggregatesMax));
  if (series.group_by.size() > kGroupsMax)
    return fail(Code::invalid_argument,
                "at most " + std::to_string(kGroupsMax) + " columns can be grouped by");
  DBOPS_ASSIGN(const std::string bucket, bucket_call(series));
  std::vector<std::string> columns = {bucket + " AS bucket"};
  std::string groups = "1";
  for (const std::string& group : series.group_by) {
    columns.push_back(quote(group));
    groups += ", " + std::to_string(columns.size());
  }
  for (const std::string& text : series.aggregates) {
    DBOPS_ASSIGN(const Aggregate aggregate, read_aggregate(text, series));
    columns.push_back(filled(series.fill, series, aggregate.expression) + " AS " +
                      quote(aggregate.name));
  }
  DBOPS_ASSIGN(const std::string where, where_clause(series));
  return "SELECT " + join(columns, ", ") + " FROM " + series.relation + where + " GROUP BY " +
         groups;
}

}  // namespace

std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + '\'';
}

Result<std::string> span_of(std::string_view text, const TimeColumn& time) {
  if (time.integer != is_number(text))
    return fail(Code::invalid_argument,
                '"' + escape_control(shorten(text, 64)) + "\" is no span of " +
                    escape_control(time.name) + ", which is " + time.type,
                time.integer ? "write a number in the column's unit, such as 3600"
                             : "write an interval, such as \"1 hour\" or \"7 days\"");
  return time.integer ? std::string(text) : "INTERVAL " + literal(text);
}

Result<std::string> point_of(std::string_view text, const TimeColumn& time) {
  if (time.integer && !is_number(text))
    return fail(Code::invalid_argument, '"' + escape_control(shorten(text, 64)) +
                                            "\" is no value of " + escape_control(time.name) +
                                            ", which is " + time.type);
  return time.integer ? std::string(text) : literal(text) + "::" + time.type;
}

Result<std::string> series_statement(const Series& series) {
  if (series.fill != Fill::none && (series.start.empty() || series.end.empty()))
    return fail(Code::invalid_argument, "filling gaps needs to know where the series ends",
                "give start and end");
  DBOPS_ASSIGN(std::string sql, select(series));
  sql += series.descending ? " ORDER BY 1 DESC" : " ORDER BY 1";
  for (size_t i = 0; i < series.group_by.size(); ++i) sql += ", " + std::to_string(i + 2);
  if (series.limit > 0) sql += " LIMIT " + std::to_string(series.limit);
  return sql;
}

Result<std::string> where_clause(const Series& series) {
  DBOPS_ASSIGN(const auto all, conditions(series));
  return all.empty() ? std::string() : " WHERE " + join(all, " AND ");
}

Result<std::string> aggregate_definition(const Series& series) { return select(series); }

Result<std::string> gaps_statement(const Series& series, std::string_view longer_than) {
  DBOPS_ASSIGN(const std::string span, span_of(longer_than, series.time));
  DBOPS_ASSIGN(const std::string where, where_clause(series));
  // The difference of two dates is a number, that of two times an interval.
  const std::string time =
      quote(series.time.name) + (series.time.type == "date" ? "::timestamp" : "");
  std::vector<std::string> groups;
  for (const std::string& group : series.group_by) groups.push_back(quote(group));
  const std::string by = groups.empty() ? "" : "PARTITION BY " + join(groups, ", ") + ' ';
  const std::string columns = groups.empty() ? "" : join(groups, ", ") + ", ";
  std::string sql = "SELECT " + columns + "gap_start, gap_end, gap_end - gap_start AS gap FROM (";
  sql += "SELECT " + columns + "lag(" + time + ") OVER (" + by + "ORDER BY " + time +
         ") AS gap_start, " + time + " AS gap_end FROM " + series.relation + where;
  sql += ") t WHERE gap_end - gap_start > " + span + " ORDER BY gap_start";
  if (series.limit > 0) sql += " LIMIT " + std::to_string(series.limit);
  return sql;
}

}  // namespace dbops::timescaledb

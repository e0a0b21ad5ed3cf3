#include "connectors/timescaledb/analysis.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "connectors/postgres/dialect.h"

namespace dbops::timescaledb {
namespace {

std::string quote(std::string_view name) { return postgres::dialect().quote(name); }

// What all statements are made of. Columns have names of their own inside, so that none of the
// table's can be taken for one of the statement's: t is the time, v the value, g1, g2 ... the
// group.
struct Parts {
  std::string rows;    // "(SELECT ...) r": t, then what was asked for, then the group
  std::string names;   // "g1, g2, "
  std::string shown;   // "g1 AS device, g2 AS site, "
  std::string by;      // "g1, g2"
  std::string window;  // "OVER (PARTITION BY g1, g2 ORDER BY t)"
  std::string bucket;  // "public.time_bucket(INTERVAL '1 hour', t)"; empty where none was given
  std::string limit;   // " LIMIT 10"

  std::string by_group() const { return by.empty() ? "" : " GROUP BY " + by; }
  std::string then_group() const { return by.empty() ? "" : ", " + by; }
};

// The difference of two dates is a number, that of two times an interval.
std::string as_time(const Series& series, std::string_view column) {
  return quote(column) + (series.time.type == "date" ? "::timestamp" : "");
}

Result<Parts> parts_of(const Series& series, const std::string& columns) {
  if (series.group_by.size() > kGroupsMax)
    return fail(Code::invalid_argument,
                "at most " + std::to_string(kGroupsMax) + " columns can be grouped by");
  DBOPS_ASSIGN(const std::string where, where_clause(series));
  Parts parts;
  parts.rows = "(SELECT " + as_time(series, series.time.name) + " AS t" + columns;
  int number = 0;
  for (const std::string& column : series.group_by) {
    const std::string name = 'g' + std::to_string(++number);
    parts.rows += ", " + quote(column) + " AS " + name;
    parts.names += name + ", ";
    parts.shown += name + " AS " + quote(column) + ", ";
    parts.by += (number > 1 ? ", " : "") + name;
  }
  parts.rows += " FROM " + series.relation + where + ") r";
  parts.window =
      "OVER (" + (parts.by.empty() ? "" : "PARTITION BY " + parts.by + ' ') + "ORDER BY t)";
  if (!series.bucket.empty()) {
    DBOPS_ASSIGN(const std::string width, span_of(series.bucket, series.time));
    parts.bucket = series.schema + ".time_bucket(" + width + ", t)";
  }
  if (series.limit > 0) parts.limit = " LIMIT " + std::to_string(series.limit);
  return parts;
}

std::string value_of(std::string_view column) { return ", " + quote(column) + "::float8 AS v"; }

}  // namespace

Result<std::string> late_statement(const Series& series, std::string_view arrived,
                                   std::string_view later_than) {
  DBOPS_ASSIGN(const std::string span, span_of(later_than, series.time));
  const std::string time = as_time(series, series.time.name);
  const std::string zero = series.time.integer ? "0" : "INTERVAL '0'";
  const std::string came = arrived.empty()
                               ? "pg_catalog.max(" + time +
                                     ") OVER (PARTITION BY tableoid ORDER BY ctid"
                                     " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
                               : as_time(series, arrived);
  DBOPS_ASSIGN(const Parts parts, parts_of(series, ", coalesce(greatest(" + came + " - " + time +
                                                       ", " + zero + "), " + zero + ") AS lag"));
  return "SELECT " + parts.shown +
         "pg_catalog.count(*) AS rows, pg_catalog.count(*) FILTER (WHERE lag > " + span +
         ") AS late_rows, pg_catalog.max(lag) AS largest_lag FROM " + parts.rows +
         parts.by_group() + " ORDER BY late_rows DESC, largest_lag DESC" + parts.then_group() +
         parts.limit;
}

Result<std::string> cardinality_statement(const Series& series) {
  DBOPS_ASSIGN(const Parts parts, parts_of(series, {}));
  return "SELECT bucket, pg_catalog.sum(n)::int8 AS rows, pg_catalog.count(*) AS series,"
         " pg_catalog.count(*) FILTER (WHERE bucket = first) AS new_series,"
         " pg_catalog.max(n) AS most_rows FROM (SELECT bucket, n, pg_catalog.min(bucket)"
         " OVER (PARTITION BY " +
         parts.by + ") AS first FROM (SELECT " + parts.bucket + " AS bucket, " + parts.names +
         "pg_catalog.count(*) AS n FROM " + parts.rows + " GROUP BY bucket" + parts.then_group() +
         ") c) b GROUP BY bucket ORDER BY bucket" + parts.limit;
}

Result<std::string> rate_statement(const Series& series, std::string_view column, bool counter) {
  DBOPS_ASSIGN(const Parts parts, parts_of(series, value_of(column)));
  const std::string change = counter ? "CASE WHEN v < p THEN v ELSE v - p END" : "v - p";
  const std::string passed =
      series.time.integer ? "(t - q)::float8" : "extract(epoch FROM t - q)::float8";
  return "SELECT bucket, " + parts.shown +
         "pg_catalog.sum(change) AS change,"
         " pg_catalog.sum(change) / nullif(pg_catalog.sum(passed), 0) AS " +
         (series.time.integer ? "rate" : "rate_a_second") +
         ", pg_catalog.count(*) FILTER (WHERE v < p) AS falls FROM (SELECT " + parts.bucket +
         " AS bucket, " + parts.names + "v, p, " + change + " AS change, " + passed +
         " AS passed FROM (SELECT " + parts.names + "t, v, pg_catalog.lag(v) " + parts.window +
         " AS p, pg_catalog.lag(t) " + parts.window + " AS q FROM " + parts.rows +
         " WHERE v IS NOT NULL) l WHERE p IS NOT NULL) c GROUP BY bucket" + parts.then_group() +
         " ORDER BY bucket" + parts.then_group() + parts.limit;
}

Result<std::string> outlier_statement(const Series& series, std::string_view column,
                                      double threshold) {
  if (!std::isfinite(threshold) || threshold <= 0)
    return fail(Code::invalid_argument, "the threshold must be a number above 0");
  DBOPS_ASSIGN(const Parts parts, parts_of(series, value_of(column)));
  // Groups without a value are a group as well, which JOIN ... USING would leave out.
  std::string same;
  for (size_t i = 1; i <= series.group_by.size(); ++i)
    same += std::string(i == 1 ? "" : " AND ") + "a.g" + std::to_string(i) +
            " IS NOT DISTINCT FROM b.g" + std::to_string(i);
  if (same.empty()) same = "true";
  std::string of_a;
  for (size_t i = 1; i <= series.group_by.size(); ++i) of_a += "a.g" + std::to_string(i) + ", ";
  const std::string middle = "pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY ";
  // 0.6745 and 1.2533 make either deviation the standard deviation of a normal distribution.
  return "WITH a AS MATERIALIZED (SELECT * FROM " + parts.rows +
         " WHERE v IS NOT NULL), b AS (SELECT " + parts.names + middle + "v) AS middle FROM a" +
         parts.by_group() + "), d AS (SELECT " + of_a +
         "t, v, middle, pg_catalog.abs(v - middle) AS far FROM a JOIN b ON " + same +
         "), s AS (SELECT " + parts.names + middle +
         "far) AS mad, pg_catalog.avg(far) AS mean FROM d" + parts.by_group() + "), z AS (SELECT " +
         of_a +
         "t, v, middle, CASE WHEN mad > 0 THEN 0.6745 * far / mad"
         " WHEN mean > 0 THEN far / (1.2533 * mean) ELSE 0 END AS score FROM d a JOIN s b ON " +
         same + ") SELECT t AS " + quote(series.time.name) + ", " + parts.shown + "v AS " +
         quote(column) +
         ", middle AS median, pg_catalog.round(score::numeric, 2) AS score FROM z WHERE score > " +
         std::to_string(threshold) + " ORDER BY score DESC, t" + parts.limit;
}

Result<std::string> points_statement(const Series& series, std::string_view column) {
  DBOPS_ASSIGN(const std::string where, where_clause(series));
  const std::string time = quote(series.time.name);
  const std::string number =
      series.time.integer ? time + "::float8" : "extract(epoch FROM " + time + ")::float8";
  const std::string value = quote(column);
  return "SELECT " + time + ", " + number + " AS t, " + value + "::float8 AS " + value +
         ", pg_catalog.count(*) OVER () AS n FROM " + series.relation +
         (where.empty() ? " WHERE " : where + " AND ") + value + " IS NOT NULL ORDER BY " + time;
}

}  // namespace dbops::timescaledb

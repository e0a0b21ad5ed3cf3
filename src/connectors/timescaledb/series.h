// Time series as a statement, put together from names and values: identifiers are quoted, values
// are literals, and functions come from a list. Pure code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::timescaledb {

inline constexpr size_t kAggregatesMax = 50;
inline constexpr size_t kGroupsMax = 16;  // columns to group by, beside the bucket

// The column that a hypertable is cut into chunks by.
struct TimeColumn {
  std::string name;
  std::string type;      // "timestamp with time zone", "bigint"
  bool integer = false;  // Counts in a unit of the user's.
};

enum class Fill : uint8_t {
  none,         // Buckets without rows are left out.
  null,         // They have no value.
  locf,         // The last value carried on.
  interpolate,  // On the line between its neighbours.
};

struct Series {
  std::string relation;  // As it must be written: public.m
  std::string schema;    // Where the extension's functions stand, likewise.
  TimeColumn time;
  std::string bucket;                   // "1 hour"; a number where time counts.
  std::string start;                    // Empty: from the first.
  std::string end;                      // Not itself in it. Empty: to the last.
  std::string timezone;                 // Empty: UTC.
  std::vector<std::string> aggregates;  // "avg(temperature)", "p95(latency)", "count(*)"
  std::string toolkit;  // Where the toolkit's functions stand, as it must be written; empty: it is
                        // not there.
  std::vector<std::string> group_by;    // columns
  std::vector<std::string> conditions;  // Each a whole expression.
  Fill fill = Fill::none;
  bool descending = false;
  int64_t limit = 0;  // rows; 0: all
};

// A text as a literal: 'it''s'.
std::string literal(std::string_view text);
// An amount of time, or a plain number where time counts: INTERVAL '1 day', 86400. Code::
// invalid_argument.
Result<std::string> span_of(std::string_view text, const TimeColumn& time);
// A point in time: of the column's own type. Code::invalid_argument where time counts and it is no
// number.
Result<std::string> point_of(std::string_view text, const TimeColumn& time);

// Code::invalid_argument with what is wrong: an aggregate that is not on the list, a fill without
// both ends. Code::unsupported for an aggregate of the toolkit where that is missing.
Result<std::string> series_statement(const Series& series);
// The same without ends, order and limit: what a continuous aggregate is defined by.
Result<std::string> aggregate_definition(const Series& series);
// " WHERE ...", or nothing: the ends and conditions of a series.
Result<std::string> where_clause(const Series& series);
// Where values of a column are further apart than `longer_than`, by `group_by`.
Result<std::string> gaps_statement(const Series& series, std::string_view longer_than);

}  // namespace dbops::timescaledb

// What a time series is like, as statements: rows that came late, how many series there are, rates
// of change, outliers, and the points of a curve. Pure code.
#pragma once

#include <string>
#include <string_view>

#include "connectors/timescaledb/series.h"

namespace dbops::timescaledb {

// Each takes the relation, ends, conditions, group_by and limit of a series; group_by is bounded by
// kGroupsMax (Code::invalid_argument).

// How far rows lag behind, by group: the largest lag, and how many rows lag more than `later_than`.
// A row's lag is from its time to `arrived`, a column that says when it came; where that is empty,
// to the latest time among rows that are stored before it in its chunk.
Result<std::string> late_statement(const Series& series, std::string_view arrived,
                                   std::string_view later_than);
// Of each bucket: rows, series (values of group_by that occur), and series that never occurred
// before. REQUIRES: group_by is not empty.
Result<std::string> cardinality_statement(const Series& series);
// How a value changes, by bucket and group. `counter`: it only grows, and a smaller value means
// that it began anew at zero.
Result<std::string> rate_statement(const Series& series, std::string_view column, bool counter);
// Values that are further from their group's median than `threshold` robust deviations (the
// modified z-score, by the median of absolute deviations; by their mean where that median is zero).
Result<std::string> outlier_statement(const Series& series, std::string_view column,
                                      double threshold);
// (time, time as a number, value as a number, how many there are) in the order of time.
Result<std::string> points_statement(const Series& series, std::string_view column);

}  // namespace dbops::timescaledb

// Arguments that several operations take.
#pragma once

#include "core/arguments.h"

namespace dbops::timescaledb {

inline const Argument kTable = {.name = "table",
                                .description = "Path of a hypertable or continuous aggregate.",
                                .required = true};
inline const Argument kOlder = {
    .name = "older_than", .description = "An age such as 30 days, or a time such as 2026-01-31."};
inline const Argument kNewer = {.name = "newer_than", .description = "Likewise."};
inline const Argument kPolicy = {.name = "policy",
                                 .type = ArgumentType::choice,
                                 .description = "What runs by itself.",
                                 .required = true,
                                 .choices = {"compression", "retention", "refresh"}};
inline const Argument kBucket = {
    .name = "bucket",
    .description = "The width of a bucket: 1 hour; a number where time counts.",
    .required = true};
inline const Argument kAggregates = {
    .name = "aggregates",
    .type = ArgumentType::texts,
    .description =
        "FUNCTION(COLUMN): avg, count, delta, first, last, max, "
        "median, min, p1 to p99, approx_p1 to approx_p99, stddev, sum, "
        "variance.",
    .required = true};
inline Argument series_columns(std::string_view name, bool required = false) {
  return {.name = name,
          .type = ArgumentType::texts,
          .description = "Columns that tell one series from another.",
          .required = required};
}
inline const Argument kGroupBy = series_columns("group_by");
inline const Argument kSeries = series_columns("group_by", true);
inline const Argument kSegmentBy = series_columns("segment_by");
inline const Argument kColumn = {
    .name = "column", .description = "A column of numbers.", .required = true};
inline const Argument kOrderBy = {.name = "order_by",
                                  .type = ArgumentType::texts,
                                  .description = "Columns, \" desc\" behind one that descends."};
inline const Argument kEquals = {.name = "equals",
                                 .type = ArgumentType::object,
                                 .description = "Columns and the values they must have."};
inline const Argument kTimezone = {
    .name = "timezone", .description = "Where days and hours begin: Europe/Berlin; else UTC."};
inline const Argument kStart = {.name = "start", .description = "The first time, itself in it."};
inline const Argument kEnd = {.name = "end", .description = "The last time, itself not in it."};
inline const Argument kShow = {
    .name = "show", .type = ArgumentType::boolean, .description = "Only show the statement."};

inline const Argument kChunk = {.name = "chunk",
                                .description = "Its path, as the operation chunks shows it.",
                                .required = true};
inline const Argument kIndex = {.name = "index",
                                .description =
                                    "Whose order: an index of the hypertable or the chunk; "
                                    "else as the last time."};

inline Argument job(bool required) {
  return {.name = "job",
          .type = ArgumentType::integer,
          .description = "Its number, as the operation jobs shows it.",
          .required = required,
          .minimum = 1,
          .maximum = INT32_MAX};
}

inline Argument rows() {
  return {.name = "rows",
          .type = ArgumentType::integer,
          .description = "How many at most; all unless given.",
          .minimum = 1};
}

}  // namespace dbops::timescaledb

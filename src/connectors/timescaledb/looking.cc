#include "connectors/timescaledb/looking.h"

#include "connectors/timescaledb/advice.h"
#include "connectors/timescaledb/arguments.h"
#include "connectors/timescaledb/curves.h"
#include "connectors/timescaledb/looks.h"

namespace dbops::timescaledb {
namespace {

// The table, what an operation takes alone, and what all take that look at rows of a series.
std::vector<Argument> of_series(std::vector<Argument> own, bool answers_rows = true) {
  std::vector<Argument> all = {kTable};
  all.insert(all.end(), own.begin(), own.end());
  all.insert(all.end(), {kStart, kEnd, kEquals});
  if (answers_rows) all.push_back(rows());
  all.push_back(kShow);
  return all;
}

Argument amount_of_time(std::string_view name) {
  return {.name = name, .description = "An amount of time, such as 5 minutes.", .required = true};
}

std::vector<Operation> describing() {
  return {
      {.name = "features",
       .description = "Which features this server's version and licence have.",
       .run = features},
      {.name = "hypertables",
       .description = "Hypertables with their time, chunks, sizes, compression and policies.",
       .run = hypertables},
      {.name = "hypertable_candidates",
       .description = "Tables that could be hypertables, the likeliest first, and what stands in "
                      "the way.",
       .run = candidates},
      {.name = "chunks",
       .description = "The chunks of a hypertable: ranges, rows, sizes, compressed or not.",
       .arguments = {kTable, kOlder, kNewer},
       .run = chunks},
      {.name = "continuous_aggregates",
       .description = "Continuous aggregates, their source, and when each was refreshed.",
       .run = aggregates},
      {.name = "jobs", .description = "Policies and other jobs, and how they went.", .run = jobs},
      {.name = "job_errors",
       .description = "What jobs failed with, the latest first.",
       .arguments = {job(false)},
       .run = job_errors},
      {.name = "job_history",
       .description = "The runs of jobs, the latest first, as far as the server keeps them.",
       .arguments = {job(false)},
       .run = job_history},
      {.name = "compression",
       .description = "What compression has gained, by hypertable.",
       .run = compression},
      {.name = "time_series",
       .description = "Aggregates of a hypertable in buckets of time; shows the statement it runs.",
       .arguments = of_series(
           {kBucket,
            kAggregates,
            kGroupBy,
            kTimezone,
            {.name = "fill",
             .type = ArgumentType::choice,
             .description = "Buckets without rows: null, the last value, or a line between.",
             .choices = {"none", "null", "locf", "interpolate"}},
            {.name = "order",
             .type = ArgumentType::choice,
             .description = "Of time; ascending unless given.",
             .choices = {"ascending", "descending"}}}),
       .run = time_series},
      {.name = "gaps",
       .description = "Where a hypertable has no rows for longer than it should.",
       .arguments = of_series({amount_of_time("longer_than"), kGroupBy}),
       .run = gaps},
  };
}

std::vector<Operation> analysing() {
  return {
      {.name = "late_rows",
       .description =
           "How far rows lag behind when they come, and how many by more than they should.",
       .arguments = of_series(
           {amount_of_time("later_than"),
            {.name = "arrived",
             .description = "The column that says when a row came; else the order in which rows "
                            "are stored is looked at, which only tells of rows that were never "
                            "updated or compressed."},
            kGroupBy}),
       .run = late_rows},
      {.name = "cardinality",
       .description = "How many series each bucket of time has, and how many of them are new.",
       .arguments = of_series({kBucket, kSeries}),
       .run = cardinality},
      {.name = "rate",
       .description = "How fast a value changes, in buckets of time.",
       .arguments =
           of_series({kColumn,
                      kBucket,
                      {.name = "counter",
                       .type = ArgumentType::boolean,
                       .description = "It only grows; a fall means that it began anew at zero."},
                      kGroupBy}),
       .run = rate},
      {.name = "outliers",
       .description = "Values far from the median of their group, the farthest first.",
       .arguments = of_series(
           {kColumn,
            {.name = "threshold", .description = "In robust deviations; 3.5 unless given."},
            kGroupBy}),
       .run = outliers},
      {.name = "downsample",
       .description = "A curve for a chart: fewer points that look the same (LTTB).",
       .arguments = of_series({kColumn,
                               {.name = "points",
                                .type = ArgumentType::integer,
                                .description = "How many; 500 unless given.",
                                .minimum = 3,
                                .maximum = kCurvePointsMax}},
                              false),
       .run = downsample},
  };
}

std::vector<Operation> advising() {
  return {
      {.name = "chunk_health",
       .description = "The chunks of a hypertable and what is wrong with them.",
       .arguments = {kTable, kOlder, kNewer},
       .run = chunk_health},
      {.name = "chunk_intervals",
       .description = "How large the chunks of each hypertable are, and which interval would suit.",
       .run = chunk_intervals},
      {.name = "compression_advice",
       .description = "Which columns of a hypertable to segment by and to order by, and why.",
       .arguments = {kTable},
       .run = compression_advice},
  };
}

}  // namespace

std::vector<Operation> looking() {
  std::vector<Operation> all;
  for (auto* const part : {describing, analysing, advising})
    for (Operation& operation : part()) all.push_back(std::move(operation));
  return all;
}

}  // namespace dbops::timescaledb

#include "connectors/timescaledb/operations.h"

#include <vector>

#include "connectors/postgres/operations.h"
#include "connectors/timescaledb/changes.h"
#include "connectors/timescaledb/jobs.h"
#include "connectors/timescaledb/looks.h"

namespace dbops::timescaledb {
namespace {

const Argument kTable = {.name = "table",
                         .description = "Path of a hypertable or continuous aggregate.",
                         .required = true};
const Argument kOlder = {.name = "older_than",
                         .description = "An age such as 30 days, or a time such as 2026-01-31."};
const Argument kNewer = {.name = "newer_than", .description = "Likewise."};
const Argument kPolicy = {.name = "policy",
                          .type = ArgumentType::choice,
                          .description = "What runs by itself.",
                          .required = true,
                          .choices = {"compression", "retention", "refresh"}};
const Argument kBucket = {
    .name = "bucket",
    .description = "The width of a bucket: 1 hour; a number where time counts.",
    .required = true};
const Argument kAggregates = {.name = "aggregates",
                              .type = ArgumentType::texts,
                              .description =
                                  "FUNCTION(COLUMN): avg, count, delta, first, last, max, "
                                  "median, min, p1 to p99, stddev, sum, variance.",
                              .required = true};
const Argument kGroupBy = {.name = "group_by",
                           .type = ArgumentType::texts,
                           .description = "Columns that tell one series from another."};
const Argument kEquals = {.name = "equals",
                          .type = ArgumentType::object,
                          .description = "Columns and the values they must have."};
const Argument kTimezone = {.name = "timezone",
                            .description = "Where days and hours begin: Europe/Berlin; else UTC."};
const Argument kStart = {.name = "start", .description = "The first time, itself in it."};
const Argument kEnd = {.name = "end", .description = "The last time, itself not in it."};
const Argument kShow = {
    .name = "show", .type = ArgumentType::boolean, .description = "Only show the statement."};

const Argument kChunk = {.name = "chunk",
                         .description = "Its path, as the operation chunks shows it.",
                         .required = true};
const Argument kIndex = {.name = "index",
                         .description =
                             "Whose order: an index of the hypertable or the chunk; "
                             "else as the last time."};

Argument job(bool required) {
  return {.name = "job",
          .type = ArgumentType::integer,
          .description = "Its number, as the operation jobs shows it.",
          .required = required,
          .minimum = 1,
          .maximum = INT32_MAX};
}

Argument rows() {
  return {.name = "rows",
          .type = ArgumentType::integer,
          .description = "How many at most; all unless given.",
          .minimum = 1};
}

std::vector<Operation> looking() {
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
      {.name = "compression",
       .description = "What compression has gained, by hypertable.",
       .run = compression},
      {.name = "time_series",
       .description = "Aggregates of a hypertable in buckets of time; shows the statement it runs.",
       .arguments = {kTable,
                     kBucket,
                     kAggregates,
                     kGroupBy,
                     kStart,
                     kEnd,
                     kEquals,
                     kTimezone,
                     {.name = "fill",
                      .type = ArgumentType::choice,
                      .description =
                          "Buckets without rows: null, the last value, or a line between.",
                      .choices = {"none", "null", "locf", "interpolate"}},
                     {.name = "order",
                      .type = ArgumentType::choice,
                      .description = "Of time; ascending unless given.",
                      .choices = {"ascending", "descending"}},
                     rows(),
                     kShow},
       .run = time_series},
      {.name = "gaps",
       .description = "Where a hypertable has no rows for longer than it should.",
       .arguments = {kTable,
                     {.name = "longer_than",
                      .description = "An amount of time, such as 5 minutes.",
                      .required = true},
                     kGroupBy,
                     kStart,
                     kEnd,
                     kEquals,
                     rows(),
                     kShow},
       .run = gaps},
  };
}

std::vector<Operation> shaping() {
  return {
      {.name = "create_hypertable",
       .description = "Makes a table a hypertable.",
       .tier = Tier::write,
       .arguments = {{.name = "table", .description = "Path of a table.", .required = true},
                     {.name = "time",
                      .description = "The column that it is cut into chunks by.",
                      .required = true},
                     {.name = "interval", .description = "How much time a chunk holds: 1 day."},
                     {.name = "space", .description = "A second column to cut by."},
                     {.name = "partitions",
                      .type = ArgumentType::integer,
                      .description = "Into how many parts; 4 unless given.",
                      .minimum = 1,
                      .maximum = INT16_MAX},
                     {.name = "migrate_data",
                      .type = ArgumentType::boolean,
                      .description =
                          "Move the rows that are there; the table is locked meanwhile."}},
       .danger = create_hypertable_danger,
       .run = create_hypertable},
      {.name = "set_chunk_interval",
       .description = "How much time chunks hold that are made from now on.",
       .tier = Tier::write,
       .arguments = {kTable,
                     {.name = "interval", .description = "Such as 1 day.", .required = true}},
       .run = set_chunk_interval},
      {.name = "drop_chunks",
       .description = "Drops chunks with all their rows.",
       .tier = Tier::admin,
       .arguments = {kTable,
                     kOlder,
                     kNewer,
                     {.name = "dry_run",
                      .type = ArgumentType::boolean,
                      .description = "Only show which chunks would go."}},
       .danger = drop_chunks_danger,
       .run = drop_chunks},
      {.name = "create_continuous_aggregate",
       .description = "Makes a view of aggregates in buckets of time that is kept; empty at first.",
       .tier = Tier::write,
       .arguments = {{.name = "view", .description = "Path of the new view.", .required = true},
                     kTable,
                     kBucket,
                     kAggregates,
                     kGroupBy,
                     kEquals,
                     kTimezone,
                     {.name = "real_time",
                      .type = ArgumentType::boolean,
                      .description = "Rows that came after the last refresh are counted as well."}},
       .run = create_aggregate},
      {.name = "refresh_continuous_aggregate",
       .description = "Brings a continuous aggregate up to date, between start and end.",
       .tier = Tier::write,
       .arguments = {kTable, kStart, kEnd},
       .run = refresh_aggregate},
  };
}

std::vector<Operation> keeping() {
  return {
      {.name = "enable_compression",
       .description = "Says how chunks of a hypertable are compressed.",
       .tier = Tier::write,
       .arguments = {kTable,
                     {.name = "segment_by",
                      .type = ArgumentType::texts,
                      .description = "Columns that tell one series from another."},
                     {.name = "order_by",
                      .type = ArgumentType::texts,
                      .description = "Columns, \" desc\" behind one that descends."}},
       .run = enable_compression},
      {.name = "compress_chunks",
       .description = "Compresses chunks, all in one transaction.",
       .tier = Tier::write,
       .arguments = {kTable, kOlder, kNewer},
       .run = compress_chunks},
      {.name = "decompress_chunks",
       .description = "Decompresses chunks, all in one transaction.",
       .tier = Tier::write,
       .arguments = {kTable, kOlder, kNewer},
       .danger = decompress_danger,
       .run = decompress_chunks},
      {.name = "add_policy",
       .description = "Has chunks compressed or dropped, or an aggregate refreshed, by itself.",
       .tier = Tier::admin,
       .arguments = {kTable,
                     kPolicy,
                     {.name = "after",
                      .description = "Of compression and retention: the age of a chunk."},
                     {.name = "from", .description = "Of a refresh: from this long ago on."},
                     {.name = "until", .description = "Of a refresh: up to this long ago."},
                     {.name = "every", .description = "How often; needed for a refresh."}},
       .danger = add_policy_danger,
       .run = add_policy},
      {.name = "remove_policy",
       .description = "Ends a policy.",
       .tier = Tier::admin,
       .arguments = {kTable, kPolicy},
       .run = remove_policy},
  };
}

std::vector<Operation> running() {
  return {
      {.name = "add_job",
       .description = "Has a procedure or function run by itself.",
       .tier = Tier::admin,
       .arguments = {{.name = "procedure",
                      .description =
                          "Its path; it takes the job's number and its config (int, jsonb).",
                      .required = true},
                     {.name = "every", .description = "How often: 1 hour.", .required = true},
                     {.name = "config",
                      .type = ArgumentType::object,
                      .description = "What it is given at each run."},
                     {.name = "start", .description = "The first run; unless given at once."},
                     {.name = "scheduled",
                      .type = ArgumentType::boolean,
                      .description = "False: it is there, and runs only by run_job."}},
       .danger = add_job_danger,
       .run = add_job},
      {.name = "alter_job",
       .description = "Pauses a job or lets it go on, or sets how often it runs.",
       .tier = Tier::admin,
       .arguments = {job(true),
                     {.name = "scheduled",
                      .type = ArgumentType::boolean,
                      .description = "Whether it runs."},
                     {.name = "every", .description = "Such as 1 hour."}},
       .danger = alter_job_danger,
       .run = alter_job},
      {.name = "run_job",
       .description = "Runs a job now, in this session.",
       .tier = Tier::admin,
       .arguments = {job(true)},
       .danger = run_job_danger,
       .run = run_job},
      {.name = "delete_job",
       .description = "Deletes a job, a policy's too.",
       .tier = Tier::admin,
       .arguments = {job(true)},
       .danger = delete_job_danger,
       .run = delete_job},
      {.name = "reorder_chunk",
       .description = "Writes the rows of a chunk anew in the order of an index.",
       .tier = Tier::admin,
       .arguments = {kChunk, kIndex},
       .danger = reorder_chunk_danger,
       .run = reorder_chunk},
      {.name = "move_chunk",
       .description = "Moves a chunk and its indexes to another tablespace.",
       .tier = Tier::admin,
       .arguments = {kChunk,
                     {.name = "tablespace", .description = "Where to.", .required = true},
                     {.name = "index_tablespace",
                      .description = "Where its indexes go, if elsewhere."},
                     kIndex},
       .danger = move_chunk_danger,
       .run = move_chunk},
  };
}

std::vector<Operation> declare() {
  std::vector<Operation> all;
  for (auto* const part : {looking, shaping, keeping, running})
    for (Operation& operation : part()) all.push_back(std::move(operation));
  const auto below = postgres::operations();
  all.insert(all.end(), below.begin(), below.end());
  return all;
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> all = declare();
  return all;
}

}  // namespace dbops::timescaledb

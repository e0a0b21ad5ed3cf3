#include "connectors/timescaledb/operations.h"

#include <vector>

#include "connectors/postgres/operations.h"
#include "connectors/timescaledb/advice.h"
#include "connectors/timescaledb/arguments.h"
#include "connectors/timescaledb/changes.h"
#include "connectors/timescaledb/jobs.h"
#include "connectors/timescaledb/looking.h"

namespace dbops::timescaledb {
namespace {

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
                          "Move the rows that are there; the table is locked meanwhile."},
                     {.name = "dry_run",
                      .type = ArgumentType::boolean,
                      .description = "Only show what moving the rows would mean."}},
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
       .run = drop_chunks,
       .foresee = foresee_drop},
  };
}

std::vector<Operation> aggregating() {
  return {
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
      {.name = "set_real_time",
       .description =
           "Whether a continuous aggregate counts rows that came after its last refresh.",
       .tier = Tier::write,
       .arguments = {kTable,
                     {.name = "real_time",
                      .type = ArgumentType::boolean,
                      .description = "True: they are counted.",
                      .required = true}},
       .run = set_real_time},
  };
}

std::vector<Operation> keeping() {
  return {
      {.name = "enable_compression",
       .description = "Says how chunks of a hypertable are compressed.",
       .tier = Tier::write,
       .arguments = {kTable, kSegmentBy, kOrderBy},
       .run = enable_compression},
      {.name = "try_compression",
       .description = "Compresses a copy of one chunk, tells what that gained, and takes it back.",
       .tier = Tier::write,
       .arguments = {kTable, kSegmentBy, kOrderBy},
       .run = try_compression},
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
       .run = decompress_chunks,
       .foresee = foresee_decompress},
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
  for (auto* const part : {looking, shaping, aggregating, keeping, running})
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

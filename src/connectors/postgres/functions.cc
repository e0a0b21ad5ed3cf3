#include "connectors/postgres/functions.h"

#include <algorithm>
#include <array>

namespace dbops::postgres {
namespace {

constexpr std::string_view kFiles = "reads or writes the server's files";
constexpr std::string_view kLargeObjects = "writes large objects";
constexpr std::string_view kReadsFiles = "reads the server's files";
constexpr std::string_view kRunsText = "runs a text as SQL, which can't be looked into";
constexpr std::string_view kRemote = "reaches other servers and runs SQL there";
constexpr std::string_view kSequence = "advances or sets a sequence";
constexpr std::string_view kSettings =
    "changes any setting, also who the session is; SET LOCAL is looked into";
constexpr std::string_view kLocks = "takes or frees locks";
constexpr std::string_view kStatistics = "clears statistics";
constexpr std::string_view kReplication = "changes or consumes replication state";
constexpr std::string_view kServer = "changes the state of the server";
constexpr std::string_view kUpgrade = "is for pg_upgrade alone";
constexpr std::string_view kMaintenance = "changes an index";
constexpr std::string_view kEndsSessions = "ends another session";
constexpr std::string_view kCancels = "cancels another session's statement";
constexpr std::string_view kChunks = "rewrites a chunk";
constexpr std::string_view kDropsChunks = "drops chunks with their rows";
constexpr std::string_view kDropsByItself = "has chunks dropped by themselves";
constexpr std::string_view kJobs = "runs or removes a job";

// Sorted by name. A name that ends in '*' stands for all that begin with what is before it.
constexpr auto kRules = std::to_array<FunctionRule>({
    {"add_retention_policy", Tier::admin, kDropsByItself,
     "add_retention_policy() drops chunks with their rows, again and again"},
    {"approximate_row_count", Tier::read, {}},
    {"array_sample", Tier::read, {}},
    {"array_shuffle", Tier::read, {}},
    {"binary_upgrade_*", Tier::admin, kUpgrade},
    {"brin_desummarize_range", Tier::write, kMaintenance},
    {"brin_summarize_*", Tier::write, kMaintenance},
    {"chunks_detailed_size", Tier::read, {}},
    {"clock_timestamp", Tier::read, {}},
    {"connectby", Tier::admin, kRunsText},
    {"convert_to_columnstore", Tier::write, kChunks, {}, true},
    {"convert_to_rowstore", Tier::write, kChunks, {}, true},
    {"crosstab*", Tier::admin, kRunsText},
    {"currval", Tier::read, {}},
    {"cursor_to_xml*", Tier::admin, kRunsText},
    {"database_to_xml*", Tier::admin, kRunsText},
    {"dblink*", Tier::admin, kRemote},
    {"delete_job", Tier::admin, kJobs, "delete_job() removes a job"},
    {"drop_chunks", Tier::admin, kDropsChunks, "drop_chunks() drops chunks with their rows"},
    {"gen_random_bytes", Tier::read, {}},
    {"gen_random_uuid", Tier::read, {}},
    {"gin_clean_pending_list", Tier::write, kMaintenance},
    {"hypertable_approximate_detailed_size", Tier::read, {}},
    {"hypertable_approximate_size", Tier::read, {}},
    {"hypertable_detailed_size", Tier::read, {}},
    {"hypertable_index_size", Tier::read, {}},
    {"hypertable_size", Tier::read, {}},
    {"interpolate", Tier::read, {}},
    {"lastval", Tier::read, {}},
    {"lo_creat", Tier::write, kLargeObjects},
    {"lo_create", Tier::write, kLargeObjects},
    {"lo_export", Tier::admin, kFiles},
    {"lo_from_bytea", Tier::write, kLargeObjects},
    {"lo_get", Tier::read, {}},
    {"lo_import", Tier::admin, kFiles},
    {"lo_open", Tier::write, kLargeObjects},
    {"lo_put", Tier::write, kLargeObjects},
    {"lo_truncate*", Tier::write, kLargeObjects},
    {"lo_unlink", Tier::write, kLargeObjects},
    {"locf", Tier::read, {}},
    {"lowrite", Tier::write, kLargeObjects},
    {"nextval", Tier::write, kSequence},
    {"pg_advisory_*", Tier::write, kLocks},
    {"pg_backup_*", Tier::admin, kServer},
    {"pg_blocking_pids", Tier::read, {}},
    {"pg_cancel_backend", Tier::admin, kCancels,
     "pg_cancel_backend() cancels a statement of another session"},
    {"pg_collation_actual_version", Tier::read, {}},
    {"pg_copy_*", Tier::admin, kReplication},
    {"pg_create_*", Tier::admin, kReplication},
    {"pg_current_wal_*", Tier::read, {}},
    {"pg_current_xact_id", Tier::write, "takes a transaction number"},
    {"pg_database_collation_actual_version", Tier::read, {}},
    {"pg_database_size", Tier::read, {}},
    {"pg_drop_*", Tier::admin, kReplication,
     "pg_drop_replication_slot() drops what a replica needs"},
    {"pg_export_snapshot", Tier::write, "exports a snapshot"},
    {"pg_file_*", Tier::admin, kFiles},
    {"pg_get_multixact_members", Tier::read, {}},
    {"pg_import_system_collations", Tier::admin, kServer},
    {"pg_indexes_size", Tier::read, {}},
    {"pg_is_in_recovery", Tier::read, {}},
    {"pg_is_wal_replay_paused", Tier::read, {}},
    {"pg_jit_available", Tier::read, {}},
    {"pg_last_committed_xact", Tier::read, {}},
    {"pg_last_wal_*", Tier::read, {}},
    {"pg_last_xact_replay_timestamp", Tier::read, {}},
    {"pg_log_backend_memory_contexts", Tier::admin, kServer},
    {"pg_log_standby_snapshot", Tier::admin, kServer},
    {"pg_logdir_ls", Tier::admin, kReadsFiles},
    {"pg_logical_*", Tier::admin, kReplication},
    {"pg_ls_*", Tier::admin, kReadsFiles},
    {"pg_nextoid", Tier::admin, kServer},
    {"pg_notification_queue_usage", Tier::read, {}},
    {"pg_notify", Tier::write, "notifies listeners"},
    {"pg_partition_ancestors", Tier::read, {}},
    {"pg_partition_tree", Tier::read, {}},
    {"pg_prewarm", Tier::write, "loads a relation into the server's cache"},
    {"pg_promote", Tier::admin, kServer, "pg_promote() makes a standby the primary"},
    {"pg_read_*", Tier::admin, kReadsFiles},
    {"pg_relation_size", Tier::read, {}},
    {"pg_reload_conf", Tier::admin, kServer},
    {"pg_replication_origin_*", Tier::admin, kReplication},
    {"pg_replication_slot_advance", Tier::admin, kReplication},
    {"pg_restore_*", Tier::admin, kStatistics},
    {"pg_rotate_logfile*", Tier::admin, kServer},
    {"pg_safe_snapshot_blocking_pids", Tier::read, {}},
    {"pg_sequence_last_value", Tier::read, {}},
    {"pg_set_*", Tier::admin, kServer},
    {"pg_sleep*", Tier::read, {}},
    {"pg_start_backup", Tier::admin, kServer},
    {"pg_stat_file", Tier::admin, kReadsFiles},
    {"pg_stat_force_next_flush", Tier::write, kStatistics},
    {"pg_stat_get_*", Tier::read, {}},
    {"pg_stat_reset*", Tier::admin, kStatistics},
    {"pg_stat_statements", Tier::read, {}},
    {"pg_stat_statements_info", Tier::read, {}},
    {"pg_stat_statements_reset", Tier::admin, kStatistics},
    {"pg_stop_*", Tier::admin, kServer},
    {"pg_switch_*", Tier::admin, kServer},
    {"pg_sync_replication_slots", Tier::admin, kReplication},
    {"pg_table_size", Tier::read, {}},
    {"pg_tablespace_size", Tier::read, {}},
    {"pg_terminate_backend", Tier::admin, kEndsSessions,
     "pg_terminate_backend() ends another session"},
    {"pg_total_relation_size", Tier::read, {}},
    {"pg_truncate_*", Tier::admin, kServer},
    {"pg_try_advisory_*", Tier::write, kLocks},
    {"pg_wal_replay_*", Tier::admin, kReplication},
    {"pg_xact_commit_timestamp*", Tier::read, {}},
    {"pg_xact_status", Tier::read, {}},
    {"postgres_fdw_disconnect*", Tier::admin, kRemote},
    {"query_to_xml*", Tier::admin, kRunsText},
    {"random", Tier::read, {}},
    {"random_normal", Tier::read, {}},
    {"recompress_chunk", Tier::write, kChunks, {}, true},
    {"refresh_continuous_aggregate", Tier::write, "writes a continuous aggregate", {}, true},
    {"run_job", Tier::write, kJobs, {}, true},
    {"schema_to_xml*", Tier::admin, kRunsText},
    {"set_config", Tier::admin, kSettings},
    {"setval", Tier::write, kSequence},
    {"show_tablespaces", Tier::read, {}},
    {"table_to_xml*", Tier::admin, kRunsText},
    {"time_bucket_gapfill", Tier::read, {}},
    {"timeofday", Tier::read, {}},
    {"ts_rewrite", Tier::admin, kRunsText},
    {"ts_stat", Tier::admin, kRunsText},
    {"txid_current", Tier::write, "takes a transaction number"},
    {"txid_status", Tier::read, {}},
    {"uuid_generate_*", Tier::read, {}},
    {"uuidv4", Tier::read, {}},
    {"uuidv7", Tier::read, {}},
    {"xpath_table", Tier::admin, kRunsText},
});

bool matches(std::string_view rule, std::string_view name) noexcept {
  if (!rule.ends_with('*')) return rule == name;
  rule.remove_suffix(1);
  return name.starts_with(rule);
}

}  // namespace

const FunctionRule* function_rule(std::string_view name) noexcept {
  // The most particular rule wins: "pg_stat_statements_reset" over "pg_stat_*".
  const FunctionRule* best = nullptr;
  for (const FunctionRule& rule : kRules)
    if (matches(rule.name, name) && (!best || rule.name.size() > best->name.size())) best = &rule;
  return best;
}

}  // namespace dbops::postgres

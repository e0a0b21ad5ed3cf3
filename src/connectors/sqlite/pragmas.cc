#include "connectors/sqlite/pragmas.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::sqlite {
namespace {

// Reads, with an argument that says of what: a table, an index, a number of errors.
constexpr std::array<std::string_view, 16> kLooks = {
    "collation_list",   "compile_options", "database_list", "foreign_key_check",
    "foreign_key_list", "function_list",   "index_info",    "index_list",
    "index_xinfo",      "integrity_check", "module_list",   "pragma_list",
    "quick_check",      "table_info",      "table_list",    "table_xinfo"};

// Ask for a setting when they stand alone, and change it for the session when they have a value.
constexpr std::array<std::string_view, 28> kSettings = {"analysis_limit",
                                                        "automatic_index",
                                                        "busy_timeout",
                                                        "cache_size",
                                                        "cache_spill",
                                                        "cell_size_check",
                                                        "checkpoint_fullfsync",
                                                        "fullfsync",
                                                        "foreign_keys",
                                                        "hard_heap_limit",
                                                        "ignore_check_constraints",
                                                        "journal_size_limit",
                                                        "legacy_alter_table",
                                                        "locking_mode",
                                                        "max_page_count",
                                                        "mmap_size",
                                                        "query_only",
                                                        "read_uncommitted",
                                                        "recursive_triggers",
                                                        "reverse_unordered_selects",
                                                        "secure_delete",
                                                        "soft_heap_limit",
                                                        "synchronous",
                                                        "temp_store",
                                                        "threads",
                                                        "trusted_schema",
                                                        "wal_autocheckpoint",
                                                        "writable_schema"};

// Facts of the file that only ask.
constexpr std::array<std::string_view, 4> kFacts = {"data_version", "freelist_count", "page_count",
                                                    "schema_version"};

constexpr std::string_view kSessionHint =
    "it would change a session that other calls share; the connection's own settings are "
    "busy_timeout_ms, cache_kib and foreign_keys";
constexpr std::string_view kVacuumHint = "use the operation vacuum, which takes it as an argument";

template <size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return same_ignoring_case(each, name); });
}

PragmaRule journal_mode_rule(std::string_view value) {
  // OFF and MEMORY give up the atomic commit that every write of dbops counts on.
  for (const std::string_view mode : {"wal", "delete", "truncate", "persist"})
    if (same_ignoring_case(mode, value)) return {Tier::admin, false};
  return {std::nullopt, false,
          "journal modes that survive a crash: wal, delete, truncate, persist"};
}

}  // namespace

PragmaRule pragma_rule(std::string_view name, std::optional<std::string_view> value) {
  const auto is = [&](std::string_view other) { return same_ignoring_case(name, other); };
  if (among(kLooks, name)) return {Tier::read};
  if (among(kFacts, name)) return {value ? std::nullopt : std::optional(Tier::read)};
  if (among(kSettings, name))
    return value ? PragmaRule{std::nullopt, true, kSessionHint} : PragmaRule{Tier::read};
  if (is("user_version") || is("application_id") || is("defer_foreign_keys"))
    return {value ? Tier::write : Tier::read};
  if (is("encoding")) return {value ? std::nullopt : std::optional(Tier::read)};
  if (is("page_size") || is("auto_vacuum"))
    return value ? PragmaRule{std::nullopt, true, kVacuumHint} : PragmaRule{Tier::read};
  if (is("journal_mode")) return value ? journal_mode_rule(*value) : PragmaRule{Tier::read};
  if (is("wal_checkpoint")) return {Tier::write, false};
  if (is("optimize") || is("incremental_vacuum")) return {Tier::write};
  return {std::nullopt, true, "dbops doesn't know it, and runs only what it knows"};
}

}  // namespace dbops::sqlite

#include "connectors/postgres/rules.h"

#include <algorithm>
#include <array>

namespace dbops::postgres {
namespace {

constexpr std::string_view kData = "changes data";
constexpr std::string_view kSchema = "changes the schema";
constexpr std::string_view kRoles = "changes who may do what";
constexpr std::string_view kSystem = "changes the server or the database as a whole";
constexpr std::string_view kOutside = "reaches files, programs or other servers";
constexpr std::string_view kUpkeep = "rewrites or rebuilds what is stored";
constexpr std::string_view kLocks = "takes locks";
constexpr std::string_view kUnknown = "is not known to be harmless";

constexpr std::string_view kOwnTransaction = "every call is a transaction of its own";
constexpr std::string_view kOneScript =
    "leave out BEGIN, COMMIT and their like: the statements of one call are one transaction, which "
    "`dry_run` rolls back; in the shell, a file that \\i runs is one";
constexpr std::string_view kNoSession = "a session is not kept from call to call";
constexpr std::string_view kParameters = "use parameters ($1): statements are prepared by dbops";
constexpr std::string_view kStreams = "run the SELECT itself: its rows are streamed and paged";
constexpr std::string_view kLocal = "SET LOCAL holds for the rest of its script, in the write tier";

// Sorted by node.
constexpr auto kRules = std::to_array<StatementRule>({
    {"AlterDatabaseSetStmt", Tier::admin, kSystem},
    {"AlterDatabaseStmt", Tier::admin, kSystem, {}, {}, false},
    {"AlterDefaultPrivilegesStmt", Tier::admin, kRoles},
    {"AlterDomainStmt", Tier::write, kSchema},
    {"AlterEnumStmt", Tier::write, kSchema},
    {"AlterFunctionStmt", Tier::write, kSchema},
    {"AlterObjectDependsStmt", Tier::write, kSchema},
    {"AlterObjectSchemaStmt", Tier::write, kSchema},
    {"AlterOwnerStmt", Tier::admin, kRoles},
    {"AlterPolicyStmt", Tier::admin, kRoles},
    {"AlterRoleSetStmt", Tier::admin, kRoles},
    {"AlterRoleStmt", Tier::admin, kRoles},
    {"AlterSeqStmt", Tier::write, kSchema},
    {"AlterStatsStmt", Tier::write, kSchema},
    {"AlterSystemStmt", Tier::admin, kSystem, {}, {}, false},
    {"AlterTSConfigurationStmt", Tier::write, kSchema},
    {"AlterTSDictionaryStmt", Tier::write, kSchema},
    {"AlterTableStmt", Tier::write, kSchema},
    {"AlterTypeStmt", Tier::write, kSchema},
    {"CallStmt", Tier::write, "runs a procedure"},
    {"CheckPointStmt", Tier::admin, kSystem},
    {"ClosePortalStmt", Tier::write, {}, kNoSession, kStreams},
    {"ClusterStmt", Tier::write, kUpkeep},
    {"CommentStmt", Tier::write, kSchema},
    {"CompositeTypeStmt", Tier::write, kSchema},
    {"ConstraintsSetStmt", Tier::write, "changes when constraints are checked"},
    {"CopyStmt", Tier::admin, kOutside},
    {"CreateDomainStmt", Tier::write, kSchema},
    {"CreateEnumStmt", Tier::write, kSchema},
    {"CreateExtensionStmt", Tier::admin, kSystem},
    {"CreateForeignTableStmt", Tier::admin, kOutside},
    {"CreateFunctionStmt", Tier::write, kSchema},
    {"CreatePolicyStmt", Tier::admin, kRoles},
    {"CreateRangeStmt", Tier::write, kSchema},
    {"CreateRoleStmt", Tier::admin, kRoles},
    {"CreateSchemaStmt", Tier::write, kSchema},
    {"CreateSeqStmt", Tier::write, kSchema},
    {"CreateStatsStmt", Tier::write, kSchema},
    {"CreateStmt", Tier::write, kSchema},
    {"CreateSubscriptionStmt", Tier::admin, kOutside, {}, {}, false},
    {"CreateTableAsStmt", Tier::write, kSchema},
    {"CreateTableSpaceStmt", Tier::admin, kSystem, {}, {}, false},
    {"CreateTrigStmt", Tier::write, kSchema},
    {"CreatedbStmt", Tier::admin, kSystem, {}, {}, false},
    {"DeallocateStmt", Tier::write, {}, kNoSession, kParameters},
    {"DeclareCursorStmt", Tier::write, {}, kNoSession, kStreams},
    {"DefineStmt", Tier::write, kSchema},
    {"DeleteStmt", Tier::write, kData},
    {"DiscardStmt", Tier::write, {}, kNoSession, "dbops cleans its sessions itself"},
    {"DoStmt", Tier::admin, "runs a block of code that can't be looked into"},
    {"DropOwnedStmt", Tier::admin, kRoles},
    {"DropRoleStmt", Tier::admin, kRoles},
    {"DropStmt", Tier::write, kSchema},
    {"DropSubscriptionStmt", Tier::admin, kOutside, {}, {}, false},
    {"DropTableSpaceStmt", Tier::admin, kSystem, {}, {}, false},
    {"DropdbStmt", Tier::admin, kSystem, {}, {}, false},
    {"ExecuteStmt", Tier::write, {}, kNoSession, kParameters},
    {"ExplainStmt", Tier::read, {}},
    {"FetchStmt", Tier::write, {}, kNoSession, kStreams},
    {"GrantRoleStmt", Tier::admin, kRoles},
    {"GrantStmt", Tier::admin, kRoles},
    {"IndexStmt", Tier::write, kSchema},
    {"InsertStmt", Tier::write, kData},
    {"ListenStmt", Tier::write, {}, kNoSession, "NOTIFY works, in the write tier"},
    {"LoadStmt", Tier::admin, kOutside},
    {"LockStmt", Tier::write, kLocks},
    {"MergeStmt", Tier::write, kData},
    {"NotifyStmt", Tier::write, "notifies listeners"},
    {"PrepareStmt", Tier::write, {}, kNoSession, kParameters},
    {"ReassignOwnedStmt", Tier::admin, kRoles},
    {"RefreshMatViewStmt", Tier::write, kData},
    {"ReindexStmt", Tier::write, kUpkeep},
    {"RenameStmt", Tier::write, kSchema},
    {"ReplicaIdentityStmt", Tier::write, kSchema},
    {"ReturnStmt", Tier::read, {}},
    {"RuleStmt", Tier::write, kSchema},
    {"SecLabelStmt", Tier::admin, kRoles},
    {"SelectStmt", Tier::read, {}},
    {"TransactionStmt", Tier::write, {}, kOwnTransaction, kOneScript},
    {"TruncateStmt", Tier::write, kData},
    {"UnlistenStmt", Tier::write, {}, kNoSession, "NOTIFY works, in the write tier"},
    {"UpdateStmt", Tier::write, kData},
    {"VacuumStmt", Tier::write, kUpkeep, {}, {}, false},
    {"VariableSetStmt", Tier::write, "changes a setting", kNoSession, kLocal},
    {"VariableShowStmt", Tier::read, {}},
    {"ViewStmt", Tier::write, kSchema},
});
static_assert(std::is_sorted(kRules.begin(), kRules.end(),
                             [](const auto& a, const auto& b) { return a.node < b.node; }));

struct Words {
  std::string_view name;
  std::string_view words;
};

// Where the node's name and SQL's words differ.
constexpr auto kVerbs = std::to_array<Words>({
    {"AlterObjectDependsStmt", "ALTER"},
    {"AlterRoleSetStmt", "ALTER ROLE"},
    {"AlterSeqStmt", "ALTER SEQUENCE"},
    {"AlterTSConfigurationStmt", "ALTER TEXT SEARCH CONFIGURATION"},
    {"AlterTSDictionaryStmt", "ALTER TEXT SEARCH DICTIONARY"},
    {"CheckPointStmt", "CHECKPOINT"},
    {"ClosePortalStmt", "CLOSE"},
    {"CompositeTypeStmt", "CREATE TYPE"},
    {"ConstraintsSetStmt", "SET CONSTRAINTS"},
    {"CreateEnumStmt", "CREATE TYPE"},
    {"CreatePLangStmt", "CREATE LANGUAGE"},
    {"CreateRangeStmt", "CREATE TYPE"},
    {"CreateSeqStmt", "CREATE SEQUENCE"},
    {"CreateStatsStmt", "CREATE STATISTICS"},
    {"CreateStmt", "CREATE TABLE"},
    {"CreateTableSpaceStmt", "CREATE TABLESPACE"},
    {"CreateTrigStmt", "CREATE TRIGGER"},
    {"CreatedbStmt", "CREATE DATABASE"},
    {"DefineStmt", "CREATE"},
    {"DropTableSpaceStmt", "DROP TABLESPACE"},
    {"DropdbStmt", "DROP DATABASE"},
    {"IndexStmt", "CREATE INDEX"},
    {"RefreshMatViewStmt", "REFRESH MATERIALIZED VIEW"},
    {"RenameStmt", "ALTER"},
    {"RuleStmt", "CREATE RULE"},
    {"SecLabelStmt", "SECURITY LABEL"},
    {"VariableSetStmt", "SET"},
    {"VariableShowStmt", "SHOW"},
    {"ViewStmt", "CREATE VIEW"},
});

constexpr auto kObjects = std::to_array<Words>({
    {"OBJECT_FDW", "FOREIGN DATA WRAPPER"},
    {"OBJECT_FOREIGN_SERVER", "SERVER"},
    {"OBJECT_MATVIEW", "MATERIALIZED VIEW"},
    {"OBJECT_OPCLASS", "OPERATOR CLASS"},
    {"OBJECT_OPFAMILY", "OPERATOR FAMILY"},
    {"OBJECT_STATISTIC_EXT", "STATISTICS"},
    {"OBJECT_TABCONSTRAINT", "CONSTRAINT"},
    {"OBJECT_TSCONFIGURATION", "TEXT SEARCH CONFIGURATION"},
    {"OBJECT_TSDICTIONARY", "TEXT SEARCH DICTIONARY"},
    {"OBJECT_TSPARSER", "TEXT SEARCH PARSER"},
    {"OBJECT_TSTEMPLATE", "TEXT SEARCH TEMPLATE"},
});

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

const StatementRule& statement_rule(std::string_view node) noexcept {
  static constexpr StatementRule kOther{"", Tier::admin, kUnknown};
  const auto rule = std::lower_bound(kRules.begin(), kRules.end(), node,
                                     [](const auto& a, std::string_view b) { return a.node < b; });
  return rule != kRules.end() && rule->node == node ? *rule : kOther;
}

std::string default_verb(std::string_view node) {
  for (const Words& verb : kVerbs)
    if (verb.name == node) return std::string(verb.words);
  if (node.ends_with("Stmt")) node.remove_suffix(4);
  std::string words;
  for (const char c : node) {
    if (c >= 'A' && c <= 'Z' && !words.empty()) words += ' ';
    words += upper(c);
  }
  return words;
}

std::string object_words(std::string_view object_type) {
  for (const Words& object : kObjects)
    if (object.name == object_type) return std::string(object.words);
  constexpr std::string_view kPrefix = "OBJECT_";
  if (object_type.starts_with(kPrefix)) object_type.remove_prefix(kPrefix.size());
  std::string words(object_type);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace dbops::postgres

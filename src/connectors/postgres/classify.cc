#include "connectors/postgres/classify.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "connectors/postgres/danger.h"
#include "connectors/postgres/functions.h"
#include "connectors/postgres/rules.h"

namespace dbops::postgres {
namespace {

tl::unexpected<Error> unsupported(std::string_view verb, std::string_view why,
                                  std::string_view way_round) {
  return fail(Code::unsupported, std::string(verb) + " can't be run: " + std::string(why),
              std::string(way_round));
}

// Settings that dbops' own safety or the reading of results stands on.
constexpr auto kKeptSettings = std::to_array<std::string_view>(
    {"backslash_quote", "bytea_output", "client_encoding", "datestyle",
     "default_transaction_read_only", "extra_float_digits", "intervalstyle",
     "standard_conforming_strings", "timezone", "transaction_read_only"});

bool has_option(const Node& statement, std::string_view list, std::string_view name) {
  const Node* options = statement.find(list);
  return options &&
         std::any_of(options->children.begin(), options->children.end(), [&](const Node& item) {
           return !item.children.empty() && item.children.front().text_of("defname") == name;
         });
}

// The text of an option's value: {"DefElem": {"defname": name, "arg": {"String": {"sval": text}}}}.
// nullopt where the option is not there; empty where it has no value.
std::optional<std::string> option(const Node& statement, std::string_view list,
                                  std::string_view name) {
  const Node* options = statement.find(list);
  if (!options) return std::nullopt;
  std::optional<std::string> found;
  for (const Node& item : options->children) {
    if (item.children.empty() || item.children.front().text_of("defname") != name) continue;
    const Node* value = item.children.front().find("arg");
    while (value && !value->children.empty()) value = &value->children.front();
    found = value ? value->text : std::string();
  }
  return found;
}

bool is_false(const std::string& value) {
  return same_ignoring_case(value, "false") || same_ignoring_case(value, "off") || value == "0";
}

// EXPLAIN ANALYZE runs its statement. A value that isn't plainly false counts as true.
bool analyzes(const Node& explain) {
  const auto value = option(explain, "options", "analyze");
  return value && !is_false(*value);
}

std::string verb_of(const Node& statement) {
  const std::string_view kind = statement.key;
  if (kind == "SelectStmt") return statement.find("valuesLists") ? "VALUES" : "SELECT";
  if (kind == "DropStmt") return "DROP " + object_words(statement.text_of("removeType"));
  if (kind == "DefineStmt") return "CREATE " + object_words(statement.text_of("kind"));
  if (kind == "AlterTableStmt") return "ALTER " + object_words(statement.text_of("objtype"));
  if (kind == "CreateTableAsStmt")
    return "CREATE " + object_words(statement.text_of("objtype")) + " AS";
  if (kind == "CreateFunctionStmt")
    return statement.is_true("is_procedure") ? "CREATE PROCEDURE" : "CREATE FUNCTION";
  if (kind == "RenameStmt") {
    const auto relation = statement.text_of("relationType");
    const auto renamed = statement.text_of("renameType");
    return "ALTER " + object_words(renamed == "OBJECT_COLUMN" ? relation : renamed);
  }
  if (kind == "AlterOwnerStmt" || kind == "AlterObjectSchemaStmt")
    return "ALTER " + object_words(statement.text_of("objectType"));
  if (kind == "GrantStmt" || kind == "GrantRoleStmt")
    return statement.is_true("is_grant") ? "GRANT" : "REVOKE";
  if (kind == "VacuumStmt") return statement.is_true("is_vacuumcmd") ? "VACUUM" : "ANALYZE";
  if (kind == "VariableSetStmt")
    return statement.text_of("kind").starts_with("VAR_RESET") ? "RESET" : "SET";
  if (kind == "TransactionStmt") {
    std::string words(statement.text_of("kind"));  // TRANS_STMT_BEGIN
    words.erase(0, std::min<size_t>(words.size(), std::string_view("TRANS_STMT_").size()));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
  }
  return default_verb(kind);
}

// {"AlterTableCmd": {"def": {"PartitionCmd": {"concurrent": true}}}}
bool detaches_concurrently(const Node& item) {
  const Node* definition = item.children.empty() ? nullptr : item.children.front().find("def");
  return definition && !definition->children.empty() &&
         definition->children.front().is_true("concurrent");
}

bool transactional(const Node& statement) {
  const std::string_view kind = statement.key;
  if (kind == "VacuumStmt") return !statement.is_true("is_vacuumcmd");
  if (kind == "IndexStmt" || kind == "DropStmt") return !statement.is_true("concurrent");
  if (kind == "ClusterStmt") return statement.find("relation") != nullptr;
  if (kind == "ReindexStmt") {
    const std::string_view scope = statement.text_of("kind");
    const bool small = scope == "REINDEX_OBJECT_TABLE" || scope == "REINDEX_OBJECT_INDEX";
    return small && !has_option(statement, "params", "concurrently");
  }
  if (kind == "AlterTableStmt") {
    const Node* commands = statement.find("cmds");
    return !commands || std::none_of(commands->children.begin(), commands->children.end(),
                                     detaches_concurrently);
  }
  return statement_rule(kind).transactional;
}

// Makes the statement need `tier`, unless it needs that or more already.
void raise(Statement& statement, Tier tier, std::string reason) {
  if (tier <= statement.tier) return;
  statement.tier = tier;
  statement.reason = std::move(reason);
}

bool changes_identity(std::string_view setting) {
  return setting == "role" || setting == "session_authorization";
}

bool is_kept(std::string_view setting) {
  return std::find(kKeptSettings.begin(), kKeptSettings.end(), setting) != kKeptSettings.end();
}

// SET LOCAL lasts for its script, so it is of use; everything else would outlast it.
Result<void> judge_set(const Node& set, Statement& statement) {
  const StatementRule& rule = statement_rule(set.key);
  const std::string name = lower(set.text_of("name"));
  if (!set.is_true("is_local") || set.text_of("kind") == "VAR_SET_MULTI")
    return unsupported(statement.verb, rule.refusal, rule.way_round);
  if (is_kept(name))
    return unsupported("SET LOCAL " + name, "dbops relies on this setting",
                       "the result can be converted instead: with a cast, AT TIME ZONE, to_char()");
  const bool identity = changes_identity(name);
  raise(statement, identity ? Tier::admin : Tier::write,
        "SET LOCAL " + escape_control(name) +
            (identity ? " changes who the session is" : " changes a setting"));
  return {};
}

Result<void> judge_copy(const Node& copy) {
  if (copy.find("filename")) return {};
  const bool reads = copy.is_true("is_from");
  return unsupported(reads ? "COPY FROM STDIN" : "COPY TO STDOUT",
                     "no data is sent along with a statement",
                     reads ? "use INSERT with several rows"
                           : "run the SELECT itself: its rows are "
                             "streamed");
}

// A SET of a function holds while it runs, so that it outlasts nothing.
void judge_function_settings(const Node& options, Statement& statement) {
  for (const Node& item : options.children) {
    const Node* value = item.children.empty() ? nullptr : item.children.front().find("arg");
    if (!value || value->children.empty() || value->children.front().key != "VariableSetStmt")
      continue;
    const std::string name = lower(value->children.front().text_of("name"));
    if (changes_identity(name) || is_kept(name))
      raise(statement, Tier::admin,
            statement.verb + " with SET " + escape_control(name) + " changes what dbops relies on");
  }
}

// `list`: where its options stand: "actions" in ALTER FUNCTION.
void judge_function(const Node& function, std::string_view list, Statement& statement) {
  constexpr auto kTrusted = std::to_array<std::string_view>({"", "sql", "plpgsql"});
  const std::string language = lower(option(function, list, "language").value_or(""));
  if (std::find(kTrusted.begin(), kTrusted.end(), language) == kTrusted.end())
    raise(statement, Tier::admin,
          statement.verb + " in language " + escape_control(language) +
              " may reach out of the database");
  if (const Node* options = function.find(list)) judge_function_settings(*options, statement);
  const auto definer = option(function, list, "security");
  if (definer && !is_false(*definer))
    raise(statement, Tier::admin,
          statement.verb + " with SECURITY DEFINER lends its owner's rights");
}

// Who owns a table, and whether its row level security holds, is no matter of the schema.
void judge_alter_table(const Node& alter, Statement& statement) {
  constexpr auto kRights = std::to_array<std::string_view>(
      {"AT_ChangeOwner", "AT_DisableRowSecurity", "AT_EnableRowSecurity", "AT_ForceRowSecurity",
       "AT_NoForceRowSecurity"});
  const Node* commands = alter.find("cmds");
  if (!commands) return;
  for (const Node& item : commands->children) {
    const auto kind =
        item.children.empty() ? std::string_view() : item.children.front().text_of("subtype");
    if (std::find(kRights.begin(), kRights.end(), kind) != kRights.end())
      raise(statement, Tier::admin, statement.verb + " changes who may do what");
  }
}

bool is_function(std::string_view kind) {
  return kind == "CreateFunctionStmt" || kind == "AlterFunctionStmt";
}

// The kinds of statement inside: a CTE that deletes, a schema's GRANT, what EXPLAIN ANALYZE runs.
Result<void> judge_parts(const Parsed& parsed, Statement& statement) {
  const bool outermost_explains = parsed.root.key == "ExplainStmt";
  for (const std::string& kind : parsed.facts.statements) {
    const StatementRule& rule = statement_rule(kind);
    // judge_set(), judge_function_settings()
    if (kind == "VariableSetStmt" && (kind == parsed.root.key || is_function(parsed.root.key)))
      continue;
    const std::string verb = kind == parsed.root.key ? statement.verb : default_verb(kind);
    if (!rule.refusal.empty()) return unsupported(verb, rule.refusal, rule.way_round);
    const std::string reason = verb + ' ' + std::string(rule.reason);
    raise(statement, rule.tier, outermost_explains ? "EXPLAIN ANALYZE runs it: " + reason : reason);
  }
  if (parsed.facts.into) raise(statement, Tier::write, "SELECT INTO creates a table");
  if (parsed.facts.locking)
    raise(statement, Tier::write, "SELECT ... FOR UPDATE or SHARE locks rows");
  return {};
}

void judge_calls(const Facts& facts, Statement& statement) {
  for (const Call& call : facts.calls) {
    const FunctionRule* rule = function_rule(call.name);
    if (!rule) continue;
    raise(statement, rule->tier, call.name + "() " + std::string(rule->reason));
    if (rule->commits && statement.verb == "CALL") statement.transactional = false;
    if (statement.danger.empty()) statement.danger = rule->danger;
  }
}

}  // namespace

bool is_carried_out(const Parsed& parsed) {
  return parsed.root.key != "ExplainStmt" || analyzes(parsed.root);
}

Result<Statement> classify(const Parsed& parsed) {
  const Node& root = parsed.root;
  Statement statement;
  statement.verb = verb_of(root);
  statement.tier = Tier::read;
  statement.transactional = transactional(root);
  if (root.key == "VariableSetStmt") DBOPS_TRY(judge_set(root, statement));
  if (root.key == "CopyStmt") DBOPS_TRY(judge_copy(root));
  if (root.key == "AlterTableStmt") judge_alter_table(root, statement);
  if (is_function(root.key))
    judge_function(root, root.key == "CreateFunctionStmt" ? "options" : "actions", statement);
  if (!is_carried_out(parsed)) return statement;
  DBOPS_TRY(judge_parts(parsed, statement));
  statement.danger = danger_of(root);
  judge_calls(parsed.facts, statement);
  return statement;
}

}  // namespace dbops::postgres

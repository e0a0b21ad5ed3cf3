#include "connectors/postgres/danger.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/rules.h"

namespace dbops::postgres {
namespace {

constexpr size_t kNamesShown = 5;

std::string names_of(const Node* list) {
  if (!list) return {};
  std::string names;
  for (size_t i = 0; i < list->children.size() && i < kNamesShown; ++i) {
    if (i > 0) names += ", ";
    names += name_of(list->children[i]);
  }
  if (list->children.size() > kNamesShown)
    names += " and " + std::to_string(list->children.size() - kNamesShown) + " more";
  return names;
}

bool cascades(const Node& statement) { return statement.text_of("behavior") == "DROP_CASCADE"; }

std::string cascade_words(const Node& statement) {
  return cascades(statement) ? " and everything that depends on it" : "";
}

bool same(const Node& a, const Node& b) {
  return a.key == b.key && a.text == b.text &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                    [](const Node& left, const Node& right) {
                      return left.key == "location" || same(left, right);
                    });
}

bool mentions(const Node& node, std::string_view key) {
  return node.key == key || std::any_of(node.children.begin(), node.children.end(),
                                        [&](const Node& child) { return mentions(child, key); });
}

// `id = id`
bool compares_with_itself(const Node& expression) {
  const Node* left = expression.find("lexpr");
  const Node* right = expression.find("rexpr");
  return left && right && left->children.size() == right->children.size() &&
         std::equal(left->children.begin(), left->children.end(), right->children.begin(), same);
}

// A condition that lets every row through as far as can be seen: it looks at no column, compares
// one with itself, or has an alternative that does.
bool is_no_condition(const Node& condition) {
  if (condition.children.empty()) return true;
  const Node& expression = condition.children.front();
  if (!mentions(expression, "ColumnRef") && !mentions(expression, "SubLink") &&
      !mentions(expression, "CurrentOfExpr"))
    return true;
  if (expression.key == "A_Expr") return compares_with_itself(expression);
  if (expression.key != "BoolExpr" || expression.text_of("boolop") != "OR_EXPR") return false;
  const Node* arguments = expression.find("args");
  return arguments && std::any_of(arguments->children.begin(), arguments->children.end(),
                                  [](const Node& one) { return is_no_condition(one); });
}

std::string unbounded(const Node& statement) {
  const bool deletes = statement.key == "DeleteStmt";
  const Node* condition = statement.find("whereClause");
  if (condition && !is_no_condition(*condition)) return {};
  const Node* relation = statement.find("relation");
  const std::string table = relation ? name_of(*relation) : "the table";
  const std::string verb = deletes ? "DELETE" : "UPDATE";
  const std::string how = condition ? " with a WHERE that is always true " : " without WHERE ";
  return verb + how + (deletes ? "removes" : "changes") + " every row of " + table;
}

// Joined by no condition every row is matched; what the source lacks may be all there is.
std::string merge(const Node& statement) {
  const Node* clauses = statement.find("mergeWhenClauses");
  const Node* join = statement.find("joinCondition");
  const Node* relation = statement.find("relation");
  if (!clauses || !join || !relation) return {};
  for (const Node& item : clauses->children) {
    if (item.children.empty()) continue;
    const Node& clause = item.children.front();
    const std::string_view command = clause.text_of("commandType");
    if (command != "CMD_DELETE" && command != "CMD_UPDATE") continue;
    const Node* condition = clause.find("condition");
    if (condition && !is_no_condition(*condition)) continue;
    const bool lacking = clause.text_of("matchKind") == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE";
    if (!lacking && !is_no_condition(*join)) continue;
    return std::string("MERGE ") + (command == "CMD_DELETE" ? "removes" : "changes") +
           " every row of " + name_of(*relation) + (lacking ? " that its source lacks" : "");
  }
  return {};
}

std::string alter_table(const Node& statement) {
  const Node* relation = statement.find("relation");
  const std::string table = relation ? name_of(*relation) : "the table";
  const Node* commands = statement.find("cmds");
  if (!commands) return {};
  for (const Node& item : commands->children) {
    if (item.children.empty()) continue;
    const Node& command = item.children.front();
    const std::string_view kind = command.text_of("subtype");
    const std::string name = escape_control(command.text_of("name"));
    if (kind == "AT_DropColumn")
      return "ALTER TABLE removes column " + name + " of " + table + ", with its data" +
             cascade_words(command);
    if (kind == "AT_AlterColumnType")
      return "ALTER TABLE changes the type of column " + name + " of " + table +
             ": its values are converted, and the table may be rewritten under a lock";
    if (kind == "AT_DropConstraint")
      return "ALTER TABLE removes constraint " + name + " of " + table + cascade_words(command);
    if (kind == "AT_DisableRowSecurity" || kind == "AT_NoForceRowSecurity")
      return "ALTER TABLE lets rows of " + table + " past its row level security";
    if (kind == "AT_SetUnLogged")
      return "ALTER TABLE makes " + table + " unlogged: a crash of the server empties it";
  }
  return {};
}

std::string drop(const Node& statement) {
  const std::string kind = object_words(statement.text_of("removeType"));
  return "DROP " + kind + " removes " + names_of(statement.find("objects")) +
         (cascades(statement) ? " and everything that depends on it" : "");
}

std::string own_danger(const Node& statement) {
  const std::string_view kind = statement.key;
  if (kind == "DeleteStmt" || kind == "UpdateStmt") return unbounded(statement);
  if (kind == "MergeStmt") return merge(statement);
  if (kind == "AlterTableStmt") return alter_table(statement);
  if (kind == "DropStmt") return drop(statement);
  if (kind == "TruncateStmt")
    return "TRUNCATE removes every row of " + names_of(statement.find("relations")) +
           (cascades(statement) ? " and of the tables that refer to it" : "");
  if (kind == "DropdbStmt")
    return "DROP DATABASE removes " + escape_control(statement.text_of("dbname")) +
           " with all that is in it";
  if (kind == "DropRoleStmt") return "DROP ROLE removes " + names_of(statement.find("roles"));
  if (kind == "DropOwnedStmt")
    return "DROP OWNED removes everything that " + names_of(statement.find("roles")) + " owns";
  if (kind == "ReassignOwnedStmt")
    return "REASSIGN OWNED changes the owner of everything that " +
           names_of(statement.find("roles")) + " owns";
  if (kind == "AlterRoleStmt" || kind == "AlterRoleSetStmt") {
    const Node* role = statement.find("role");
    return "ALTER ROLE changes what " + (role ? name_of(*role) : "every role") + " may do";
  }
  if (kind == "GrantStmt" && !statement.is_true("is_grant"))
    return "REVOKE takes privileges from " + names_of(statement.find("grantees"));
  if (kind == "GrantRoleStmt" && !statement.is_true("is_grant"))
    return "REVOKE takes membership from " + names_of(statement.find("grantee_roles"));
  if (kind == "AlterSystemStmt") return "ALTER SYSTEM changes the configuration of the server";
  if (kind == "DoStmt") return "DO runs a block of code that can't be looked into";
  if (kind == "CopyStmt") return "COPY reads or writes files or programs on the server";
  if (kind == "DropSubscriptionStmt" || kind == "DropTableSpaceStmt" ||
      kind == "DropUserMappingStmt")
    return default_verb(kind) + " removes what can't be brought back by a rollback";
  if (kind == "AlterDomainStmt" && statement.text_of("subtype") == "X")
    return "ALTER DOMAIN removes constraint " + escape_control(statement.text_of("name"));
  return {};
}

}  // namespace

std::string name_of(const Node& node) {
  if (const auto name = node.text_of("relname"); !name.empty()) {
    const auto schema = node.text_of("schemaname");
    return escape_control(schema.empty() ? std::string(name)
                                         : std::string(schema) + '.' + std::string(name));
  }
  if (const auto role = node.text_of("rolename"); !role.empty()) return escape_control(role);
  if (node.key == "RoleSpec" || node.key == "role") return "the current role";
  if (const auto text = node.text_of("sval"); !text.empty()) return escape_control(text);
  for (const std::string_view list : {"items", "objname", "names"})
    if (const Node* parts = node.find(list)) {
      std::string joined;
      for (const Node& part : parts->children)
        joined += (joined.empty() ? "" : ".") + name_of(part);
      return joined;
    }
  // The wrapper of a node: {"RangeVar": {...}}.
  return node.children.size() == 1 ? name_of(node.children.front()) : std::string();
}

std::string danger_of(const Node& statement) {
  if (std::string danger = own_danger(statement); !danger.empty()) return danger;
  for (const Node& child : statement.children)
    if (std::string danger = danger_of(child); !danger.empty()) return danger;
  return {};
}

}  // namespace dbops::postgres

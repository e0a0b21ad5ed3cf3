#include "connectors/postgres/names.h"

#include <pg_query.h>

#include <boost/json.hpp>
#include <memory>

#include "base/json.h"

namespace dbops::postgres {
namespace {

constexpr size_t kRuledBytesMax = 256u << 10;  // bytes of a statement that is held to rules

struct TreeFree {
  void operator()(PgQueryParseResult* tree) const { pg_query_free_parse_result(*tree); }
};

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string text(const object& node, std::string_view key) {
  const value* found = node.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// {"String": {"sval": "x"}}
std::string name_in(const value& item) {
  const object* node = item.if_object();
  const value* inner = node == nullptr ? nullptr : node->if_contains("String");
  return inner != nullptr && inner->is_object() ? text(inner->get_object(), "sval") : std::string();
}

class Gatherer {
 public:
  explicit Gatherer(Names& names) : names_(names) {}

  // Bounded by parse_json's limit of depth.
  void walk(const value& node) {
    if (const array* items = node.if_array())
      for (const value& item : *items) walk(item);
    const object* members = node.if_object();
    if (members == nullptr) return;
    // A range's own fields stand in one object, with and without its type around it.
    if (members->contains("relname")) relation(*members);
    for (const auto& [key, child] : *members) {
      if (child.is_object()) note(key, child.get_object());
      if (key == "fields" && child.is_array()) field(child.get_array());
      if (key == "funcname" && child.is_array() && !child.get_array().empty())
        names_.functions.insert(name_in(child.get_array().back()));
      walk(child);
    }
  }

 private:
  void relation(const object& range) {
    names_.relations.insert({text(range, "schemaname"), text(range, "relname")});
    names_.aliases.insert(text(range, "relname"));
  }
  void note(std::string_view key, const object& node) {
    if (key == "A_Star") names_.star = true;
    if (key == "String") names_.identifiers.insert(text(node, "sval"));
    if (node.contains("aliasname")) names_.aliases.insert(text(node, "aliasname"));
    if (node.contains("aliasname") && node.contains("colnames")) names_.renames = true;
    if (key == "JoinExpr") {
      const value* natural = node.if_contains("isNatural");
      if (natural != nullptr && natural->is_bool() && natural->get_bool()) names_.natural = true;
    }
  }
  void field(const array& parts) {
    if (parts.empty()) return;
    names_.last_fields.insert(name_in(parts.back()));
    if (parts.size() > 1) names_.attributes.insert(name_in(parts.back()));
  }
  Names& names_;
};

}  // namespace

Result<Names> names_of(std::string_view statement) {
  if (statement.size() > kRuledBytesMax)
    return fail(Code::too_large, "the statement is too long to be held to this connection's policy",
                "send it in smaller parts");
  const std::string terminated(statement);
  PgQueryParseResult tree = pg_query_parse(terminated.c_str());
  const std::unique_ptr<PgQueryParseResult, TreeFree> owner(&tree);
  if (tree.error != nullptr) return fail(Code::syntax, tree.error->message);
  // Deeper than parse_json goes is refused, not cut.
  DBOPS_ASSIGN(const value document, parse_json(tree.parse_tree));
  const value* statements = document.as_object().if_contains("stmts");
  const array* list = statements == nullptr ? nullptr : statements->if_array();
  if (list == nullptr || list->size() != 1)
    return fail(Code::forbidden, "under this connection's policy statements are run one at a time");
  Names names;
  const value* statement_node = list->front().as_object().if_contains("stmt");
  if (statement_node != nullptr && statement_node->is_object() &&
      !statement_node->get_object().empty())
    names.kind = std::string_view(statement_node->get_object().begin()->key());
  Gatherer(names).walk(document);
  names.aliases.erase("");
  names.last_fields.erase("");
  return names;
}

}  // namespace dbops::postgres

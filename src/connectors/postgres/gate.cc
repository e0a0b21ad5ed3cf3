#include "connectors/postgres/gate.h"

#include "base/text.h"
#include "connectors/postgres/functions.h"

namespace dbops::postgres {
namespace {

constexpr const char* kVolatileFunctions =
    "SELECT p.proname, n.nspname, n.nspname = ANY (pg_catalog.current_schemas(true)), "
    "n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' "
    "AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid), "
    "p.pronargs > 0 AND p.pronargs - p.pronargdefaults <= 1 AND (p.provariadic <> 0 OR EXISTS "
    "(SELECT FROM pg_catalog.pg_type t WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'd', "
    "'p'))) "
    "FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace "
    "WHERE p.proname = ANY ($1::pg_catalog.name[]) AND p.provolatile = 'v'";

tl::unexpected<Error> refuse(const std::string& name) {
  return fail(
      Code::forbidden,
      "refused: " + escape_control(name) + "() is declared VOLATILE, so it may change something",
      "declare it STABLE or IMMUTABLE where it is, or call it with execute on a connection "
      "of the write tier");
}

}  // namespace

uint64_t Gate::epoch() {
  const auto now = std::chrono::steady_clock::now();
  if (epoch_ == 0 || now - born_ > kLife || by_name_.size() > kNamesMax) {
    by_name_.clear();
    born_ = now;
    ++epoch_;
  }
  return epoch_;
}

Result<void> Gate::learn(const Context& context, Link& link,
                         const std::vector<std::string>& names) {
  DBOPS_ASSIGN(const Rows rows, link.ask(context, {.sql = kVolatileFunctions,
                                                   .parameters = {array_literal(names)}}));
  for (const std::string& name : names) by_name_[name];
  for (int row = 0; row < rows.size(); ++row)
    by_name_[rows.string(row, 0)].push_back({.schema = rows.string(row, 1),
                                             .visible = rows.boolean(row, 2),
                                             .known = rows.boolean(row, 3),
                                             .takes_row = rows.boolean(row, 4)});
  return {};
}

Result<void> Gate::check(const Context& context, Link& link, const Facts& facts) {
  epoch();
  std::vector<std::string> unknown;
  for (const Call& call : facts.calls)
    if (!by_name_.contains(call.name)) unknown.push_back(call.name);
  for (const std::string& name : facts.attributes)
    if (!by_name_.contains(name)) unknown.push_back(name);
  if (!unknown.empty()) DBOPS_TRY(learn(context, link, unknown));
  for (const Call& call : facts.calls) {
    const FunctionRule* rule = function_rule(call.name);
    for (const Volatile& function : by_name_[call.name]) {
      const bool meant = call.schema.empty() ? function.visible : function.schema == call.schema;
      if (meant && !(rule && rule->tier == Tier::read && function.known)) return refuse(call.name);
    }
  }
  for (const std::string& name : facts.attributes)
    for (const Volatile& function : by_name_[name])
      if (function.takes_row && !function.known) return refuse(name);
  return {};
}

}  // namespace dbops::postgres

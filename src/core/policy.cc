#include "core/policy.h"

#include <algorithm>

#include "core/grants.h"

namespace dbops {
namespace {

// Who may do what where, for the messages.
struct Bounds {
  Bounds(const Context& caller, const ConnectionOptions& options)
      : context(caller),
        connection(options),
        tier(effective_tier(caller, options).value_or(Tier::read)) {}

  // Of the two bounds it is the caller's grants that are in the way.
  bool grants_bind(Tier wanted) const { return wanted <= connection.tier; }
  // ... and of those not the scopes.
  bool policy_binds(Tier wanted) const {
    return grants_bind(wanted) && context.grants &&
           context.grants->granted(connection.name) >= wanted;
  }

  const Context& context;
  const ConnectionOptions& connection;
  const Tier tier;
};

std::string describe(const Bounds& bounds, Tier wanted) {
  const std::string subject = "connection \"" + bounds.connection.name + "\" ";
  const bool grants = bounds.grants_bind(wanted);
  const Tier tier = grants ? bounds.tier : bounds.connection.tier;
  if (tier == Tier::read)
    return subject + "is read-only for " + (grants ? bounds.context.principal : "dbops");
  return subject + "has the tier " + std::string(name(tier)) +
         (grants ? " for " + bounds.context.principal : "");
}

// How the owner of dbops lets this connection do what `tier` may.
std::string how_to_allow(const Bounds& bounds, Tier tier) {
  const std::string wanted(name(tier));
  const std::string& connection = bounds.connection.name;
  if (bounds.policy_binds(tier))
    return "if it is meant to, raise tier = \"" + std::string(name(bounds.tier)) +
           "\" in the policy of " + bounds.context.principal + " in dbops.toml";
  if (bounds.grants_bind(tier))
    return "if it is meant to, grant " + bounds.context.principal + " the scope db:" + wanted +
           ":" + connection;
  return "if it is meant to, start dbops with --tier " + connection + "=" + wanted +
         ", or set tier = \"" + wanted + "\" under [connections." + connection + "] in dbops.toml";
}

// Of a script with several statements, which one.
std::string which(const Script& script, size_t index) {
  if (script.statements.size() == 1) return {};
  return "statement " + std::to_string(index + 1) + " of " +
         std::to_string(script.statements.size()) + ": ";
}

Error refuse(const Bounds& bounds, const Script& script, size_t index, Mode mode) {
  const Statement& statement = script.statements[index];
  const std::string what = which(script, index) + statement.reason;
  if (statement.tier <= bounds.tier)  // Only the mode is in the way.
    return Error{.code = Code::forbidden,
                 .message = "a query may only read: " + what,
                 .hint = "use execute for statements that write"};
  return Error{.code = Code::forbidden,
               .message = describe(bounds, statement.tier) + ": " + what,
               .hint = how_to_allow(bounds, statement.tier) +
                       (mode == Mode::read ? ", and then use execute" : "")};
}

Error refuse_operation(const ConnectionOptions& connection, std::string_view operation) {
  return Error{.code = Code::forbidden,
               .message = "the policy of the connection \"" + connection.name +
                          "\" does not have the operation " + std::string(operation),
               .hint =
                   "if it is meant to, its owner names it in allow_operations under "
                   "[connections." +
                   connection.name + ".policy], or in the policy of whoever asks, in dbops.toml"};
}

}  // namespace

std::optional<Tier> effective_tier(const Context& context, const ConnectionOptions& connection) {
  if (!context.grants) return connection.tier;
  const auto granted = context.grants->on(connection.name);
  if (!granted) return std::nullopt;
  return std::min(*granted, connection.tier);
}

Access effective_access(const Context& context, const ConnectionOptions& connection) {
  return context.grants ? context.grants->access(connection.name) : Access();
}

Verdict judge(const Context& context, const ConnectionOptions& connection, const Script& script,
              Mode mode) {
  const Bounds bounds(context, connection);
  const Tier allowed = mode == Mode::read ? Tier::read : bounds.tier;
  Verdict verdict;
  for (size_t i = 0; i < script.statements.size(); ++i) {
    if (script.statements[i].tier > allowed) {
      verdict.refusal = refuse(bounds, script, i, mode);
      return verdict;
    }
  }
  verdict.allowed = true;
  if (mode != Mode::write) return verdict;  // A rehearsal is rolled back: nothing to confirm.
  for (const Statement& statement : script.statements)
    if (!statement.danger.empty()) verdict.dangers.push_back(statement.danger);
  return verdict;
}

Result<void> judge_tool(const ConnectionOptions& connection, std::string_view tool) {
  // Findings and advice are made with dbops' own rights; messages may hold what a table does.
  const bool unchecked = tool == "diagnose" || tool == "listen";
  const Access& access = connection.access;
  if (unchecked ? access.unchecked_operation(tool) : access.operation(tool)) return {};
  return fail(refuse_operation(connection, tool));
}

Result<void> judge_write(const Context& context, const ConnectionOptions& connection,
                         std::string_view what) {
  const Bounds bounds(context, connection);
  if (bounds.tier >= Tier::write) return {};
  return fail(Code::forbidden, describe(bounds, Tier::write) + ": " + std::string(what),
              how_to_allow(bounds, Tier::write));
}

Verdict judge(const Context& context, const ConnectionOptions& connection,
              const Operation& operation, const Arguments& arguments) {
  const Bounds bounds(context, connection);
  Verdict verdict;
  if (operation.tier > bounds.tier) {
    verdict.refusal = Error{.code = Code::forbidden,
                            .message = describe(bounds, operation.tier) + ": the operation " +
                                       std::string(operation.name) + " needs the tier " +
                                       std::string(name(operation.tier)),
                            .hint = how_to_allow(bounds, operation.tier)};
    return verdict;
  }
  if (!connection.access.unchecked_operation(operation.name)) {
    verdict.refusal = refuse_operation(connection, operation.name);
    return verdict;
  }
  verdict.allowed = true;
  if (operation.danger == nullptr) return verdict;
  if (std::string danger = operation.danger(arguments); !danger.empty())
    verdict.dangers.push_back(std::move(danger));
  return verdict;
}

}  // namespace dbops

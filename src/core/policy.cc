#include "core/policy.h"

namespace dbops {
namespace {

std::string describe(const ConnectionOptions& connection) {
  const std::string subject = "connection \"" + connection.name + "\" ";
  return connection.tier == Tier::read
             ? subject + "is read-only for dbops"
             : subject + "has the tier " + std::string(name(connection.tier));
}

// How the owner of dbops lets this connection do what `tier` may.
std::string how_to_allow(const ConnectionOptions& connection, Tier tier) {
  const std::string wanted(name(tier));
  return "if it is meant to, start dbops with --tier " + connection.name + "=" + wanted +
         ", or set tier = \"" + wanted + "\" under [connections." + connection.name +
         "] in dbops.toml";
}

// Of a script with several statements, which one.
std::string which(const Script& script, size_t index) {
  if (script.statements.size() == 1) return {};
  return "statement " + std::to_string(index + 1) + " of " +
         std::to_string(script.statements.size()) + ": ";
}

Error refuse(const ConnectionOptions& connection, const Script& script, size_t index, Mode mode) {
  const Statement& statement = script.statements[index];
  const std::string what = which(script, index) + statement.reason;
  if (statement.tier <= connection.tier)  // Only the mode is in the way.
    return Error{.code = Code::forbidden,
                 .message = "a query may only read: " + what,
                 .hint = "use execute for statements that write"};
  return Error{.code = Code::forbidden,
               .message = describe(connection) + ": " + what,
               .hint = how_to_allow(connection, statement.tier) +
                       (mode == Mode::read ? ", and then use execute" : "")};
}

Error refuse_operation(const ConnectionOptions& connection, std::string_view operation) {
  return Error{.code = Code::forbidden,
               .message = "the policy of the connection \"" + connection.name +
                          "\" does not have the operation " + std::string(operation),
               .hint =
                   "if it is meant to, its owner names it in allow_operations under "
                   "[connections." +
                   connection.name + ".policy] in dbops.toml"};
}

}  // namespace

Verdict judge(const ConnectionOptions& connection, const Script& script, Mode mode) {
  const Tier allowed = mode == Mode::read ? Tier::read : connection.tier;
  Verdict verdict;
  for (size_t i = 0; i < script.statements.size(); ++i) {
    if (script.statements[i].tier > allowed) {
      verdict.refusal = refuse(connection, script, i, mode);
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
  // Findings and advice are made with dbops' own rights.
  const bool unchecked = tool == "diagnose";
  const Access& access = connection.access;
  if (unchecked ? access.unchecked_operation(tool) : access.operation(tool)) return {};
  return fail(refuse_operation(connection, tool));
}

Verdict judge(const ConnectionOptions& connection, const Operation& operation,
              const Arguments& arguments) {
  Verdict verdict;
  if (operation.tier > connection.tier) {
    verdict.refusal =
        Error{.code = Code::forbidden,
              .message = describe(connection) + ": the operation " + std::string(operation.name) +
                         " needs the tier " + std::string(name(operation.tier)),
              .hint = how_to_allow(connection, operation.tier)};
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

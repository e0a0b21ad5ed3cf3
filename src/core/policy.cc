#include "core/policy.h"

#include <algorithm>

#include "base/grants.h"

namespace dbops {
namespace {

// Who may do what where, for the messages.
struct Access {
  Access(const Context& caller, const ConnectionOptions& options)
      : context(caller),
        connection(options),
        tier(effective_tier(caller, options).value_or(Tier::read)) {}

  // Of the two bounds it is the caller's grants that are in the way.
  bool grants_bind(Tier wanted) const { return wanted <= connection.tier; }

  const Context& context;
  const ConnectionOptions& connection;
  const Tier tier;
};

std::string describe(const Access& access, Tier wanted) {
  const std::string subject = "connection \"" + access.connection.name + "\" ";
  const bool grants = access.grants_bind(wanted);
  const Tier tier = grants ? access.tier : access.connection.tier;
  if (tier == Tier::read)
    return subject + "is read-only for " + (grants ? access.context.principal : "dbops");
  return subject + "has the tier " + std::string(name(tier)) +
         (grants ? " for " + access.context.principal : "");
}

// How the owner of dbops lets this connection do what `tier` may.
std::string how_to_allow(const Access& access, Tier tier) {
  const std::string wanted(name(tier));
  const std::string& connection = access.connection.name;
  if (access.grants_bind(tier))
    return "if it is meant to, grant " + access.context.principal + " the scope db:" + wanted +
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

Error refuse(const Access& access, const Script& script, size_t index, Mode mode) {
  const Statement& statement = script.statements[index];
  const std::string what = which(script, index) + statement.reason;
  if (statement.tier <= access.tier)  // Only the mode is in the way.
    return Error{.code = Code::forbidden,
                 .message = "a query may only read: " + what,
                 .hint = "use execute for statements that write"};
  return Error{.code = Code::forbidden,
               .message = describe(access, statement.tier) + ": " + what,
               .hint = how_to_allow(access, statement.tier) +
                       (mode == Mode::read ? ", and then use execute" : "")};
}

}  // namespace

std::optional<Tier> effective_tier(const Context& context, const ConnectionOptions& connection) {
  if (!context.grants) return connection.tier;
  const auto granted = context.grants->on(connection.name);
  if (!granted) return std::nullopt;
  return std::min(*granted, connection.tier);
}

Verdict judge(const Context& context, const ConnectionOptions& connection, const Script& script,
              Mode mode) {
  const Access access(context, connection);
  const Tier allowed = mode == Mode::read ? Tier::read : access.tier;
  Verdict verdict;
  for (size_t i = 0; i < script.statements.size(); ++i) {
    if (script.statements[i].tier > allowed) {
      verdict.refusal = refuse(access, script, i, mode);
      return verdict;
    }
  }
  verdict.allowed = true;
  if (mode != Mode::write) return verdict;  // A rehearsal is rolled back: nothing to confirm.
  for (const Statement& statement : script.statements)
    if (!statement.danger.empty()) verdict.dangers.push_back(statement.danger);
  return verdict;
}

Verdict judge(const Context& context, const ConnectionOptions& connection,
              const Operation& operation, const Arguments& arguments) {
  const Access access(context, connection);
  Verdict verdict;
  if (operation.tier > access.tier) {
    verdict.refusal = Error{.code = Code::forbidden,
                            .message = describe(access, operation.tier) + ": the operation " +
                                       std::string(operation.name) + " needs the tier " +
                                       std::string(name(operation.tier)),
                            .hint = how_to_allow(access, operation.tier)};
    return verdict;
  }
  verdict.allowed = true;
  if (operation.danger == nullptr) return verdict;
  if (std::string danger = operation.danger(arguments); !danger.empty())
    verdict.dangers.push_back(std::move(danger));
  return verdict;
}

}  // namespace dbops

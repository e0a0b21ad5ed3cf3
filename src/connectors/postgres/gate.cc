#include "connectors/postgres/gate.h"

#include <array>
#include <set>

#include "base/text.h"
#include "connectors/postgres/functions.h"
#include "connectors/postgres/gate_sql.h"

namespace dbops::postgres {
namespace {

// What calls a function, for a message.
std::string_view words(char kind) {
  switch (kind) {
    case 'o':
      return "the operator ";
    case 't':
      return "the type ";
    case 'r':
      return "the relation ";
    default:
      return "the aggregate ";
  }
}

tl::unexpected<Error> refuse(char kind, const std::string& name, const std::string& function,
                             const FunctionRule* rule) {
  const bool direct = kind == 'f' && name == function;
  const std::string caller = direct ? "" : std::string(words(kind)) + name + " calls ";
  const bool named = rule && rule->tier != Tier::read;
  return fail(
      Code::forbidden,
      "refused: " + escape_control(caller + function) + "()" + (direct ? " " : ", which ") +
          (named ? std::string(rule->reason) : "is declared VOLATILE, so it may change something"),
      std::string(named ? "" : "declare it STABLE or IMMUTABLE where it is, or ") +
          "run the statement with execute on a connection of the write tier");
}

bool means(const Call& name, const std::string& schema, bool visible) {
  return name.schema.empty() ? visible : schema == name.schema;
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

Result<void> Gate::learn(const Context& context, Link& link, const Facts& facts) {
  // In the order of the statement's parameters. `mood(x)` may be a cast to the type mood.
  const std::array<std::pair<char, std::vector<const std::vector<Call>*>>, 4> wanted = {{
      {'f', {&facts.calls}},
      {'o', {&facts.operators}},
      {'t', {&facts.types, &facts.calls}},
      {'r', {&facts.relations}},
  }};
  std::set<Name> unknown;
  const auto want = [&](char kind, const std::string& name) {
    if (!by_name_.contains({kind, name})) unknown.emplace(kind, name);
  };
  for (const auto& [kind, lists] : wanted)
    for (const auto* list : lists)
      for (const Call& call : *list) want(kind, call.name);
  for (const std::string& name : facts.attributes) want('f', name);
  if (unknown.empty()) return {};
  Question question{.sql = kWhatRuns};
  for (const auto& [kind, lists] : wanted) {
    std::vector<std::string> names;
    for (const Name& each : unknown)
      if (each.first == kind) names.push_back(each.second);
    question.parameters.emplace_back(array_literal(names));
  }
  DBOPS_ASSIGN(const Rows rows, link.ask(context, question));
  for (const Name& name : unknown) by_name_[name];
  for (int row = 0; row < rows.size(); ++row)
    by_name_[{rows.text(row, 0).front(), rows.string(row, 1)}].push_back(
        {.schema = rows.string(row, 2),
         .visible = rows.boolean(row, 3),
         .function = rows.string(row, 4),
         .changes = rows.boolean(row, 5),
         .known = rows.boolean(row, 6),
         .takes_row = rows.boolean(row, 7)});
  return {};
}

Result<bool> Gate::check_names(char kind, const std::vector<Call>& names) const {
  bool own = false;
  for (const Call& name : names) {
    for (const Callee& callee : by_name_.at({kind, name.name})) {
      if (!means(name, callee.schema, callee.visible)) continue;
      const FunctionRule* rule = function_rule(callee.function);
      const bool harmless = rule && rule->tier == Tier::read && callee.known;
      if ((callee.changes && !harmless) || (rule && rule->tier != Tier::read))
        return refuse(kind, name.name, callee.function, rule);
      own = own || !callee.known;
    }
  }
  return own;
}

Result<bool> Gate::check(const Context& context, Link& link, const Facts& facts) {
  epoch();
  DBOPS_TRY(learn(context, link, facts));
  DBOPS_ASSIGN(bool own, check_names('f', facts.calls));
  for (const auto& [kind, names] :
       {std::pair{'o', &facts.operators}, std::pair{'t', &facts.types},
        std::pair{'t', &facts.calls}, std::pair{'r', &facts.relations}}) {
    DBOPS_ASSIGN(const bool more, check_names(kind, *names));
    own = own || more;
  }
  for (const std::string& name : facts.attributes) {
    for (const Callee& callee : by_name_[{'f', name}]) {
      if (callee.function == name && !callee.takes_row) continue;
      if (callee.changes && !callee.known) return refuse('f', name, callee.function, nullptr);
      own = own || !callee.known;
    }
  }
  return own;
}

}  // namespace dbops::postgres

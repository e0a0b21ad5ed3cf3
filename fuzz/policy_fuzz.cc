// What a caller may do: never more than who started dbops, than its scopes, than the connection's
// tier, and never more for one more rule.
//
//   T tier    of the connection: read, write, admin (as are the others)
//   @ scope   of the caller
//   = tier    the most that the caller's policy allows
//   S tier    a statement; in upper case one that a person must confirm
//   O tier    an operation, named as its tier
//   + - # < > allow, deny, mask, allow operations, deny operations: for the connection; after a
//   line `*` for the caller ? name    a table to ask for, schema.table
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "core/grants.h"
#include "core/policy.h"
#include "fuzz/check.h"

using namespace dbops;

namespace {

constexpr Mode kModes[] = {Mode::read, Mode::rehearse, Mode::write};

struct Input {
  ConnectionOptions connection;
  AccessRules rules;
  AccessRules caller_rules;
  std::optional<Tier> caller_tier;
  std::vector<std::string> scopes;
  Script script;
  std::vector<Operation> operations;
  std::vector<std::string> tables;
};

Tier tier_of(std::string_view text) {
  const std::string word = lower(text);
  return word == "admin" ? Tier::admin : word == "write" ? Tier::write : Tier::read;
}

Statement statement(std::string_view tier) {
  Statement made{.tier = tier_of(tier)};
  if (made.tier != Tier::read) made.reason = "it writes";
  if (!tier.empty() && tier[0] < 'a') made.danger = "it writes much";
  return made;
}

void read_rule(char kind, std::string text, AccessRules& rules) {
  if (kind == '+') rules.allow.push_back(std::move(text));
  if (kind == '-') rules.deny.push_back(std::move(text));
  if (kind == '#') rules.masks.push_back(std::move(text));
  if (kind == '<') rules.allow_operations.push_back(std::move(text));
  if (kind == '>') rules.deny_operations.push_back(std::move(text));
}

Input read(std::string_view text) {
  Input input;
  input.connection.name = "main";
  AccessRules* rules = &input.rules;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string_view rest = line.substr(1);
    if (line[0] == '*') rules = &input.caller_rules;
    if (line[0] == 'T') input.connection.tier = tier_of(rest);
    if (line[0] == '=') input.caller_tier = tier_of(rest);
    if (line[0] == '@') input.scopes.emplace_back(rest);
    if (line[0] == 'S') input.script.statements.push_back(statement(rest));
    if (line[0] == 'O')
      input.operations.push_back({.name = rest, .description = "", .tier = tier_of(rest)});
    if (line[0] == '?') input.tables.emplace_back(rest);
    read_rule(line[0], std::string(rest), *rules);
  }
  return input;
}

Context caller(const Grants& grants) {
  Context context;
  context.principal = "somebody";
  context.grants = std::make_shared<Grants>(grants);
  return context;
}

void check_refusal(const Error& refusal) {
  check(refusal.code == Code::forbidden && refusal.effect == Effect::none);
  check(!refusal.message.empty() && !refusal.hint.empty());
}

// `tier`: what the caller has there.
void check_script(const Verdict& verdict, const Input& input, Mode mode, Tier tier) {
  const Tier most = mode == Mode::read ? Tier::read : tier;
  size_t dangers = 0;
  bool allowed = true;
  for (const Statement& each : input.script.statements) {
    allowed = allowed && each.tier <= most;
    dangers += each.danger.empty() ? 0 : 1;
  }
  check(verdict.allowed == allowed);
  check(verdict.dangers.size() == (allowed && mode == Mode::write ? dangers : 0));
  if (!allowed) check_refusal(verdict.refusal);
}

void check_caller(const Context& context, const Input& input) {
  const auto tier = effective_tier(context, input.connection);
  if (!tier) return;
  check(*tier <= input.connection.tier);
  check(judge_write(context, input.connection, "it writes").has_value() == (*tier >= Tier::write));
  if (!input.script.statements.empty())
    for (const Mode mode : kModes)
      check_script(judge(context, input.connection, input.script, mode), input, mode, *tier);
  for (const Operation& operation : input.operations) {
    const Verdict verdict = judge(context, input.connection, operation, Arguments());
    check(!verdict.allowed || operation.tier <= *tier);
    check(!verdict.allowed || judge_tool(input.connection, operation.name));
    if (!verdict.allowed) check_refusal(verdict.refusal);
  }
}

void check_tables(const Input& input, const Access& theirs) {
  const Access& ours = input.connection.access;
  const Access both = ours.with(theirs);
  for (const std::string& name : input.tables) {
    const size_t dot = std::min(name.find('.'), name.size());
    const std::string schema = name.substr(0, dot);
    const std::string table = name.substr(std::min(name.size(), dot + 1));
    for (const auto letters : {Access::Case::counts, Access::Case::ignored})
      check(both.table(schema, table, letters) ==
            (ours.table(schema, table, letters) && theirs.table(schema, table, letters)));
    check(both.has_masks(schema, table) ==
          (ours.has_masks(schema, table) || theirs.has_masks(schema, table)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input = read(as_text(data, size));
  auto access = Access::make(std::move(input.rules));
  auto theirs = Access::make(std::move(input.caller_rules));
  if (!access || !theirs) return 0;
  input.connection.access = std::move(*access);
  check_caller(Context{}, input);

  Grants grants;
  std::optional<Tier> before = effective_tier(caller(grants), input.connection);
  check(!before);
  for (const std::string& scope : input.scopes) {
    if (const auto added = grants.add(scope); !added) {
      check(added.error().code == Code::invalid_argument);
      continue;
    }
    const auto now = effective_tier(caller(grants), input.connection);
    check(now >= before);  // One scope more takes nothing away.
    before = now;
  }
  check_caller(caller(grants), input);

  grants.restrict({{"", {.tier = input.caller_tier, .access = *theirs}}});
  const Context restricted = caller(grants);
  const auto now = effective_tier(restricted, input.connection);
  check(now <= before);  // A policy gives nothing.
  check(!now || !input.caller_tier || *now <= *input.caller_tier);
  check_caller(restricted, input);
  check_tables(input, effective_access(restricted, input.connection));
  return 0;
}

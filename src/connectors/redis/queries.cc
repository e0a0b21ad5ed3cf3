#include "connectors/redis/queries.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connectors/redis/bind.h"
#include "connectors/redis/frame.h"
#include "connectors/redis/overwrites.h"
#include "connectors/redis/pipeline.h"
#include "connectors/redis/transaction.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr size_t kCheckedMax = 1000;  // commands whose answer is kept

// Whether COMMAND INFO says that a command writes: among its flags, or the ACL's categories; or is
// a script that the server lets write. nullopt for a command that the server doesn't know.
std::optional<bool> says_write(const RespReply& reply, bool function) {
  if (reply.nodes[0].type != RespType::array || reply.nodes.size() < 2) return true;
  const RespNode& info = reply.nodes[1];
  if (info.type == RespType::null) return std::nullopt;
  if (info.type != RespType::array || info.size < 3) return true;
  bool script = false;
  bool only_reads = false;
  for (const RespNode& node : reply.nodes) {
    if (node.type != RespType::status && node.type != RespType::bulk) continue;
    const std::string_view text = reply.text(node);
    if (text == "write" || text == "@write") return true;
    script = script || text == "@scripting";
    only_reads = only_reads || text == "readonly";
  }
  return script && !(function && only_reads);
}

}  // namespace

size_t name_words(const Statement& statement) {
  return statement.verb.find(' ') == std::string::npos ? 1 : 2;
}

Error sent_on_too_often() {
  return {.code = Code::busy,
          .message = "the nodes of the cluster sent the command on to each other, " +
                     std::to_string(kRedirectsMax) + " times",
          .hint = "slots are on the move, or the nodes disagree: look at CLUSTER INFO",
          .retryable = true};
}

Result<std::unique_ptr<Results>> RedisQueries::run(const Context& context, const Script& script,
                                                   const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  if (mode == Mode::rehearse)
    return fail(Code::unsupported, "Redis can't take a command back: there is no dry run",
                "read first what it would change, such as with TYPE, EXISTS or MEMORY USAGE");
  if (!parameters.empty() && script.statements.size() > 1)
    return fail(Code::invalid_argument, "parameters need a text of one command",
                "send the commands one by one");
  const Tier allowed = mode == Mode::read ? Tier::read : tier_;
  for (const Statement& statement : script.statements) {
    if (statement.tier <= allowed) continue;
    return fail(Code::forbidden, "refused: " + statement.reason,
                mode == Mode::read
                    ? "use execute for commands that write"
                    : "the connection needs the tier " + std::string(name(statement.tier)));
  }
  if (is_transaction(script)) return transaction(context, script, parameters, mode);
  if (rules_.restrict()) DBOPS_TRY(check_keys(script, parameters));
  if (!parameters.empty()) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(0), at));
    if (line) DBOPS_TRY(bind(*std::move(line), parameters, name_words(script.statements[0])));
  }
  return run_pipeline(*this, script, parameters, mode);
}

Result<Queries::Preview> RedisQueries::preview(const Context& context, const Script& script,
                                               const Parameters& parameters) {
  Preview preview{.rehearses = false};
  for (size_t i = 0; i < script.statements.size(); ++i) {
    const Statement& statement = script.statements[i];
    if (statement.danger.empty()) continue;
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(i), at));
    if (!line) continue;
    DBOPS_ASSIGN(const Link::Command words,
                 bind(*std::move(line), parameters, name_words(statement)));
    DBOPS_TRY(rules_.check_command(statement.verb, words, KeyRules::Scans::refused));
    std::string effect = foretell(context, nodes_, statement.verb, words);
    if (!effect.empty()) preview.effects.push_back(std::move(effect));
  }
  return preview;
}

// Of all commands, before the first is sent.
Result<void> RedisQueries::check_keys(const Script& script, const Parameters& parameters) const {
  for (size_t i = 0; i < script.statements.size(); ++i) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(i), at));
    if (!line) continue;
    const Statement& statement = script.statements[i];
    DBOPS_ASSIGN(const Link::Command words,
                 bind(*std::move(line), parameters, name_words(statement)));
    DBOPS_TRY(rules_.check_command(statement.verb, words, KeyRules::Scans::hidden));
  }
  return {};
}

Result<std::unique_ptr<Results>> RedisQueries::transaction(const Context& context,
                                                           const Script& script,
                                                           const Parameters& parameters,
                                                           Mode mode) {
  DBOPS_ASSIGN(Outline parts, outline(script.text));
  Framed framed;
  for (Line& line : parts.watches) {
    DBOPS_TRY(rules_.check_command("WATCH", line.words, KeyRules::Scans::refused));
    framed.watches.push_back(std::move(line.words));
  }
  for (size_t i = 0; i < parts.commands.size(); ++i) {
    const size_t named = name_words(script.statements[i]);
    DBOPS_ASSIGN(Link::Command words, bind(std::move(parts.commands[i]), parameters, named));
    DBOPS_TRY(rules_.check_command(script.statements[i].verb, words, KeyRules::Scans::refused));
    if (mode == Mode::read)
      DBOPS_TRY(check_at_server(context, std::span(words).first(std::min(words.size(), named))));
    (i < parts.multi ? framed.before : framed.inside).push_back(std::move(words));
  }
  return run_transaction(nodes_, script, std::move(framed));
}

// Servers before 7.0 know no subcommands by themselves, but the commands that have them.
Result<bool> RedisQueries::ask_whether_it_writes(const Context& context,
                                                 std::span<const std::string> words) {
  for (size_t count = words.size(); count > 0; --count) {
    std::string command = words[0];
    if (count > 1) command += '|' + words[1];
    auto info = nodes_.seed().ask(context, Words{"COMMAND", "INFO", command});
    if (!info) {
      if (info.error().code == Code::denied)
        info.error().hint = "reads are checked with COMMAND INFO: allow it (+command|info)";
      return fail(std::move(info).error());
    }
    if (const auto writes = says_write(*info, lower(words[0]) == "fcall_ro")) return *writes;
  }
  return false;
}

Result<void> RedisQueries::check_at_server(const Context& context,
                                           std::span<const std::string> words) {
  const std::string command = words.size() > 1 ? words[0] + ' ' + words[1] : words[0];
  auto known = writes_.find(command);
  if (known == writes_.end()) {
    DBOPS_ASSIGN(const bool writes, ask_whether_it_writes(context, words));
    if (writes_.size() == kCheckedMax) writes_.clear();
    known = writes_.emplace(command, writes).first;
  }
  if (!known->second) return {};
  return fail(Code::forbidden,
              "refused: the server says that " + escape_control(shorten(command, 64)) + " writes",
              "use execute for commands that write");
}

}  // namespace dbops::redis

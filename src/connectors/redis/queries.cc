#include "connectors/redis/queries.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connectors/redis/bind.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr size_t kCheckedMax = 1000;  // commands whose answer is kept

// How many words are the command's name: "CLIENT INFO" has two.
size_t name_words(const Statement& statement) {
  return statement.verb.find(' ') == std::string::npos ? 1 : 2;
}

class RedisResults final : public Results {
 public:
  RedisResults(RedisQueries& queries, const Script& script, const Parameters& parameters, Mode mode)
      : queries_(queries), script_(script), parameters_(parameters), mode_(mode) {}

  Result<Stream*> next(const Context& context) override {
    if (auto passed = queries_.link().pass_over(context); !passed)
      return failed(std::move(passed).error());
    stream_.reset();
    if (index_ == script_.statements.size()) return nullptr;
    auto stream = run(context, script_.statements[index_++]);
    if (!stream) return failed(std::move(stream).error());
    stream_ = *std::move(stream);
    return stream_.get();
  }

 private:
  Result<std::unique_ptr<Stream>> run(const Context& context, const Statement& statement) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script_.statement_text(index_ - 1), at));
    if (!line) return fail(Code::internal, "the statement has no command in it");
    DBOPS_ASSIGN(const auto words, bind(*std::move(line), parameters_, name_words(statement)));
    if (mode_ == Mode::read)
      DBOPS_TRY(queries_.check_at_server(
          context, std::span(words).first(std::min(words.size(), name_words(statement)))));
    const bool writes = statement.tier > Tier::read;
    auto stream = run_command(context, queries_.link(), words, statement.verb,
                              wrote_ || writes ? Effect::applied : Effect::none);
    // The command may have arrived before the link broke.
    if (!stream && stream.error().session_broken && writes) stream.error().effect = Effect::unknown;
    if (stream && writes) wrote_ = true;
    return stream;
  }

  tl::unexpected<Error> failed(Error error) const {
    if (error.effect == Effect::none && wrote_) error.effect = Effect::applied;
    return fail(std::move(error));
  }

  RedisQueries& queries_;
  const Script& script_;
  const Parameters& parameters_;
  const Mode mode_;
  size_t index_ = 0;
  bool wrote_ = false;
  std::unique_ptr<Stream> stream_;
};

// Whether COMMAND INFO says that a command writes, or is a script, which may: among its flags, or
// the ACL's categories. nullopt for a command that the server doesn't know.
std::optional<bool> says_write(const RespReply& reply) {
  if (reply.nodes[0].type != RespType::array || reply.nodes.size() < 2) return true;
  const RespNode& info = reply.nodes[1];
  if (info.type == RespType::null) return std::nullopt;
  if (info.type != RespType::array || info.size < 3) return true;
  for (const RespNode& node : reply.nodes) {
    if (node.type != RespType::status && node.type != RespType::bulk) continue;
    const std::string_view text = reply.text(node);
    if (text == "write" || text == "@write" || text == "@scripting") return true;
  }
  return false;
}

}  // namespace

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
  if (!parameters.empty()) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(0), at));
    if (line) DBOPS_TRY(bind(*std::move(line), parameters, name_words(script.statements[0])));
  }
  return std::make_unique<RedisResults>(*this, script, parameters, mode);
}

// Servers before 7.0 know no subcommands by themselves, but the commands that have them.
Result<bool> RedisQueries::ask_whether_it_writes(const Context& context,
                                                 std::span<const std::string> words) {
  for (size_t count = words.size(); count > 0; --count) {
    std::string command = words[0];
    if (count > 1) command += '|' + words[1];
    auto info = link_.ask(context, Words{"COMMAND", "INFO", command});
    if (!info) {
      if (info.error().code == Code::denied)
        info.error().hint = "reads are checked with COMMAND INFO: allow it (+command|info)";
      return fail(std::move(info).error());
    }
    if (const auto writes = says_write(*info)) return *writes;
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

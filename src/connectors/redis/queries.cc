#include "connectors/redis/queries.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr size_t kCheckedMax = 1000;  // commands whose answer is kept

class RedisResults final : public Results {
 public:
  RedisResults(RedisQueries& queries, const Script& script, Mode mode)
      : queries_(queries), script_(script), mode_(mode) {}

  Result<Stream*> next(const Context& context) override {
    stream_.reset();
    if (index_ == script_.statements.size()) return nullptr;
    const Statement& statement = script_.statements[index_];
    auto reply = run(context, statement);
    ++index_;
    if (!reply) {
      Error error = std::move(reply).error();
      if (error.effect == Effect::none && wrote_) error.effect = Effect::applied;
      return fail(std::move(error));
    }
    wrote_ = wrote_ || statement.tier > Tier::read;
    stream_ = reply_stream(std::move(*reply), statement.verb);
    return stream_.get();
  }

 private:
  Result<RespReply> run(const Context& context, const Statement& statement) {
    size_t at = 0;
    DBOPS_ASSIGN(const auto line, next_line(script_.statement_text(index_), at));
    if (!line) return fail(Code::internal, "the statement has no command in it");
    if (mode_ == Mode::read) DBOPS_TRY(queries_.check_at_server(context, line->words[0]));
    auto reply = queries_.link().ask(context, Words(line->words.begin(), line->words.end()));
    // The command may have arrived before the link broke.
    if (!reply && reply.error().session_broken && statement.tier > Tier::read)
      reply.error().effect = Effect::unknown;
    return reply;
  }

  RedisQueries& queries_;
  const Script& script_;
  const Mode mode_;
  size_t index_ = 0;
  bool wrote_ = false;
  std::unique_ptr<Stream> stream_;
};

// Whether COMMAND INFO lists "write" among the flags, its third part. A command that the server
// doesn't know writes nothing.
bool says_write(const RespReply& reply) {
  if (reply.nodes[0].type != RespType::array || reply.nodes.size() < 2) return true;
  const RespNode& info = reply.nodes[1];
  if (info.type == RespType::null) return false;
  constexpr size_t kFlags = 4;  // Behind the reply, the command's array, its name and its arity.
  if (info.type != RespType::array || info.size < 3 || reply.nodes.size() <= kFlags) return true;
  const RespNode& flags = reply.nodes[kFlags];
  for (size_t i = 1; i < flags.nodes; ++i) {
    const RespNode& flag = reply.nodes[kFlags + i];
    if (flag.type != RespType::status && flag.type != RespType::bulk) return true;
    if (reply.text(flag) == "write") return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<Results>> RedisQueries::run(const Context& context, const Script& script,
                                                   const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  if (mode == Mode::rehearse)
    return fail(Code::unsupported, "Redis can't take a command back: there is no dry run");
  if (!parameters.empty())
    return fail(Code::unsupported, "commands take no parameters",
                "write values as words: in double quotes, other bytes as \\xHH");
  const Tier allowed = mode == Mode::read ? Tier::read : tier_;
  for (const Statement& statement : script.statements) {
    if (statement.tier <= allowed) continue;
    return fail(Code::forbidden, "refused: " + statement.reason,
                mode == Mode::read
                    ? "use execute for commands that write"
                    : "the connection needs the tier " + std::string(name(statement.tier)));
  }
  return std::make_unique<RedisResults>(*this, script, mode);
}

Result<void> RedisQueries::check_at_server(const Context& context, const std::string& command) {
  auto known = writes_.find(command);
  if (known == writes_.end()) {
    auto info = link_.ask(context, Words{"COMMAND", "INFO", command});
    if (!info) {
      if (info.error().code == Code::denied)
        info.error().hint = "reads are checked with COMMAND INFO: allow it (+command|info)";
      return fail(std::move(info).error());
    }
    if (writes_.size() == kCheckedMax) writes_.clear();
    known = writes_.emplace(command, says_write(*info)).first;
  }
  if (!known->second) return {};
  return fail(Code::forbidden,
              "refused: the server says that " + escape_control(shorten(command, 64)) + " writes",
              "use execute for commands that write");
}

}  // namespace dbops::redis

#include "connectors/redis/dialect.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/frame.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

class RedisDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view text) const override {
    if (text.size() > kScriptBytesMax)
      return fail(Code::too_large,
                  "the commands have " + format_bytes(text.size()) + "; at most " +
                      format_bytes(kScriptBytesMax) + " are taken",
                  "send them in parts");
    if (text.find('\0') != std::string_view::npos)
      return fail(Code::invalid_argument, "the command holds a NUL character",
                  "write it as \\x00 in double quotes");
    if (!valid_utf8(text))
      return fail(Code::invalid_argument, "the command is not UTF-8",
                  "write other bytes as \\xHH in double quotes");
    Script script{.text = std::string(text), .statements = {}};
    auto parts = outline(text);
    if (!parts) return at_character(std::move(parts).error(), text);
    script.statements.reserve(parts->commands.size());
    for (const Line& line : parts->commands) {
      Class found = classify(line.words);
      if (script.statements.size() < parts->multi.value_or(0) && found.tier > Tier::read)
        return at_character(
            Error{.code = Code::invalid_argument,
                  .message = found.verb + " stands in front of MULTI, where it would run alone",
                  .hint = "in front of MULTI stand reads: put it behind",
                  .position = line.offset + 1},
            text);
      if (found.link)
        return fail(Code::unsupported, found.verb + " would change the link that dbops uses",
                    "user, password and database stand in the connection's URL");
      script.statements.push_back({.offset = line.offset,
                                   .size = line.size,
                                   .verb = std::move(found.verb),
                                   .tier = found.tier,
                                   .reason = std::move(found.reason),
                                   .danger = std::move(found.danger),
                                   .transactional = false});
    }
    if (script.statements.empty())
      return fail(Code::invalid_argument, "there is no command in the text");
    return script;
  }

  std::string quote(std::string_view identifier) const override { return quote_word(identifier); }
  std::vector<std::string_view> keywords() const override { return known_commands(); }
};

}  // namespace

const Dialect& dialect() {
  static const RedisDialect kDialect;
  return kDialect;
}

}  // namespace dbops::redis

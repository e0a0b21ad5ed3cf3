#include "connectors/redis/dialect.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

// Turns a position in bytes into one in characters.
tl::unexpected<Error> at_character(Error error, std::string_view text) {
  const std::string_view before = text.substr(0, error.position.value_or(1) - 1);
  error.position = 1 + std::count_if(before.begin(), before.end(), [](char c) {
                     return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                   });
  return fail(std::move(error));
}

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
    for (size_t at = 0;;) {
      auto next = next_line(text, at);
      if (!next) return at_character(std::move(next).error(), text);
      const auto& line = *next;
      if (!line) break;
      if (line->words[0].empty())
        return at_character(Error{.code = Code::syntax,
                                  .message = "the name of the command is empty",
                                  .position = line->offset + 1},
                            text);
      if (script.statements.size() == kStatementsMax)
        return fail(Code::too_large,
                    "there are more than " + std::to_string(kStatementsMax) + " commands",
                    "send them in parts");
      Class found = classify(line->words);
      if (found.link)
        return fail(Code::unsupported, found.verb + " would change the link that dbops uses",
                    "user, password and database stand in the connection's URL");
      script.statements.push_back({.offset = line->offset,
                                   .size = line->size,
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

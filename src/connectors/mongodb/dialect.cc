#include "connectors/mongodb/dialect.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "connectors/mongodb/classify.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

Result<void> check_text(std::string_view text) {
  if (text.size() > kScriptBytesMax)
    return fail(Code::too_large,
                "the commands have " + format_bytes(text.size()) + "; at most " +
                    format_bytes(kScriptBytesMax) + " are taken",
                "send them in parts");
  if (text.find('\0') != std::string_view::npos)
    return fail(Code::invalid_argument, "the command holds a NUL character",
                "write it as \\u0000 in a string");
  if (!valid_utf8(text))
    return fail(Code::invalid_argument, "the command is not UTF-8",
                R"(write other bytes as {"$binary": {"base64": "...", "subType": "00"}})");
  return {};
}

class MongoDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view text) const override {
    DBOPS_TRY(check_text(text));
    Script script{.text = std::string(text), .statements = {}};
    for (size_t at = 0;;) {
      auto piece = next_piece(text, at);
      if (!piece) return at_character(std::move(piece).error(), text);
      if (!*piece) break;
      if (script.statements.size() == kStatementsMax)
        return fail(Code::too_large,
                    "there are more than " + std::to_string(kStatementsMax) + " commands",
                    "send them in parts");
      auto statement = read(text, **piece);
      if (!statement) return at_character(std::move(statement).error(), text);
      script.statements.push_back(*std::move(statement));
    }
    if (script.statements.empty())
      return fail(Code::invalid_argument, "there is no command in the text");
    return script;
  }

  // As a string of JSON.
  std::string quote(std::string_view identifier) const override {
    std::string quoted;
    JsonWriter(quoted).string(identifier);
    return quoted;
  }
  std::vector<std::string_view> keywords() const override { return known_commands(); }

 private:
  static Result<Statement> read(std::string_view text, Piece piece) {
    auto command = parse_document(text.substr(piece.offset, piece.size));
    if (!command) {
      Error error = std::move(command).error();
      error.position = piece.offset + error.position.value_or(0) + 1;
      return fail(std::move(error));
    }
    Class found = classify(**command);
    if (found.verb.empty())
      return fail(Error{.code = Code::syntax,
                        .message = "the command is empty: its first field is its name",
                        .position = piece.offset + 1});
    if (found.link)
      return fail(Code::unsupported,
                  found.verb + " would change the link or the session that dbops uses",
                  "user, password and read preference stand in the connection's URL");
    return Statement{.offset = piece.offset,
                     .size = piece.size,
                     .verb = std::move(found.verb),
                     .tier = found.tier,
                     .reason = std::move(found.reason),
                     .danger = std::move(found.danger),
                     .transactional = found.transactional};
  }
};

}  // namespace

const Dialect& dialect() {
  static const MongoDialect kDialect;
  return kDialect;
}

}  // namespace dbops::mongodb

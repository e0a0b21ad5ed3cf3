#include "connectors/postgres/dialect.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/classify.h"
#include "connectors/postgres/keywords.h"
#include "connectors/postgres/tokens.h"

namespace dbops::postgres {
namespace {

bool plain(std::string_view identifier) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto goes_on = [&](char c) { return starts(c) || (c >= '0' && c <= '9'); };
  return !identifier.empty() && starts(identifier.front()) &&
         std::all_of(identifier.begin(), identifier.end(), goes_on);
}

class PostgresDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view text) const override {
    if (text.size() > kScriptBytesMax)
      return fail(Code::too_large,
                  "the text has " + format_bytes(text.size()) + "; at most " +
                      format_bytes(kScriptBytesMax) + " are taken",
                  "send it in parts");
    if (text.find('\0') != std::string_view::npos)
      return fail(Code::invalid_argument, "the text holds a NUL byte");
    if (!valid_utf8(text)) return fail(Code::invalid_argument, "the text is not valid UTF-8");
    DBOPS_ASSIGN(const std::vector<Parsed> all, parse_tree(text));
    if (all.empty()) return fail(Code::invalid_argument, "there is no statement in the text");
    if (all.size() > kStatementsMax)
      return fail(Code::too_large,
                  "the text has " + std::to_string(all.size()) + " statements; at most " +
                      std::to_string(kStatementsMax) + " are taken",
                  "send it in parts");
    Script script;
    script.text = text;
    for (const Parsed& parsed : all) {
      DBOPS_ASSIGN(Statement statement, classify(parsed));
      place(text, parsed, statement);
      script.statements.push_back(std::move(statement));
    }
    return script;
  }

  std::string quote(std::string_view identifier) const override {
    if (plain(identifier) && !is_keyword(identifier)) return std::string(identifier);
    std::string quoted = "\"";
    for (const char c : identifier) {
      if (c == '"') quoted += '"';
      quoted += c;
    }
    return quoted += '"';
  }

  std::vector<std::string_view> keywords() const override { return statement_keywords(); }

 private:
  // Without the comments and blanks around it.
  static void place(std::string_view text, const Parsed& parsed, Statement& statement) {
    const size_t end = std::min(text.size(), parsed.offset + parsed.size);
    statement.offset = std::min(skip_blanks(text, parsed.offset), end);
    statement.size = end - statement.offset;
    const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
    while (statement.size > 0 && blank(text[statement.offset + statement.size - 1]))
      --statement.size;
  }
};

}  // namespace

const Dialect& dialect() {
  static const PostgresDialect instance;
  return instance;
}

}  // namespace dbops::postgres

#include "connectors/elasticsearch/dialect.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/endpoints.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/removals.h"

namespace dbops::elasticsearch {
namespace {

constexpr auto kKeywords = std::to_array<std::string_view>(
    {"DELETE", "DESCRIBE", "DISSECT", "DROP",  "ENRICH", "EVAL",      "FROM", "GET",
     "GROK",   "HEAD",     "KEEP",    "LIMIT", "LOOKUP", "MV_EXPAND", "POST", "PUT",
     "RENAME", "ROW",      "SELECT",  "SHOW",  "SORT",   "STATS",     "WHERE"});

Result<Statement> statement_of(const Piece& piece) {
  Statement statement{.offset = piece.offset, .size = piece.size, .transactional = false};
  if (piece.language != Language::console) {
    statement.verb = piece.language == Language::esql ? "ES|QL" : "SELECT";
    statement.tier = Tier::read;
    return statement;
  }
  DBOPS_ASSIGN(Class found, classify(piece.method, piece.path));
  DBOPS_TRY(check_removals(piece.path, piece.body));
  if (std::string removed = removed_by(piece.path, piece.body); !removed.empty())
    found.danger = std::move(removed);
  statement.verb = std::move(found.verb);
  statement.tier = found.tier;
  statement.reason = std::move(found.reason);
  statement.danger = std::move(found.danger);
  return statement;
}

class ElasticDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view text) const override {
    if (text.size() > kScriptBytesMax)
      return fail(Code::too_large,
                  "the text has " + format_bytes(text.size()) + "; at most " +
                      format_bytes(kScriptBytesMax) + " are taken",
                  "send it in parts");
    if (text.find('\0') != std::string_view::npos || !valid_utf8(text))
      return fail(Code::invalid_argument, "the text holds a NUL character, or is not UTF-8",
                  "in a JSON string write \\u0000 for NUL");
    Script script{.text = std::string(text), .statements = {}};
    for (size_t at = 0;;) {
      auto piece = next_piece(text, at);
      if (!piece) return at_character(std::move(piece).error(), text);
      if (!*piece) break;
      if (script.statements.size() == kStatementsMax)
        return fail(Code::too_large,
                    "there are more than " + std::to_string(kStatementsMax) + " statements",
                    "send them in parts, or as one _bulk");
      DBOPS_ASSIGN(Statement statement, statement_of(**piece));
      script.statements.push_back(std::move(statement));
    }
    if (script.statements.empty())
      return fail(Code::invalid_argument, "there is no statement in the text");
    return script;
  }

  std::string quote(std::string_view identifier) const override {
    return encode_segment(identifier);
  }
  std::vector<std::string_view> keywords() const override {
    return {kKeywords.begin(), kKeywords.end()};
  }
};

}  // namespace

const Dialect& dialect() {
  static const ElasticDialect kDialect;
  return kDialect;
}

}  // namespace dbops::elasticsearch

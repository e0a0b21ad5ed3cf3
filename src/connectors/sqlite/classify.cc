#include "connectors/sqlite/classify.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "connectors/sqlite/pragmas.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

constexpr size_t kShownBytes = 60;  // of a name or token that a message quotes

std::string shown(std::string_view text) { return escape_control(shorten(text, kShownBytes)); }

// A statement read token by token, one ahead.
class Reader {
 public:
  explicit Reader(std::string_view text) : lexer_(text), token_(lexer_.next()) {}
  const Token& token() const { return token_; }
  bool at(std::string_view word) const { return token_.is(word); }
  bool at(char symbol) const { return token_.is(symbol); }
  bool at_end() const { return token_.type == Token::Type::end; }
  Token take() { return std::exchange(token_, lexer_.next()); }
  bool take(std::string_view word) { return at(word) && (take(), true); }
  bool take(char symbol) { return at(symbol) && (take(), true); }

 private:
  Lexer lexer_;
  Token token_;
};

tl::unexpected<Error> unexpected(const Token& token) {
  const std::string what = token.type == Token::Type::end ? "the statement ends too early"
                                                          : "near \"" + shown(token.text) + "\"";
  Error error{.code = Code::syntax, .message = "syntax error: " + what};
  error.position = token.offset + 1;
  return fail(std::move(error));
}

tl::unexpected<Error> unknown_verb(const Token& token) {
  const std::vector<std::string> verbs = {
      "SELECT", "VALUES", "WITH",   "INSERT", "REPLACE", "UPDATE",  "DELETE",  "CREATE", "DROP",
      "ALTER",  "PRAGMA", "ATTACH", "DETACH", "VACUUM",  "ANALYZE", "REINDEX", "EXPLAIN"};
  auto failure = unexpected(token);
  if (token.type != Token::Type::word) return failure;
  if (const auto meant = nearest(token.text, verbs))
    failure.value().hint = "did you mean " + *meant + "?";
  else
    failure.value().hint =
        "a statement starts with one of SELECT, INSERT, UPDATE, DELETE, CREATE ...";
  return failure;
}

void needs(Statement& statement, Tier tier, std::string reason) {
  statement.tier = tier;
  statement.reason = tier == Tier::read ? std::string() : std::move(reason);
}

// Reads [schema.]name; empty where there is none.
std::string read_name(Reader& reader) {
  if (!reader.token().names()) return {};
  std::string name = reader.take().name();
  if (!reader.take('.') || !reader.token().names()) return name;
  return name + "." + reader.take().name();
}

// Passes over one balanced group in parentheses. False: it doesn't start here, or doesn't end.
bool skip_group(Reader& reader) {
  if (!reader.at('(')) return false;
  for (size_t depth = 0; !reader.at_end();) {
    const Token token = reader.take();
    if (token.is('(')) ++depth;
    if (token.is(')') && --depth == 0) return true;
  }
  return false;
}

// Passes over the common table expressions behind WITH, to the verb they serve.
Result<void> skip_with(Reader& reader) {
  reader.take("RECURSIVE");
  do {
    if (!reader.token().names()) return unexpected(reader.token());
    reader.take();
    if (reader.at('(') && !skip_group(reader)) return unexpected(reader.token());
    if (!reader.take("AS")) return unexpected(reader.token());
    reader.take("NOT");
    reader.take("MATERIALIZED");
    if (!skip_group(reader)) return unexpected(reader.token());
  } while (reader.take(','));
  return {};
}

// Words of a condition that don't make it depend on a row.
bool constant_word(const Token& token) {
  constexpr std::array<std::string_view, 8> kWords = {"TRUE", "FALSE", "NOT", "AND",
                                                      "OR",   "NULL",  "IS",  "COLLATE"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return token.is(word); });
}

enum class Where { missing, constant, selective };

// How the statement that goes on at the reader restricts its rows. Only its own WHERE counts, not
// that of a subquery.
Where find_where(Reader& reader) {
  size_t depth = 0;
  Where where = Where::missing;
  for (; !reader.at_end(); reader.take()) {
    const Token& token = reader.token();
    if (token.is('(')) ++depth;
    if (token.is(')') && depth > 0) --depth;
    if (depth == 0 && token.is("WHERE") && where == Where::missing) {
      where = Where::constant;
      continue;
    }
    if (where == Where::missing) continue;
    if (depth == 0 && (token.is("RETURNING") || token.is("ORDER") || token.is("LIMIT")))
      return where;
    const bool names = token.type == Token::Type::identifier ||
                       (token.type == Token::Type::word && !constant_word(token));
    if (names) return Where::selective;
  }
  return where;
}

// DELETE FROM t ..., UPDATE [OR x] t SET ...; the verb is read already.
void classify_change(Reader& reader, Statement& statement) {
  const bool removes = statement.verb == "DELETE";
  if (removes)
    reader.take("FROM");
  else if (reader.take("OR"))
    reader.take();
  const std::string target = shown(read_name(reader));
  needs(statement, Tier::write, statement.verb + " changes data");
  const Where where = find_where(reader);
  if (where == Where::selective) return;
  statement.danger =
      statement.verb +
      (where == Where::missing ? " without WHERE " : " whose WHERE names no column ") +
      (removes ? "removes every row of " : "changes every row of ") + target;
}

void classify_create(Reader& reader, Statement& statement) {
  while (reader.at("TEMP") || reader.at("TEMPORARY") || reader.at("UNIQUE")) reader.take();
  statement.verb = "CREATE";
  if (reader.take("VIRTUAL")) statement.verb += " VIRTUAL";
  statement.verb += " " + shown(std::string(reader.token().text));
  std::transform(statement.verb.begin(), statement.verb.end(), statement.verb.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  needs(statement, Tier::write, statement.verb + " changes the schema");
}

Result<void> classify_drop(Reader& reader, Statement& statement) {
  struct Drop {
    std::string_view kind, verb, loss;
  };
  static constexpr std::array<Drop, 4> kDrops = {{{"TABLE", "DROP TABLE", " and all its rows"},
                                                  {"VIEW", "DROP VIEW", ""},
                                                  {"INDEX", "DROP INDEX", ""},
                                                  {"TRIGGER", "DROP TRIGGER", ""}}};
  for (const Drop& drop : kDrops) {
    if (!reader.take(drop.kind)) continue;
    if (reader.take("IF")) reader.take("EXISTS");
    statement.verb = drop.verb;
    needs(statement, Tier::write, statement.verb + " changes the schema");
    statement.danger =
        statement.verb + " removes " + shown(read_name(reader)) + std::string(drop.loss);
    return {};
  }
  return unexpected(reader.token());
}

Result<void> classify_alter(Reader& reader, Statement& statement) {
  if (!reader.take("TABLE")) return unexpected(reader.token());
  statement.verb = "ALTER TABLE";
  needs(statement, Tier::write, "ALTER TABLE changes the schema");
  const std::string table = shown(read_name(reader));
  if (!reader.take("DROP")) return {};
  reader.take("COLUMN");
  statement.danger = "ALTER TABLE DROP COLUMN removes " + shown(read_name(reader)) + " of " +
                     table + " and all its values";
  return {};
}

Result<void> classify_pragma(Reader& reader, Statement& statement) {
  statement.verb = "PRAGMA";
  std::string name = read_name(reader);
  if (name.empty()) return unexpected(reader.token());
  name = name.substr(name.find('.') + 1);  // Of schema.name.
  std::optional<std::string> value;
  if (reader.take('=') || reader.take('(')) {
    value = reader.at('-') || reader.at('+') ? std::string(reader.take().text) : std::string();
    if (!reader.at_end()) *value += reader.take().name();
  }
  const PragmaRule rule = pragma_rule(name, value);
  const std::string what = "PRAGMA " + shown(name) + (value ? " = " + shown(*value) : "");
  if (!rule.tier)
    return fail(Code::forbidden, what + " is not run in any tier", std::string(rule.hint));
  needs(statement, *rule.tier, what + " changes the database");
  statement.transactional = rule.transactional;
  return {};
}

Result<void> classify_vacuum(Reader& reader, Statement& statement) {
  statement.verb = "VACUUM";
  if (!reader.at("INTO")) reader.take();
  if (reader.at("INTO"))
    return fail(Code::forbidden, "VACUUM INTO writes a file of the statement's choice",
                "use the operation vacuum_into, which writes where the configuration allows it");
  needs(statement, Tier::write, "VACUUM rewrites the file");
  statement.transactional = false;
  return {};
}

// Statements that change no rows and need no further look.
struct Plain {
  std::string_view verb;
  Tier tier;
  std::string_view reason;
};
constexpr std::array<Plain, 8> kPlain = {{{"SELECT", Tier::read, ""},
                                          {"VALUES", Tier::read, ""},
                                          {"INSERT", Tier::write, "INSERT changes data"},
                                          {"REPLACE", Tier::write, "REPLACE changes data"},
                                          {"ANALYZE", Tier::write, "ANALYZE writes statistics"},
                                          {"REINDEX", Tier::write, "REINDEX rebuilds indexes"},
                                          {"ATTACH", Tier::write, "ATTACH opens another file"},
                                          {"DETACH", Tier::write, "DETACH closes a file"}}};

Result<void> classify_verb(Reader& reader, Statement& statement) {
  const Token verb = reader.token();
  if (reader.take("WITH")) {
    DBOPS_TRY(skip_with(reader));
    for (const std::string_view served :
         {"SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"})
      if (reader.at(served)) return classify_verb(reader, statement);
    return unexpected(reader.token());
  }
  for (const Plain& plain : kPlain) {
    if (!reader.take(plain.verb)) continue;
    statement.verb = plain.verb;
    needs(statement, plain.tier, std::string(plain.reason));
    return {};
  }
  for (const std::string_view change : {"UPDATE", "DELETE"}) {
    if (!reader.take(change)) continue;
    statement.verb = change;
    classify_change(reader, statement);
    return {};
  }
  if (reader.take("CREATE")) return classify_create(reader, statement), Result<void>();
  if (reader.take("DROP")) return classify_drop(reader, statement);
  if (reader.take("ALTER")) return classify_alter(reader, statement);
  if (reader.take("PRAGMA")) return classify_pragma(reader, statement);
  if (reader.take("VACUUM")) return classify_vacuum(reader, statement);
  for (const std::string_view word : {"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
    if (reader.at(word))
      return fail(
          Code::unsupported,
          std::string(word) + " is not run: each call is a transaction of its own",
          "leave out BEGIN, COMMIT and their like: the statements of one call, separated by "
          "\";\", are one transaction; in the shell, a file that \\i runs is one");
  return unknown_verb(verb);
}

}  // namespace

Result<void> classify(std::string_view text, Statement& statement) {
  Reader reader(text);
  if (!reader.take("EXPLAIN")) return classify_verb(reader, statement);
  if (reader.take("QUERY") && !reader.take("PLAN")) return unexpected(reader.token());
  const bool explains_rows = [&] {
    for (const std::string_view word :
         {"SELECT", "VALUES", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE"})
      if (reader.at(word)) return true;
    return false;
  }();
  // Some pragmas act while they are compiled, so EXPLAIN in front of anything else changes nothing.
  DBOPS_TRY(classify_verb(reader, statement));
  statement.verb = "EXPLAIN";
  if (!explains_rows) return {};
  needs(statement, Tier::read, {});
  statement.danger.clear();
  return {};
}

}  // namespace dbops::sqlite

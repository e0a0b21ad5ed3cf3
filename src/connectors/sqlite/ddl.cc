#include "connectors/sqlite/ddl.h"

#include <utility>

#include "base/text.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f";
  const size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

// The comment that stands in `sql` from `offset` on, on the same line.
std::string comment_at(std::string_view sql, size_t offset) {
  const size_t line_end = sql.find('\n', offset);
  std::string_view text = trim(sql.substr(offset, line_end - offset));
  if (text.starts_with("--")) return std::string(trim(text.substr(2)));
  if (!text.starts_with("/*")) return {};
  const size_t close = text.find("*/");
  return close == std::string_view::npos ? std::string()
                                         : std::string(trim(text.substr(2, close - 2)));
}

size_t end_of(const Token& token) { return token.offset + token.text.size(); }

// Reads the definitions inside one pair of parentheses, one ahead.
class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql), lexer_(sql), token_(lexer_.next()) {}
  std::string_view sql() const { return sql_; }
  const Token& token() const { return token_; }
  bool at_end() const { return token_.type == Token::Type::end; }
  Token take() {
    behind_ = end_of(token_);
    return std::exchange(token_, lexer_.next());
  }
  bool take(std::string_view word) { return token_.is(word) && (take(), true); }
  // Where the last token ends that was taken.
  size_t behind() const { return behind_; }

  // Passes over a group in parentheses that starts here, and answers what stands in it; empty when
  // none starts here.
  std::string group() {
    if (!token_.is('(')) return {};
    const size_t from = end_of(token_);
    size_t depth = 0;
    while (!at_end()) {
      const Token token = take();
      if (token.is('(')) ++depth;
      if (token.is(')') && --depth == 0)
        return std::string(trim(sql_.substr(from, token.offset - from)));
    }
    return {};
  }
  // Up to the first parenthesis.
  void skip_head() {
    while (!at_end() && !token_.is('(')) take();
  }

 private:
  std::string_view sql_;
  Lexer lexer_;
  Token token_;
  size_t behind_ = 0;
};

bool starts_table_constraint(const Token& token) {
  for (const std::string_view word : {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
    if (token.is(word)) return true;
  return false;
}

// Reads one column or constraint, up to the comma or parenthesis behind it.
void read_definition(Reader& reader, TableText& table) {
  TableText::Column column;
  const bool is_column = !starts_table_constraint(reader.token());
  if (is_column) column.name = reader.take().name();
  std::string constraint;
  while (!reader.at_end() && !reader.token().is(',') && !reader.token().is(')')) {
    if (reader.take("CONSTRAINT")) {
      constraint = reader.take().name();
    } else if (reader.take("CHECK")) {
      table.checks.push_back({std::exchange(constraint, {}), reader.group()});
    } else if (reader.take("REFERENCES")) {
      table.foreign_keys.push_back(std::exchange(constraint, {}));
    } else if (reader.take("AS")) {
      column.generated = reader.group();
    } else if (reader.take("COLLATE")) {
      column.collation = reader.take().name();
    } else if (reader.take("AUTOINCREMENT")) {
      table.autoincrement = true;
    } else if (reader.token().is('(')) {
      reader.group();
    } else {
      reader.take();
    }
  }
  const size_t behind = end_of(reader.token());
  if (!is_column) return;
  column.comment = comment_at(reader.sql(), behind);
  table.columns.push_back(std::move(column));
}

}  // namespace

TableText read_table_text(std::string_view sql) {
  TableText table;
  Reader reader(sql);
  reader.skip_head();
  table.comment = comment_at(sql, end_of(reader.token()));
  reader.take();
  while (!reader.at_end()) {
    read_definition(reader, table);
    if (reader.take().is(')')) break;
  }
  for (; !reader.at_end(); reader.take()) {
    if (reader.token().is("STRICT")) table.strict = true;
    if (reader.token().is("ROWID")) table.without_rowid = true;
  }
  return table;
}

IndexText read_index_text(std::string_view sql) {
  IndexText index;
  Reader reader(sql);
  reader.skip_head();
  reader.take();
  while (!reader.at_end()) {
    const size_t from = reader.token().offset;
    size_t to = from;
    while (!reader.at_end() && !reader.token().is(',') && !reader.token().is(')')) {
      const bool order = reader.token().is("ASC") || reader.token().is("DESC");
      if (reader.token().is('(')) {
        reader.group();
        to = reader.behind();
        continue;
      }
      reader.take();
      if (!order) to = reader.behind();
    }
    index.terms.emplace_back(trim(sql.substr(from, to - from)));
    if (reader.take().is(')')) break;
  }
  if (reader.take("WHERE")) index.condition = trim(sql.substr(reader.token().offset));
  return index;
}

std::string read_content(std::string_view sql) {
  constexpr std::string_view kOption = "content";
  Lexer lexer(sql);
  int place = 0;  // Of what was read: content, =.
  for (;;) {
    const Token token = lexer.next();
    if (token.type == Token::Type::end) return {};
    if (place == 2) {
      const bool quoted =
          token.text.size() > 1 && std::string_view("'\"[`").find(token.text[0]) != token.text.npos;
      return std::string(quoted ? token.text.substr(1, token.text.size() - 2) : token.text);
    }
    if (place == 1 && token.text == "=")
      place = 2;
    else  // FTS5 takes a part of the word as well.
      place = same_ignoring_case(token.text, kOption.substr(0, token.text.size())) ? 1 : 0;
  }
}

std::string read_vocabulary(std::string_view sql) {
  Reader reader(sql);
  while (!reader.at_end() && !reader.take("USING")) reader.take();
  const std::string module = lower(reader.take().name());
  if ((module != "fts5vocab" && module != "fts4aux") || !reader.token().is('(')) return {};
  reader.take();
  return reader.token().name();
}

}  // namespace dbops::sqlite

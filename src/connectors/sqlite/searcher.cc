#include "connectors/sqlite/searcher.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/sqlite/ddl.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/rules_load.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/tokens.h"
#include "core/loader.h"
#include "core/search_rows.h"

namespace dbops::sqlite {
namespace {

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

// What a path names, and where its text can be searched.
struct Subject {
  Relation relation;
  std::vector<ColumnFacts> columns;
  std::string index;  // The FTS5 table: itself, or one that has it as its content; empty: none.
  bool apart() const { return !index.empty() && !same_ignoring_case(index, relation.name); }
};

bool is_fts5(std::string_view sql) {
  Lexer lexer(sql);
  bool named = false;  // The word before was USING.
  for (;;) {
    const Token token = lexer.next();
    if (token.type == Token::Type::end) return false;
    if (named) return same_ignoring_case(token.text, "fts5");
    named = same_ignoring_case(token.text, "using");
  }
}

Result<Subject> find_subject(Database& database, const std::vector<std::string>& path) {
  const dbops::sqlite::Rules& rules = database.authorizer().rules();
  DBOPS_TRY(load_rules(database));
  auto found = find_target(database, path);
  if (!found && rules.restrict()) found.error().hint.clear();
  DBOPS_ASSIGN(const Target target, std::move(found));
  // Nothing is said of a table that the policy hides.
  if (std::string reason;
      rules.restrict() && rules.read("main", target.relation.name, {}, reason) == Reach::refused)
    return fail(Code::forbidden, "refused: " + reason);
  if (target.type != Target::Type::relation)
    return fail(Code::invalid_argument, "the path must name a table",
                "write the table's name alone");
  Subject subject{.relation = target.relation, .columns = {}, .index = {}};
  DBOPS_ASSIGN(subject.columns, columns(database, subject.relation));
  DBOPS_ASSIGN(Rows tables, database.ask("SELECT name, sql FROM sqlite_schema WHERE type = 'table' "
                                         "AND sql LIKE 'create virtual table%' ORDER BY name"));
  for (;;) {
    DBOPS_ASSIGN(const bool more, tables.next());
    if (!more) return subject;
    const std::string sql = tables.text(1);
    if (!is_fts5(sql)) continue;
    const std::string& name = subject.relation.name;
    if (same_ignoring_case(tables.text(0), name)) {
      subject.index = tables.text(0);
      return subject;
    }
    // Under masks each row is read: the index tells of what they hide.
    std::string index = tables.text(0), reason;
    if (same_ignoring_case(read_content(sql), name) &&
        (!rules.restrict() || rules.read("main", index, index, reason) == Reach::allowed))
      subject.index = std::move(index);
  }
}

// The statement that answers a request, made of the schema's own names and of parameters.
class Builder {
 public:
  Builder(const Subject& subject, const SearchRequest& request)
      : subject_(subject), request_(request) {}

  Result<SearchStatement> make() {
    list_columns();
    std::vector<std::string> fields;
    for (const std::string& field : request_.fields) {
      DBOPS_ASSIGN(std::string name, find(field));
      fields.push_back(std::move(name));
    }
    DBOPS_TRY(subject_.index.empty() ? scan(fields) : match(fields));
    for (const SearchCondition& condition : request_.conditions) DBOPS_TRY(add(condition));
    search_.sql = "SELECT " + keys_ + score_ + " AS score" + columns_ + " FROM " + from_ +
                  " WHERE " + where_ + " ORDER BY " + std::to_string(search_.keys + 1) +
                  " DESC LIMIT " + std::to_string(request_.limit);
    return std::move(search_);
  }

 private:
  static std::string column(std::string_view name) { return "t." + in_quotes(name); }
  std::string table() const { return "main." + in_quotes(subject_.relation.name) + " AS t"; }

  Result<std::string> find(const std::string& field) const {
    std::vector<std::string> names;
    for (const ColumnFacts& each : subject_.columns) {
      if (each.hidden) continue;
      if (same_ignoring_case(each.info.name, field)) return each.info.name;
      names.push_back(each.info.name);
    }
    return fail(no_such_column(field, names));
  }

  void list_columns() {
    std::vector<std::string> keys;
    for (const ColumnFacts& each : subject_.columns) {
      if (each.primary > 0) keys.push_back(column(each.info.name));
      if (!each.hidden)
        columns_ += ", " + column(each.info.name) + " AS " + in_quotes(each.info.name);
    }
    if (keys.empty() && subject_.relation.kind != "view") keys.emplace_back("t.rowid");
    for (const std::string& key : keys) keys_ += key + ", ";
    search_.keys = keys.size();
  }

  // bm25() is the lower the better.
  Result<void> match(const std::vector<std::string>& fields) {
    std::string query = fts5_query(request_.text);
    if (query.empty())
      return fail(Code::invalid_argument, "the text has no word that must be there");
    if (!fields.empty()) {
      std::string names;
      for (const std::string& field : fields) names += in_quotes(field) + " ";
      query = "{" + names + "} : (" + query + ")";
    }
    const std::string index = in_quotes(subject_.index);
    from_ = "main." + index;
    if (subject_.apart())
      from_ += " JOIN " + table() + " ON t.rowid = " + index + ".rowid";
    else
      from_ += " AS t";
    // The hidden column of the index's own name stands for all of it.
    const std::string hidden = (subject_.apart() ? index : "t") + "." + index;
    score_ = "-bm25(" + hidden + ")";
    where_ = hidden + " MATCH ?";
    search_.parameters.add({}, Value::text(query));
    return {};
  }

  Result<void> scan(const std::vector<std::string>& fields) {
    std::string all;  // The texts to look through, one behind the other.
    for (const ColumnFacts& each : subject_.columns) {
      const std::string type = lower(each.info.type);
      const bool text = type.find("char") != std::string::npos ||
                        type.find("text") != std::string::npos ||
                        type.find("clob") != std::string::npos;
      const bool asked = std::find(fields.begin(), fields.end(), each.info.name) != fields.end();
      if (fields.empty() ? !text || each.hidden : !asked) continue;
      all += (all.empty() ? "" : " || char(10) || ") + ("coalesce(" + column(each.info.name)) +
             ", '')";
    }
    if (all.empty())
      return fail(Code::unsupported,
                  escape_control(subject_.relation.name) + " has no column of text to search in");
    from_ = table();
    score_ = "1.0";
    for (const SearchWord& word : search_words(request_.text)) {
      where_ += (where_.empty() ? "" : " AND ") + ("instr(lower(" + all) + "), lower(?)) " +
                (word.wanted ? "> 0" : "= 0");
      search_.parameters.add({}, Value::text(word.text));
    }
    if (where_.empty()) return fail(Code::invalid_argument, "the text has no word in it");
    search_.warnings.push_back("there is no FTS5 index over " +
                               escape_control(subject_.relation.name) +
                               ": every row is read, and all hits score the same");
    return {};
  }

  Result<void> add(const SearchCondition& condition) {
    DBOPS_ASSIGN(const std::string name, find(condition.field));
    constexpr std::array<std::string_view, 6> kTests = {"IS", "IS NOT", "<", "<=", ">", ">="};
    where_ += " AND " + column(name) + " ";
    if (condition.test != SearchCondition::Test::one_of) {
      where_ += std::string(kTests.at(static_cast<size_t>(condition.test))) + " ?";
    } else {
      where_ += "IN (";
      for (size_t i = 0; i < condition.values.size(); ++i) where_ += i == 0 ? "?" : ", ?";
      where_ += ")";
    }
    for (const Parameter& value : condition.values.items) search_.parameters.add({}, value.value);
    return {};
  }

  const Subject& subject_;
  const SearchRequest& request_;
  SearchStatement search_;
  std::string keys_, score_, columns_, from_, where_;
};

}  // namespace

std::string fts5_query(std::string_view text) {
  std::string wanted, unwanted;
  for (const SearchWord& word : search_words(text)) {
    std::string& part = word.wanted ? wanted : unwanted;
    if (!part.empty()) part += word.wanted ? " AND " : " OR ";
    part += in_quotes(word.text);
  }
  if (wanted.empty() || unwanted.empty()) return wanted;
  return "(" + wanted + ") NOT (" + unwanted + ")";
}

Result<std::unique_ptr<Stream>> SqliteSearcher::search(const Context& context,
                                                       const SearchRequest& request) {
  if (!request.vector.empty())
    return fail(Code::unsupported, "SQLite has no search by vector", "search by text");
  DBOPS_ASSIGN(SearchStatement statement, [&]() -> Result<SearchStatement> {
    const Database::Call call(database_, context);
    DBOPS_ASSIGN(const Subject subject, find_subject(database_, request.path));
    return Builder(subject, request).make();
  }());
  return run_search(context, queries_, dialect(), std::move(statement));
}

}  // namespace dbops::sqlite

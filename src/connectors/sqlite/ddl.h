// What SQLite keeps of a table only as the text of its CREATE statement: checks, expressions of
// generated columns and indexes, names of constraints, comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbops::sqlite {

struct TableText {
  struct Column {
    std::string name;
    std::string generated;  // The expression; empty: an ordinary column.
    std::string collation;
    std::string comment;  // A comment behind the column, on the same line.
  };
  struct Check {
    std::string name;  // May be empty.
    std::string expression;
  };
  std::vector<Column> columns;
  std::vector<Check> checks;
  std::vector<std::string> foreign_keys;  // Their names, mostly empty, in the order of the text.
  std::string comment;                    // Behind the parenthesis that opens the columns.
  bool autoincrement = false;
  bool strict = false;
  bool without_rowid = false;
};

struct IndexText {
  std::vector<std::string> terms;  // The columns and expressions as written, without ASC and DESC.
  std::string condition;           // Of a partial index.
};

// Texts that are not what SQLite writes into its schema give what can be read of them.
TableText read_table_text(std::string_view sql);
IndexText read_index_text(std::string_view sql);
// The table whose text a full-text table shows and indexes (its option `content`); empty: none.
std::string read_content(std::string_view sql);
// The full-text table whose words a virtual table shows (fts5vocab, fts4aux); empty: none.
std::string read_vocabulary(std::string_view sql);

}  // namespace dbops::sqlite

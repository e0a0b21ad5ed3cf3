// What the schema of a file says, one question each.
#pragma once

#include <string>
#include <vector>

#include "connectors/sqlite/database.h"
#include "core/catalog.h"

namespace dbops::sqlite {

struct Relation {
  std::string name;
  std::string kind;  // "table", "virtual table", "view", "shadow table"
};

// PRAGMA table_list would tell the kinds, but takes time quadratic in the number of tables when the
// schema has one broken view; so the schema's own table is read.
//
// Tables first, then virtual tables, then views; each by name. Neither SQLite's own nor shadow
// tables.
Result<std::vector<Relation>> relations(Database& database);

// What a path names.
struct Target {
  enum class Type : uint8_t { database, relation, column, index, trigger } type = Type::database;
  Relation relation;  // Of a column, index or trigger: the table it belongs to.
  std::string name;   // Of a column, index or trigger.
};
// Names in any case. Code::not_found with the nearest name.
Result<Target> find_target(Database& database, const std::vector<std::string>& path);

// The CREATE statement; empty for what has none.
Result<std::string> definition(Database& database, std::string_view type, std::string_view name);

// Without the text's part (comments, expressions): see ddl.h. A view whose query is broken has an
// error here.
struct ColumnFacts {
  ColumnInfo info;
  int64_t primary = 0;  // 1-based place in the primary key; 0: not in it.
  bool hidden = false;  // Of a virtual table.
  bool generated = false;
};
Result<std::vector<ColumnFacts>> columns(Database& database, const Relation& relation);

// In the order of their names.
Result<std::vector<IndexInfo>> indexes(Database& database, const std::string& table);

struct Link {
  std::string table;  // The one that has the foreign key.
  ForeignKey key;
};
// Of one table, in the order of its text.
Result<std::vector<Link>> foreign_keys(Database& database, const std::string& table);
// Of all tables.
Result<std::vector<Link>> all_foreign_keys(Database& database);

}  // namespace dbops::sqlite

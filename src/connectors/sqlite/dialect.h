// SQLite's language without a database: statements, what each needs, and what is dangerous in it.
#pragma once

#include "core/dialect.h"

namespace dbops::sqlite {

// Cuts with SQLite's own lexical grammar and classifies by the grammar of the statement's head.
// What stands behind the head is left to SQLite's parser when the statement runs (README.md,
// "Syntax"); a text that is cut otherwise than SQLite would is refused then.
// Beside the errors of every dialect: Code::unsupported for BEGIN, COMMIT and their like (each call
// is its own transaction), Code::forbidden for what no tier may run (PRAGMA writable_schema = 1).
class SqliteDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view text) const override;
  std::string quote(std::string_view identifier) const override;
  std::vector<std::string_view> keywords() const override;
};

const SqliteDialect& dialect();

}  // namespace dbops::sqlite

// Search by text: over FTS5 where there is an index, else word by word through the rows.
#pragma once

#include "connectors/sqlite/queries.h"
#include "core/searcher.h"

namespace dbops::sqlite {

// Belongs to one session.
class SqliteSearcher final : public Searcher {
 public:
  SqliteSearcher(Database& database, SqliteQueries& queries)
      : database_(database), queries_(queries) {}

  // `path` is an FTS5 table, a table that one has as its `content`, or any other: then each word
  // must stand somewhere in its text columns, and all hits score the same.
  Result<std::unique_ptr<Stream>> search(const Context& context,
                                         const SearchRequest& request) override;

 private:
  Database& database_;
  SqliteQueries& queries_;
};

// The text as FTS5 reads it: each word and each text in quotes must be there, one behind a - must
// not. Empty where there is none that must.
std::string fts5_query(std::string_view text);

}  // namespace dbops::sqlite

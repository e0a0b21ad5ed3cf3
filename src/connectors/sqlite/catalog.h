// The catalogue of a file: tables, views, indexes and triggers of the schema "main", which stands
// in no path that is answered. `flights` and `main.flights` name the same.
#pragma once

#include "connectors/sqlite/database.h"
#include "core/catalog.h"

namespace dbops::sqlite {

// Belongs to one session. Names in any case are found, and answered as the schema spells them.
class SqliteCatalog final : public Catalog {
 public:
  explicit SqliteCatalog(Database& database) : database_(database) {}

  // Shadow tables of virtual tables and SQLite's own tables only where they are named.
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  Database& database_;
};

}  // namespace dbops::sqlite

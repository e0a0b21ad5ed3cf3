#pragma once

#include "connectors/mongodb/link.h"
#include "core/catalog.h"

namespace dbops::mongodb {

struct Sample;

// Databases, collections and views in them, and in those fields (as a sample shows them) and
// indexes. A search looks at the names of databases and collections.
class MongoCatalog final : public Catalog {
 public:
  explicit MongoCatalog(Link& link) : link_(link) {}
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;
  // With views, in order of their names; not the server's own.
  Result<std::vector<Item>> collections(const Context& context, const std::string& database);
  // The error for a path that names nothing, with what was probably meant.
  tl::unexpected<Error> missing(const Context& context, const std::vector<std::string>& path);

 private:
  Result<std::vector<Item>> databases(const Context& context);
  Result<std::vector<Item>> members(const Context& context, const std::vector<std::string>& path);
  Result<Description> describe_database(const Context& context, const std::string& database);
  Result<Description> describe_collection(const Context& context,
                                          const std::vector<std::string>& path);
  // Fields that seem to hold the _id of documents elsewhere in the database.
  Result<void> add_references(const Context& context, const std::vector<std::string>& path,
                              const Sample& sample, Description& found);
  void measure(const Context& context, Item& item);

  Link& link_;
};

}  // namespace dbops::mongodb

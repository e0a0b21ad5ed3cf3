// Rows and documents into a collection, by inserts or updates in bulk.
#pragma once

#include "connectors/mongodb/catalog.h"
#include "connectors/mongodb/queries.h"
#include "core/loader.h"

namespace dbops::mongodb {

// Bytes of the documents in one command; a single one may be larger. The server takes 16 MiB.
inline constexpr size_t kBulkBytes = 8u << 20;

// Belongs to one session; borrows what it is made of.
//
// Documents are Extended JSON, exact. Where no item may be refused they are inserted in order, and
// the load stops before the first that the server refuses; else all of a batch are tried. With
// LoadTarget::replace a document takes the place of the one with its `_id`, or is inserted. The
// only key there is, is `_id`. A collection is made by LoadTarget::create alone, though the server
// would make it by itself.
class MongoLoader final : public Loader {
 public:
  MongoLoader(MongoQueries& queries, MongoCatalog& catalog)
      : queries_(queries), catalog_(catalog) {}

  bool takes_documents() const override { return true; }
  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  struct Place {
    std::string database;
    std::string collection;
    bool exists = false;
  };
  Result<Place> find(const Context& context, const LoadTarget& target);

  MongoQueries& queries_;
  MongoCatalog& catalog_;
};

}  // namespace dbops::mongodb

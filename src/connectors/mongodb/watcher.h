#pragma once

#include "connectors/mongodb/changes.h"
#include "core/watcher.h"

namespace dbops::mongodb {

// Hears by a change stream what becomes of collections and indexes: in all databases where the user
// may, else in the URL's. Documents that come and go are not told of.
class MongoWatcher final : public Watcher {
 public:
  explicit MongoWatcher(MongoQueries& queries) : queries_(queries) {}
  Result<void> begin(const Context& context) override;
  Result<std::vector<Place>> next(const Context& context) override;

 private:
  MongoQueries& queries_;
  std::unique_ptr<ChangeStream> stream_;
};

}  // namespace dbops::mongodb

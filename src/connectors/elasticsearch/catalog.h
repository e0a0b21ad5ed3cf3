#pragma once

#include "connectors/elasticsearch/fence.h"
#include "connectors/elasticsearch/queries.h"
#include "core/catalog.h"

namespace dbops::elasticsearch {

// Indices, aliases and data streams, and the fields of their mappings. What starts with a dot is
// the server's own and shown only when it is named.
class ElasticCatalog final : public Catalog {
 public:
  ElasticCatalog(Link& link, const Fence& fence) : link_(link), fence_(fence) {}
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;
  const Fence& fence() const { return fence_; }
  // Code::not_found, with the nearest name.
  tl::unexpected<Error> missing(const Context& context, const std::vector<std::string>& path);

 private:
  Result<std::vector<Item>> relations(const Context& context);
  Result<std::vector<Item>> items_in(const Context& context, const std::vector<std::string>& path);
  Result<Description> describe_one(const Context& context, const std::vector<std::string>& path);
  Result<void> describe_settings(const Context& context, const std::string& name,
                                 Description& description);

  Link& link_;
  const Fence& fence_;
};

}  // namespace dbops::elasticsearch

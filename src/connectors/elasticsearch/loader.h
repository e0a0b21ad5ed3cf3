// Rows and documents into an index, by bulk requests.
#pragma once

#include "connectors/elasticsearch/catalog.h"
#include "connectors/elasticsearch/link.h"
#include "core/loader.h"

namespace dbops::elasticsearch {

// Bytes of one bulk request, after which another is begun. A single item may be larger.
inline constexpr size_t kBulkBytes = 4u << 20;
// How often what the server was too busy for (status 429) is sent again at most, and the waits
// between: the first, doubled each time up to the last. A deadline that would pass before ends them
// earlier.
struct Patience {
  int tries = 10;
  std::chrono::milliseconds wait{100};
  std::chrono::milliseconds wait_max{5000};
};

// Belongs to one session; borrows its link and catalogue.
//
// Items are created, so that one whose id is taken is refused; with LoadTarget::replace they are
// indexed. Without a key the server names them. An index, an alias or a data stream that isn't
// there is made by LoadTarget::create alone, though the server would make it by itself.
class ElasticLoader final : public Loader {
 public:
  ElasticLoader(Link& link, ElasticCatalog& catalog, Tier tier, Patience patience = {})
      : link_(link), catalog_(catalog), tier_(tier), patience_(patience) {}

  bool takes_documents() const override { return true; }
  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  Result<void> check_rules() const;
  Result<std::string> mapping(const Context& context, const LoadTarget& target) const;

  Link& link_;
  ElasticCatalog& catalog_;
  const Tier tier_;
  const Patience patience_;
};

}  // namespace dbops::elasticsearch

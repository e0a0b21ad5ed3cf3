#pragma once

#include "connectors/redis/link.h"
#include "core/catalog.h"

namespace dbops::redis {

// The keys, and the prefixes that they share up to a colon, with counts and memory. Read by SCAN
// and never by KEYS; no more than kScanKeysMax keys are looked at for one answer, which then says
// that there are more.
class RedisCatalog final : public Catalog {
 public:
  explicit RedisCatalog(Link& link) : link_(link) {}
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  Result<Description> describe_one(const Context& context, const std::vector<std::string>& path);
  Result<Description> describe_prefix(const Context& context, const std::vector<std::string>& path);
  tl::unexpected<Error> missing(const Context& context, const std::vector<std::string>& path);

  Link& link_;
};

}  // namespace dbops::redis

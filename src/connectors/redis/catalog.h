#pragma once

#include "connectors/redis/key_rules.h"
#include "connectors/redis/keyed.h"
#include "connectors/redis/keys.h"
#include "core/catalog.h"

namespace dbops::redis {

// One line of a listing before it is looked at closer.
struct Entry {
  std::vector<std::string> path;
  std::vector<const std::string*> keys;  // Of a prefix, the first few; else the key.
  int64_t count = 0;                     // Of a prefix.
};

// The keys, and the prefixes that they share up to a colon, with counts and memory. Read by SCAN
// and never by KEYS; no more than kScanKeysMax keys are looked at for one answer, which then says
// that there are more. Of a cluster the keys of all its primaries. What the rules don't allow is
// not there.
class RedisCatalog final : public Catalog {
 public:
  RedisCatalog(Nodes& nodes, const KeyRules& rules) : nodes_(nodes), rules_(rules) {}
  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  Result<Scan> scan_all(const Context& context, const std::string& glob);
  // Reads alone.
  Result<std::vector<RespReply>> ask(const Context& context, std::vector<Keyed> questions);
  Result<std::vector<Item>> look_closer(const Context& context, std::span<Entry> entries,
                                        bool complete);
  Result<Description> describe_one(const Context& context, const std::vector<std::string>& path);
  Result<Description> describe_prefix(const Context& context, const std::vector<std::string>& path);
  tl::unexpected<Error> missing(const Context& context, const std::vector<std::string>& path);

  Nodes& nodes_;
  const KeyRules& rules_;
};

}  // namespace dbops::redis

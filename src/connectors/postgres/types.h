// PostgreSQL's types as dbops' kinds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/postgres/cells.h"
#include "connectors/postgres/link.h"

namespace dbops::postgres {

// The types of a server, asked for once each. Not thread-safe.
class Types {
 public:
  struct Key {
    Oid oid = 0;
    int modifier = -1;
    bool operator<(const Key& other) const {
      return std::pair(oid, modifier) < std::pair(other.oid, other.modifier);
    }
  };
  struct Type {
    std::string name;  // "character varying(20)"
    CellType cell;
  };
  // The types of the described columns, in order. Asks the server about those not yet known.
  // REQUIRES: nothing is running on the link.
  Result<std::vector<Type>> resolve(const Context& context, Link& link, std::vector<Key> keys);

 private:
  struct Facts {
    Oid base = 0;     // Of a domain.
    Oid element = 0;  // Of an array.
    char delimiter = ',';
  };
  static constexpr size_t kTypesMax = 10'000;  // kept; then all are forgotten
  static constexpr int kDomainDepthMax = 32;

  Result<void> learn(const Context& context, Link& link, const std::vector<Key>& unknown);
  Oid base_of(Oid oid) const;
  CellType cell_of(Oid oid) const;

  std::map<Key, std::string> names_;
  std::map<Oid, Facts> facts_;
};

}  // namespace dbops::postgres

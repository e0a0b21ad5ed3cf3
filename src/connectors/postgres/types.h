// PostgreSQL's types as dbops' kinds, and cells from their text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/stream.h"
#include "connectors/postgres/link.h"

namespace dbops::postgres {

// How the cells of a column are read.
struct CellType {
  Kind kind = Kind::text;
  Kind element = Kind::text;  // Of a list.
  char delimiter = ',';       // Between a list's elements.
};

// A cell from the text the server sent; what it points to is in `arena`. `trusted`: the server
// vouches for UTF-8; else text that isn't becomes bytes. Text that doesn't read as its kind stays
// text.
Value decode(const CellType& type, std::string_view text, bool trusted, Arena& arena);

// A list from an array literal, nested for more than one dimension: {1,NULL,"a b"}, [0:1]={1,2}.
// Null where it isn't one (an array type with an output of its own); then nothing is known of it.
inline constexpr size_t kArrayDepthMax = 16;  // PostgreSQL has 6 dimensions at most.
Value decode_array(const CellType& type, std::string_view text, bool trusted, Arena& arena);

// The types of a server, asked for once each. Not thread-safe.
class Types {
 public:
  struct Key {
    Oid oid = 0;
    int modifier = -1;
    auto operator<=>(const Key&) const = default;
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

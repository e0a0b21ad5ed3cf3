// What is in a database, in words that fit every engine: items in a tree, and the description of
// one that holds data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

// A name in the catalogue.
struct Item {
  std::string
      kind;  // "schema", "table", "view", "materialized view", "column", "index", "function" ...
  std::vector<std::string>
      path;               // From the connection down: {"public", "flights"}, a column's one longer.
  std::string signature;  // What follows the name: "integer not null", "(day date) returns int".
                          // May be empty.
  std::string comment;
  std::optional<int64_t> rows;  // As the engine estimates or knows it.
  bool rows_exact = false;
  std::optional<int64_t> bytes;  // On disk, with indexes.
  bool keeps_rows = false;       // It is what policies call a table, whatever its kind is called.
};

struct ColumnInfo {
  std::string name;
  std::string type;  // As the engine writes it: "character varying(20)".
  bool nullable = true;
  std::string fallback;   // The default's expression; empty: none.
  std::string generated;  // The expression of a generated column, "identity", or empty.
  std::string comment;
  std::vector<std::string> labels;  // The values of an enum type.
};

struct IndexInfo {
  std::string name;
  std::vector<std::string>
      columns;  // Columns and expressions in order, " desc" behind one that descends.
  bool unique = false;
  bool primary = false;
  bool valid = true;
  std::string method;     // "btree", "gin" ...; may be empty
  std::string condition;  // Of a partial index.
  std::optional<int64_t> bytes;
};

struct ForeignKey {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::string> other_path;     // The table at the other end.
  std::vector<std::string> other_columns;  // In the order of `columns`.
  std::string on_delete;                   // "CASCADE" ...; empty for the default.
  std::string on_update;
};

// What else a relation has: constraints, triggers, partitions, policies ... : a kind, a name, and
// its text.
struct Feature {
  std::string kind;  // "check", "unique", "trigger", "partition", "policy", "rule" ...
  std::string name;
  std::string text;
};

struct Description {
  Item item;
  std::vector<ColumnInfo> columns;
  std::vector<std::string> primary_key;
  std::vector<IndexInfo> indexes;
  std::vector<ForeignKey> references;  // This one's foreign keys.
  std::vector<ForeignKey>
      referenced_by;  // Others' that point here; `columns` are here, `other_columns` there.
  std::vector<Feature> features;
  std::vector<std::pair<std::string, std::string>>
      properties;  // "owner", "strict", "without rowid" ...
  std::string
      definition;  // A view's query, a function's source, a table's DDL where the engine keeps it.
};

// Capability: the catalogue. Names are data: an empty path is the whole database, and what is not
// there is not_found with the nearest name in the hint.
class Catalog {
 public:
  virtual ~Catalog() = default;

  struct Listing {
    std::vector<Item> items;
    bool truncated = false;  // There are more than were asked for.
  };
  struct Search {
    std::string pattern = {};  // Empty: what stands directly in `path`. Else anything below it
                               // whose name contains it, case ignored; `*` and `?` make it a
                               // pattern for the whole name. Columns and indexes included.
    size_t offset =
        0;  // Items to pass over, in the catalogue's order (kind of relation first, then name).
    size_t limit = 100;
  };
  // Schemas with an empty path (or the only schema's relations where the engine has no schemas),
  // relations and functions in a schema, columns in a relation. System schemas only when named in
  // the path.
  virtual Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                               const Search& search) = 0;

  // All there is to know of each relation, function or schema named, in order. One round trip for
  // many where it can be had.
  virtual Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) = 0;
};

// Whether a name has the text in it, case ignored; with a `*` or `?` the whole name is compared:
// what Search::pattern means, for connectors whose engine has no such patterns.
bool matches_name(std::string_view name, std::string_view pattern);

}  // namespace dbops

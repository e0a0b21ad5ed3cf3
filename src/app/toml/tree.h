// The tables of a TOML document while it is read: which of them may still be added to, and by what.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/toml.h"

namespace dbops::app {

struct TomlItem {
  enum class Kind {
    value,     // Complete as it stands: a string, a list, a table in braces ...
    implied,   // A table that only headers of tables within it have named.
    headed,    // A table with a header.
    dotted,    // A table made by dotted keys.
    repeated,  // A list of tables, [[so]].
  };
  Kind kind = Kind::headed;
  Node node;  // Of a value all, else no more than its places.
  std::map<std::string, std::unique_ptr<TomlItem>, std::less<>> members = {};  // Of a table.
  std::vector<std::unique_ptr<TomlItem>> tables = {};                          // Of a repeated one.

  TomlItem* find(std::string_view name) const;
  // REQUIRES: there is none of that name.
  TomlItem& add(std::string name, Kind made_as, const Place& key_place);
  // How messages name it: "table", "integer" ...
  std::string_view type_name() const;
};

// As a tree, with members in the order of their places.
Node finish(TomlItem&& item);

}  // namespace dbops::app

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/value.h"

namespace dbops {

inline constexpr size_t kParametersMax = 65535;  // what PostgreSQL's protocol can count

struct Parameter {
  std::string name;  // Without its prefix; empty: by position.
  Value value;
};

// Values for `$1`, `?` (in order) or `:name` (by name) in a statement. Owns what its values point
// to. Movable.
struct Parameters {
  Arena arena;
  std::vector<Parameter> items;

  void add(std::string_view name, const Value& value);  // Copies what the value points to.
  bool empty() const { return items.empty(); }
  size_t size() const { return items.size(); }
};

}  // namespace dbops

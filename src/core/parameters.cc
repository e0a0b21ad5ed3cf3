#include "core/parameters.h"

#include "base/stream.h"

namespace dbops {

void Parameters::add(std::string_view name, const Value& value) {
  items.push_back({std::string(name), deep_copy(value, arena)});
}

}  // namespace dbops

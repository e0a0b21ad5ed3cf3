#include "core/meant.h"

#include <vector>

#include "base/text.h"

namespace dbops {

std::string or_meant(std::string_view word, std::span<const std::string_view> known) {
  const std::vector<std::string> names(known.begin(), known.end());
  const auto near = nearest(word, names);
  return near && *near != word ? " (did you mean " + *near + "?)" : "";
}

}  // namespace dbops

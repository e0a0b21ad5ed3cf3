#include "connectors/mongodb/names.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

// Row by row of the table "the first n characters of the name match the first m of the pattern".
bool matches_whole(std::string_view name, std::string_view pattern) {
  std::string reached(name.size() + 1, '\0');  // By the end of what is matched of the name.
  reached[0] = 1;
  for (const char c : pattern) {
    std::string next(name.size() + 1, '\0');
    for (size_t at = 0; at <= name.size(); ++at) {
      if (reached[at] == 0) continue;
      if (c == '*') {
        std::fill(next.begin() + static_cast<std::ptrdiff_t>(at), next.end(), '\1');
        break;
      }
      if (at == name.size()) break;
      if (c == '?')
        next[at + std::max<size_t>(character_bytes(name, at), 1)] = 1;
      else if (name[at] == c)
        next[at + 1] = 1;
    }
    reached = std::move(next);
  }
  return reached[name.size()] != 0;
}

}  // namespace

bool matches(std::string_view name, std::string_view pattern) {
  const std::string small_name = lower(name);
  const std::string small = lower(pattern);
  if (small.find_first_of("*?") == std::string::npos)
    return small_name.find(small) != std::string::npos;
  return matches_whole(small_name, small);
}

}  // namespace dbops::mongodb

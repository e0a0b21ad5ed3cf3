#include "core/catalog.h"

#include "base/text.h"

namespace dbops {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// `*` is any text, `?` one character. Goes back to the last `*` alone, so that its time is bounded
// by the product of the lengths.
bool matches_whole(std::string_view name, std::string_view pattern) {
  size_t at = 0;
  size_t in = 0;
  size_t star = std::string_view::npos;
  size_t star_at = 0;
  while (at < name.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      star_at = at;
    } else if (in < pattern.size() && pattern[in] == '?') {
      ++in;
      for (++at; at < name.size() && continues_character(name[at]);) ++at;
    } else if (in < pattern.size() && pattern[in] == name[at]) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

}  // namespace

bool matches_name(std::string_view name, std::string_view pattern) {
  const std::string small_name = lower(name);
  const std::string small = lower(pattern);
  if (small.find_first_of("*?") == std::string::npos)
    return small_name.find(small) != std::string::npos;
  return matches_whole(small_name, small);
}

}  // namespace dbops

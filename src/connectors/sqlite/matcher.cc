#include "connectors/sqlite/matcher.h"

#include <sqlite3.h>

#include "base/text.h"

namespace dbops::sqlite {

Matcher::Matcher(std::string_view pattern) : whole_(pattern.find_first_of("*?") != pattern.npos) {
  for (const char c : lower(pattern)) {
    // To SQLite's GLOB a bracket would open a set.
    if (whole_ && c == '[')
      pattern_ += "[[]";
    else
      pattern_ += c;
  }
}

bool Matcher::matches(std::string_view name) const {
  const std::string small = lower(name);
  if (!whole_) return small.find(pattern_) != std::string::npos;
  return sqlite3_strglob(pattern_.c_str(), small.c_str()) == 0;
}

}  // namespace dbops::sqlite

// What Diagnostics looks at, as questions to the server that answer findings.
#pragma once

#include <span>
#include <string_view>

namespace dbops::postgres {

// Answers rows of (severity, subject, message, hint), worst first, few: the SQL itself bounds them.
struct Check {
  std::string_view area;
  const char* sql = nullptr;
  int version_min = 0;          // server_version_num
  std::string_view needs = {};  // What a role lacks when the server denies it.
};

inline constexpr int kCheckRowsMax = 20;  // findings of one check

// In the order of their areas. Static storage.
std::span<const Check> checks();

}  // namespace dbops::postgres

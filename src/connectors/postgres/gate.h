// Which functions a read may call.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "connectors/postgres/link.h"
#include "connectors/postgres/parse_tree.h"

namespace dbops::postgres {

// Asks pg_proc whether a function may change anything (provolatile = 'v') and refuses those that do
// and are not known to be harmless. Answers are kept for kLife. Not thread-safe.
class Gate {
 public:
  static constexpr std::chrono::seconds kLife{60};
  static constexpr size_t kNamesMax = 10'000;  // kept; then all are forgotten

  // Code::forbidden with the function's name. REQUIRES: nothing is running on the link.
  Result<void> check(const Context& context, Link& link, const Facts& facts);
  // Changes when what check() said before holds no longer.
  uint64_t epoch();

 private:
  struct Volatile {
    std::string schema;
    bool visible = false;    // Found without its schema.
    bool known = false;      // Of pg_catalog or an extension, so that functions.h speaks of it.
    bool takes_row = false;  // May be called as `row.name`.
  };
  Result<void> learn(const Context& context, Link& link, const std::vector<std::string>& names);

  std::map<std::string, std::vector<Volatile>, std::less<>> by_name_;  // All that were asked for.
  std::chrono::steady_clock::time_point born_{};
  uint64_t epoch_ = 0;
};

}  // namespace dbops::postgres

// Which functions a read may call.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/postgres/link.h"
#include "connectors/postgres/parse_tree.h"

namespace dbops::postgres {

// Asks the catalogue whether a function may change anything (provolatile = 'v'), also one that an
// operator, a cast, an aggregate, a domain, a view or a policy calls, and refuses those that do and
// are not known to be harmless. Answers are kept for kLife. Not thread-safe.
class Gate {
 public:
  static constexpr std::chrono::seconds kLife{60};
  static constexpr size_t kNamesMax = 10'000;  // kept; then all are forgotten

  // Code::forbidden with the function's name. True where what somebody made runs, which may take
  // locks whatever it is declared as. REQUIRES: nothing is running on the link.
  Result<bool> check(const Context& context, Link& link, const Facts& facts);
  // Changes when what check() said before holds no longer.
  uint64_t epoch();

 private:
  // What a name may refer to: the letters of kWhatRuns.
  using Name = std::pair<char, std::string>;
  // A function that a name may call.
  struct Callee {
    std::string schema;    // Of the name.
    bool visible = false;  // Found without its schema.
    std::string function;
    bool changes = false;    // It is volatile.
    bool known = false;      // Of pg_catalog or an extension, so that functions.h speaks of it.
    bool takes_row = false;  // May be called as `row.name`.
  };
  Result<void> learn(const Context& context, Link& link, const Facts& facts);
  Result<bool> check_names(char kind, const std::vector<Call>& names) const;

  std::map<Name, std::vector<Callee>> by_name_;  // All that were asked for.
  std::chrono::steady_clock::time_point born_{};
  uint64_t epoch_ = 0;
};

}  // namespace dbops::postgres

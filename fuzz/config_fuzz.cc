// A configuration, whatever is in it: refused with messages that can be shown, in the order of
// their places, or taken with connections that can be told apart and bounds that hold.
#include <set>
#include <string>

#include "app/config.h"
#include "base/text.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::app;

namespace {

void check_shown(const std::string& text) {
  check(!text.empty() && valid_utf8(text));
  check(escape_control(text) == text);
}

void check_problems(const std::vector<Problem>& problems) {
  check(!problems.empty());
  const Problem* last = nullptr;
  for (const Problem& problem : problems) {
    check_shown(format_problem("dbops.toml", problem));
    check(last == nullptr || last->place.line <= problem.place.line);
    last = &problem;
  }
}

void check_config(const Config& config) {
  std::set<std::string> names;
  for (const NamedConnection& connection : config.connections) {
    const ConnectionOptions& options = connection.options;
    check(!options.name.empty() && names.insert(options.name).second);
    check(connection.unusable || !options.url.reveal().empty());
    check(options.tier <= Tier::admin);
    check(options.access.restricts() == !options.access.describe().empty());
    if (connection.unusable) check_shown(format_problem("dbops.toml", *connection.unusable));
  }
  for (const Problem& warning : config.warnings) check_shown(format_problem("dbops.toml", warning));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = parse_config(as_text(data, size), "/etc/dbops");
  if (config)
    check_config(*config);
  else
    check_problems(config.error());
  return 0;
}

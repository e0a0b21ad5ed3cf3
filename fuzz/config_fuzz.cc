// A configuration is taken, or everything wrong with it is said, at places that are in it.
#include <algorithm>

#include "app/config.h"
#include "base/text.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::app;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const auto config = parse_config(text, "/folder");
  if (config) {
    check(config->connections.size() <= kConnectionsMax);
    for (const NamedConnection& connection : config->connections) {
      check(!connection.options.name.empty() && connection.options.pool_max > 0);
      check(connection.options.limits.bytes > 0);
    }
    return 0;
  }
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  check(!config.error().empty());
  for (const Problem& problem : config.error()) {
    check(!problem.message.empty() && problem.place.line <= lines);
    check(valid_utf8(format_problem("dbops.toml", problem)));
    check(format_problem("dbops.toml", problem).find('\n') == std::string::npos);
  }
  return 0;
}

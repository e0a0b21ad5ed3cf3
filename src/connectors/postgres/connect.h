// From a connection's options to a connected libpq handle.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/postgres/link.h"
#include "core/connector.h"

namespace dbops::postgres {

// What libpq is told, and what this connector keeps for itself.
struct Target {
  std::vector<std::pair<std::string, Secret>> keywords;  // libpq's, in order: later ones win.
  bool prepare = true;             // Keep prepared statements; off where a pooler stands between.
  std::string lock_timeout = "0";  // Milliseconds, as text; 0: none.
};

// Moves what has one of these names out of the URL's query, where libpq would not know it, into the
// settings; those that stand there already win.
ConnectionOptions settings_of_url(ConnectionOptions options,
                                  std::span<const std::string_view> names);

// Checks URL and settings without I/O: Code::invalid_config with the name that is wrong and the
// nearest right one. Never quotes the URL.
Result<Target> read_target(const ConnectionOptions& given);

// Connects within the context's deadline and options.connect_timeout. All of it, name resolution
// included, runs on a helper thread, so a cancelled call returns at once.
Result<std::unique_ptr<Link>> open_link(const Context& context, const ConnectionOptions& options,
                                        const Target& target);

}  // namespace dbops::postgres

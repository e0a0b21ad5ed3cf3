// What the parts of the diagnosis share that ask the server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connectors/elasticsearch/diagnose_parts.h"
#include "connectors/elasticsearch/link.h"

namespace dbops::elasticsearch {

// The answer to a GET; nullopt with a finding where it can't be had, unless the whole look must
// end.
Result<std::optional<Whole>> look(const Context& context, Link& link, std::string_view area,
                                  const std::string& path, Findings& out);

// A text of the server's, fit to be shown.
std::string shown(const JsonView& json);

}  // namespace dbops::elasticsearch

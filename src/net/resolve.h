#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

// The addresses of a host, as numbers ("127.0.0.1", "fe80::1%eth0"), the best first; at least one.
// Ends with the context even where the system's resolver does not: that one then finishes on its
// own. Code::unknown_host, Code::timeout, Code::cancelled, Code::exhausted, Code::busy
// (too many that don't end). Thread-safe.
Result<std::vector<std::string>> resolve(const Context& context, const std::string& host);

}  // namespace dbops

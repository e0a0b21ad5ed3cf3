// Parameters in the body of a request. A string that is `$1` and nothing else stands for the first
// value, wherever a value can stand: {"query": {"term": {"carrier": "$1"}}}. It is looked for token
// by token, so that no value can become more than the one it is.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/parameters.h"

namespace dbops::elasticsearch {

inline constexpr size_t kBoundBodyBytesMax = 64u << 20;  // bytes of a body with its values

// The body with each value in its place; all else byte for byte as it was. A string spelled with an
// escape ("\u00241") is itself. Objects and arrays are JSON, dates ISO, bytes base64.
// Code::invalid_argument where places and values do not go together, a parameter has a name, or one
// would be the name of a member; Code::too_large. REQUIRES: `body` is JSON values one after the
// other, `parameters` is not empty. Thread-safe.
Result<std::string> bind_body(std::string_view body, const Parameters& parameters);

// Code::invalid_argument for a path with `$1` in it: what a request is judged by is written out.
Result<void> check_unbound(std::string_view path);

}  // namespace dbops::elasticsearch

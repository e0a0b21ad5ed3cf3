// Paths of requests, taken apart so that what is judged is what the server will see.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::elasticsearch {

// The parts of a path, decoded. Code::invalid_argument for one that can't
// be told apart with certainty: an empty part, "." or "..", a broken escape.
Result<std::vector<std::string>> split_target(std::string_view path);
// A part of a path or its query; nullopt for a broken escape, or one of a NUL.
std::optional<std::string> decode_component(std::string_view text);
// A name as a part of a path.
std::string encode_segment(std::string_view name);
// The value of a parameter in the path's query, decoded; empty where there is none.
std::string query_value(std::string_view path, std::string_view name);

}  // namespace dbops::elasticsearch

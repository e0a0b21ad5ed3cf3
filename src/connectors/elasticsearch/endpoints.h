// What each request may do: a closed table of methods and paths. What does not stand in it needs
// the tier admin.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops::elasticsearch {

struct Class {
  std::string verb;         // "GET _search", "PUT index".
  Tier tier = Tier::admin;  // The least that may send it.
  std::string reason = {};  // Why it is no read.
  std::string danger = {};  // What a person must confirm.
};

// `path` as it is sent, with its query or without. Code::invalid_argument for one that can't be
// told apart with certainty: an empty part, "." or "..", a broken escape. Code::forbidden for one
// that deletes indices by a pattern.
Result<Class> classify(std::string_view method, std::string_view path);

// GET, HEAD, POST, PUT, DELETE.
bool is_method(std::string_view word);

// The parts of a path, decoded. Code::invalid_argument as above.
Result<std::vector<std::string>> split_target(std::string_view path);
// A part of a path or its query; nullopt for a broken escape, or one of a NUL.
std::optional<std::string> decode_component(std::string_view text);
// A name as a part of a path.
std::string encode_segment(std::string_view name);
// The value of a parameter in the path's query, decoded; empty where there is none.
std::string query_value(std::string_view path, std::string_view name);

}  // namespace dbops::elasticsearch

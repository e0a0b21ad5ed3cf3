// What each request may do: a closed table of methods and paths. What does not stand in it needs
// the tier admin.
#pragma once

#include <string>
#include <string_view>

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
// that deletes by a pattern.
Result<Class> classify(std::string_view method, std::string_view path);

// GET, HEAD, POST, PUT, DELETE.
bool is_method(std::string_view word);

}  // namespace dbops::elasticsearch

// What is removed for good is named: never by a pattern, whatever the tier and whoever confirms it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::elasticsearch {

// Code::forbidden where one of the parts of what is deleted stands for more than itself: `logs-*`,
// `_all`, one of them in a list.
Result<void> check_named(const std::vector<std::string>& parts);

// The same for what the body of _aliases removes. Other bodies remove nothing by a name.
// REQUIRES: `path` was split before; `body`: JSON values one after the other.
Result<void> check_removals(std::string_view path, std::string_view body);

// "this removes the index a, too": what the body of _aliases removes, to be confirmed; or empty.
std::string removed_by(std::string_view path, std::string_view body);

}  // namespace dbops::elasticsearch

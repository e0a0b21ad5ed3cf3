#pragma once

#include <string>
#include <string_view>

namespace dbops::app {

// The one place where two texts differ, in the manner of `diff -u` with a line around it. What
// looks like a secret is hidden, control characters are escaped. Empty where they are equal.
std::string line_diff(std::string_view before, std::string_view after);

}  // namespace dbops::app

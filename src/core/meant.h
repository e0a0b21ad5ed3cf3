// What the writer of a statement probably meant by a word that its dialect doesn't know.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dbops {

// " (did you mean GET?)", to stand behind the reason of a statement; empty where no known word is
// near, or it is one of them.
std::string or_meant(std::string_view word, std::span<const std::string_view> known);

}  // namespace dbops

#pragma once

#include <string_view>

namespace dbops::mongodb {

// Whether a name has the text in it, case ignored; with a `*` or `?` the whole name is compared.
bool matches(std::string_view name, std::string_view pattern);

}  // namespace dbops::mongodb

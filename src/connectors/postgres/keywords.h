#pragma once

#include <string_view>
#include <vector>

namespace dbops::postgres {

// Whether a lower-case word can't stand everywhere as a name without quotes (PostgreSQL 18,
// appendix C: reserved, or reserved but for some places).
bool is_keyword(std::string_view word) noexcept;

// For completion: upper case, sorted.
std::vector<std::string_view> statement_keywords();

}  // namespace dbops::postgres

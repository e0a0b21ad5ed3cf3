// What one statement of SQLite is, told from its tokens.
#pragma once

#include <string_view>

#include "base/result.h"
#include "core/dialect.h"

namespace dbops::sqlite {

// Fills verb, tier, reason, danger and transactional of `statement` from `text`, which is that one
// statement. An Error's position counts bytes in `text`, from 1.
Result<void> classify(std::string_view text, Statement& statement);

}  // namespace dbops::sqlite

// SQLite's two long tables: its types, and how a read might be talked into a write.
#pragma once

#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::vector<TypeCase> sqlite_types();
std::vector<Attempt> sqlite_attempts();

}  // namespace dbops::contract

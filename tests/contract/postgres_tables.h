// PostgreSQL's two long tables: its types, and how a read might be talked into a write.
#pragma once

#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::vector<TypeCase> postgres_types();
std::vector<Attempt> postgres_attempts();

}  // namespace dbops::contract

// Redis' two long tables: the kinds of its replies, and how a read might be talked into a write.
#pragma once

#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::vector<TypeCase> redis_types();
std::vector<Attempt> redis_attempts();

}  // namespace dbops::contract

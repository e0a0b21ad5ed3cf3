// MongoDB's two long tables: the types of BSON, and how a read might be talked into a write.
#pragma once

#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::vector<TypeCase> mongodb_types();
std::vector<Attempt> mongodb_attempts();

}  // namespace dbops::contract

#pragma once

#include "core/access.h"
#include "ops/explore.h"

namespace dbops::ops {

bool shows(const Access& access, const Item& item);
// Leaves of an exploration what the policy lets be seen. Code::forbidden where its subject may not.
Result<void> show_allowed(const Access& access, Exploration& page);

}  // namespace dbops::ops

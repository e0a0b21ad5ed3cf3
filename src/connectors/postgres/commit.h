#pragma once

#include "connectors/postgres/link.h"

namespace dbops::postgres {

// Ends the open transaction block for good. Once it is sent it can't be taken back: a caller who
// gives up now is told so only when the answer stays away for Link::kStopMax more. Effect::unknown,
// with a broken link, where the reply was lost; Code::conflict where the server rolled it back.
// REQUIRES: nothing is running on the link.
Result<void> commit(const Context& context, Link& link);

}  // namespace dbops::postgres

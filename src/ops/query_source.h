// The rows of a statement on another connection.
#pragma once

#include <memory>

#include "ops/source.h"

namespace dbops::ops {

// `stream` must outlive it. At most `rows_cap` rows (0: no bound): one more is Code::forbidden.
std::unique_ptr<Source> stream_source(Stream& stream, uint64_t rows_cap);

}  // namespace dbops::ops

// How rows get from a stream to a sink, within the limits.
#pragma once

#include <string>

#include "ops/reading.h"
#include "ops/sink.h"

namespace dbops::ops {

struct Delivery {
  uint64_t rows = 0;       // The sink took.
  bool truncated = false;  // There is at least one more.
  std::string cut_by;      // See Page.
  uint64_t dropped = 0;    // Rows that were read and thrown away.
};

// What becomes of the rows beyond a limit.
enum class Beyond : uint8_t {
  keep,  // they stay in the stream: the next page's
  drop,  // they are read and thrown away, for the work must end
};

// Hands rows over until the stream's end, `rows_max` (0: none) or the sink's refusal. The first row
// is pulled before begin(), so a statement that fails at once leaves the sink untouched. `empty`:
// nothing stands in the sink yet. With Beyond::keep, Code::too_large when it refuses its first row.
Result<Delivery> deliver(const Context& context, Rows& rows, uint64_t rows_max, Beyond beyond,
                         bool empty, Sink& sink);

}  // namespace dbops::ops

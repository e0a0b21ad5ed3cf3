// Operations that say what a time series is like.
#pragma once

#include "connectors/timescaledb/target.h"

namespace dbops::timescaledb {

inline constexpr int64_t kCurvePointsMax = 5000;  // that a curve may be reduced to
inline constexpr int64_t kOutliersMax = 1000;     // rows, unless told otherwise

Answer late_rows(const Context& context, Session& session, Arguments arguments);
Answer cardinality(const Context& context, Session& session, Arguments arguments);
Answer rate(const Context& context, Session& session, Arguments arguments);
Answer outliers(const Context& context, Session& session, Arguments arguments);
// A curve with fewer points that looks the same, for a chart; see lttb.h.
Answer downsample(const Context& context, Session& session, Arguments arguments);

}  // namespace dbops::timescaledb

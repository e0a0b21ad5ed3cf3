// Operations that say how hypertables are cut and compressed, and how they should be.
#pragma once

#include "connectors/timescaledb/target.h"

namespace dbops::timescaledb {

inline constexpr int64_t kTrialBytesMax = 256 << 20;  // of the chunk that a trial compresses

Answer chunk_health(const Context& context, Session& session, Arguments arguments);
Answer chunk_intervals(const Context& context, Session& session, Arguments arguments);
Answer compression_advice(const Context& context, Session& session, Arguments arguments);
// Compresses a copy of one chunk in a transaction that is rolled back, and answers what it gained.
Answer try_compression(const Context& context, Session& session, Arguments arguments);

}  // namespace dbops::timescaledb

// Short reads that come at the same time go to the database in one round trip.
//
//   task 1: begin_read() leads: lets those that come until the next turn of its loop, and while it
//           waits for a session, join; sends all reads; hands out the answers
//   task 2: begin_read() joins and waits
//
// That is less work for everyone: one message, one waking of the server's process, one of ours. It
// costs nobody's safety: each read is judged, recorded and answered as if it were alone, and where
// anything goes wrong it is run alone. Only reads whose statement has been short lately take part
// (Habit), and for no longer than Queries::kTogetherMax, so that none has to wait for a long one.
#pragma once

#include "ops/call.h"
#include "ops/reading.h"

namespace dbops::ops {

// Starts the read: fills in `reading.results`, and `reading.lease` where it has a session of its
// own. The rest of `reading` must be there. Errors as Pool::acquire() and Queries::run().
Result<void> begin_read(Call& call, Reading& reading);

}  // namespace dbops::ops

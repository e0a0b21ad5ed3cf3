// A script without a transaction around it.
#pragma once

#include "connectors/redis/queries.h"

namespace dbops::redis {

inline constexpr size_t kPipelineMax = 1000;            // commands sent in one write
inline constexpr size_t kPipelineBytesMax = 64u << 10;  // of their words, but for the last one

// Commands in order: what ran stays done. They are sent together, up to the bounds above, and their
// replies read one by one: where one is answered by an error, those behind it have run too. In a
// cluster each is sent by itself, to the node that keeps its key, and on to where that one says. In
// Mode::read what only reads keys may go to a replica, and to another if that fails ahead of its
// answer. A reply is read as its rows are pulled. In front of a write that would end a key's time
// to live goes a PTTL, in scripts of few commands. The arguments must outlive it.
std::unique_ptr<Results> run_pipeline(RedisQueries& queries, const Script& script,
                                      const Parameters& parameters, Mode mode);

}  // namespace dbops::redis

// Which keys are large, and which are used most, by looking at some.
#pragma once

#include "connectors/redis/session.h"
#include "core/arguments.h"

namespace dbops::redis {

inline constexpr int64_t kSampledKeys = 10'000;  // looked at unless asked
inline constexpr int64_t kTopKeys = 20;          // answered unless asked
inline constexpr int64_t kTopKeysMax = 1000;

// Of the keys looked at (`match`, `sample`) the largest (`top`), a row each: key, type, bytes,
// length, time to live.
Result<std::unique_ptr<Stream>> big_keys(const Context& context, RedisSession& session,
                                         Arguments arguments);
// The same of those used most: by how often, where the server counts that (a maxmemory_policy of
// LFU), else by how long ago. Asks so that what the server keeps of their use stays.
Result<std::unique_ptr<Stream>> hot_keys(const Context& context, RedisSession& session,
                                         Arguments arguments);

}  // namespace dbops::redis

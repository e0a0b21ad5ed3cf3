// What a server says to a link that has subscribed.
#pragma once

#include <string_view>
#include <vector>

#include "connectors/redis/link.h"

namespace dbops::redis {

// The texts of what is said: {"message", channel, payload}, {"smessage", channel, payload},
// {"pmessage", pattern, channel, payload}; {"subscribe", channel} says that it has begun. Empty for
// anything else. They point into `said`.
std::vector<std::string_view> words_of(const RespReply& said);

}  // namespace dbops::redis

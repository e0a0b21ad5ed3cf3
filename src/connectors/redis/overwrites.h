// What a write ends or replaces without saying so.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/redis/nodes.h"

namespace dbops::redis {

inline constexpr size_t kProbedCommandsMax = 16;  // of a script whose keys' times are looked at
inline constexpr size_t kProbedKeysMax = 16;      // of one command

// Places of the keys that live for ever once the command has run, whatever time they had; none
// where it says itself what becomes of that (SET ... KEEPTTL, EX), and of more than kProbedKeysMax
// keys. `verb` as classify() has it.
std::vector<size_t> keys_made_lasting(std::string_view verb, std::span<const std::string> words);
// What there is to say of that; empty where no time has ended. `before`: what PTTL answered in
// front of the command.
std::string lost_time(std::string_view verb, std::string_view key, const RespReply& before);
// Of such a command: what it would have stored was empty, and there is no key now.
bool made_nothing(const RespReply& reply);

// What a person must confirm of a command that may put one key in the place of another; empty where
// it can't. A word such as $1 may be anything.
std::string overwrite_danger(std::string_view verb, std::span<const std::string> words);
// The place of the key that would be replaced; 0 where there is none.
size_t overwritten_key(std::string_view verb);

// By reading, of one command: what stands there and would be gone; empty where that isn't known.
std::string foretell(const Context& context, Nodes& nodes, std::string_view verb,
                     std::span<const std::string> words);

}  // namespace dbops::redis

// Which keys a command names, by the closed table of commands (command_table.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dbops::redis {

struct CommandKeys {
  std::vector<size_t> places = {};  // Words of the command, its name being the first.
  bool channels = false;            // They are channels, no keys.
  bool beyond = false;              // It may reach keys that it does not name.
};

// `verb` as classify() has it: "GET", "OBJECT ENCODING". No places: it is known to reach no key.
// nullopt where that can't be told, of commands that the table lacks and of words that make no
// sense to it. What a server would not take for a key may be among them, but never the reverse.
std::optional<CommandKeys> keys_of(std::string_view verb, std::span<const std::string> words);

}  // namespace dbops::redis

// What each command may do, by the closed table of them (command_table.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"

namespace dbops::redis {

struct Class {
  std::string verb;         // Upper case, with its subcommand where it has one: "CLIENT INFO".
  Tier tier = Tier::admin;  // The least that may run it.
  std::string reason = {};  // Why it is no read.
  std::string danger = {};  // What a person must confirm.
  bool link = false;        // It would change the link itself, on which dbops relies.
};

// REQUIRES: at least one word.
Class classify(std::span<const std::string> words);

// Every command of the table that needs less than the tier admin, sorted.
std::vector<std::string_view> known_commands();

}  // namespace dbops::redis

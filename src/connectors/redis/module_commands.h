// Commands of modules and of vector sets: a closed table of what each may do and which keys it
// names.
#pragma once

#include <span>
#include <string_view>

#include "base/context.h"

namespace dbops::redis {

struct ModuleCommand {
  // How its keys stand among its words.
  enum class Keys : uint8_t {
    first,         // Its first argument.
    second,        // The one behind its subcommand.
    two,           // Its first two.
    all_but_last,  // All of them but for a path.
    triplets,      // Each third from the first on.
    merged,        // The first, and as many behind the second as that says.
    others,        // It names none, or an index or labels that stand for keys: it may reach any.
  };
  std::string_view verb;  // As classify() has it.
  Tier tier = Tier::read;
  Keys keys = Keys::first;
  std::string_view danger = {};  // What a person must confirm.
};

// nullptr for what the table lacks.
const ModuleCommand* module_command(std::string_view verb);
std::span<const ModuleCommand> module_commands();

}  // namespace dbops::redis

// The closed table of commands: one row says what a command needs, where its keys stand, and what
// else is to be known of it. What does not stand in it needs the tier admin.
#pragma once

#include <span>
#include <string_view>

#include "base/context.h"

namespace dbops::redis {

struct KnownCommand {
  // How its keys stand among its words.
  enum class Keys : uint8_t {
    unknown,         // It may reach any, or tells of them.
    none,            // It has none, and tells of none.
    first,           // Its first argument.
    second,          // The one behind its subcommand.
    behind_first,    // All but the first.
    two,             // Its first two.
    all,             // All of them.
    all_but_last,    // The last is a limit of time, or a path.
    pairs,           // Each second from the first on.
    triplets,        // Each third from the first on.
    counted,         // As many behind the first as that says.
    counted_second,  // As many behind the second as that says.
    counted_pairs,   // As many pairs behind the first as that says.
    merged,          // The first, and as many behind the second as that says.
    script,          // As many behind the second as that says, and any.
    others,          // It names none, or an index or labels that stand for keys: it may reach any.
    channel,         // Its first argument is a channel.
    copy,            // COPY, SORT, GEORADIUS and XREAD have forms of their own.
    sort,
    radius,
    streams,
  };
  std::string_view verb;  // Upper case, with its subcommand where it has one.
  Tier tier = Tier::read;
  Keys keys = Keys::first;
  std::string_view danger = {};  // What a person must confirm.
  bool link = false;             // It would change the link itself, on which dbops relies.
};

// nullptr for what the table lacks.
const KnownCommand* find_command(std::string_view verb);
// The table's two parts.
std::span<const KnownCommand> server_commands();
std::span<const KnownCommand> module_commands();

}  // namespace dbops::redis

// MULTI ... EXEC as one call.
#pragma once

#include "connectors/redis/frame.h"
#include "connectors/redis/queries.h"

namespace dbops::redis {

// What a transaction sends, each command with its parameters in it.
struct Framed {
  std::vector<Link::Command> watches;
  std::vector<Link::Command> before;  // Reads that are answered in front of it.
  std::vector<Link::Command> inside;
};

// The answers of the commands, in order: those of the reads before it, and those within. All is
// sent to one node, the one that keeps the keys, step by step: what watches, then MULTI, then the
// commands, then EXEC, each after the server has taken what stands before it. An error ahead of
// EXEC is Effect::none. In front of a command that may end a key's time to live, within, that time
// is asked for, and its end is warned of; Code::conflict where a watched key was changed. The link
// is left without a transaction, or is closed. `script` must outlive it.
std::unique_ptr<Results> run_transaction(Nodes& nodes, const Script& script, Framed framed);

}  // namespace dbops::redis

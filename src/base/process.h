// This process as another may look for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbops {

// Names this process among all that ever ran on this machine, in this namespace of process ids;
// empty where the system tells too little.
std::string process_identity();
// Whether that process still runs; nullopt where it can't be told from here: another machine, or
// another container.
std::optional<bool> process_lives(std::string_view identity);

}  // namespace dbops

// `dbops install`: adds dbops to a client's own configuration file, and takes it out again.
#pragma once

#include <optional>
#include <string>

#include "app/install/clients.h"
#include "app/install/record.h"
#include "base/file.h"
#include "base/result.h"

namespace dbops::app {

inline constexpr size_t kEntryNameBytesMax = 64;

// A change to one file that was worked out but not made.
struct Change {
  std::string file;
  std::string before;
  std::string after;
  bool is_new = false;  // The file is not there yet.
  bool remove = false;  // Nothing is left of it: the file goes.
  std::string diff;     // To be shown; without secrets.
  Written written;      // What to record of it.
};

// Works out how `entry` gets into `file`. Code::already_exists where somebody else's entry has that
// name, Code::denied for a file that is read-only, Code::not_found where the client's folder is
// missing, Code::syntax and Code::too_large for what dbops can't read. nullopt: it stands there
// already.
Result<std::optional<Change>> plan_install(Files& files, const Record& record, const Client& client,
                                           const std::string& file, const std::string& name,
                                           const Entry& entry);

// Works out how the entry that the record knows gets out again. Code::not_found where none was
// written or it is gone; Code::conflict where it was changed since.
Result<Change> plan_undo(Files& files, const Record& record, const Client& client,
                         const std::string& file, const std::string& name);

// Code::conflict where the file was changed meanwhile.
Result<void> make_change(Files& files, const Change& change);

}  // namespace dbops::app

// What can be said of a database file from outside, without opening it: this process holds locks
// on it that would be lost when any descriptor of it is closed (POSIX advisory locks).
#pragma once

#include <string>

#include "base/result.h"

namespace dbops::sqlite {

// Whether there is a file at `path` that SQLite may try. `creates`: it may be missing, but not its
// folder. Code::not_found (with the nearest name in its folder), denied, or invalid_config.
Result<void> check_file(const std::string& path, bool creates);

// Whether nothing stands at `path`, and this process may make a file there.
bool can_be_made(const std::string& path);

// Whether this process, by its effective user, may do `mode` (access(2)) to the file.
bool accessible(const std::string& path, int mode);
// The same of the folder it stands in.
bool folder_accessible(const std::string& path, int mode);

// The URI of a database in memory that the sessions of one connection share. It lives as long as
// one of them; a connection without a name has one for each session.
std::string memory_uri(const std::string& connection_name);

// Adds to an error of opening or reading what WAL mode has to do with it, where it has.
void explain_wal(const std::string& path, Error& error);

}  // namespace dbops::sqlite

// SQLite: a database that is a file, read and written in this process by the SQLite library.
//
//   sqlite:flights.db    sqlite:/data/flights.db    sqlite:///data/flights.db    sqlite::memory:
//
// Settings, behind "?" or in the configuration: busy_timeout_ms, cache_kib, foreign_keys,
// immutable, attach_roots, backup_root (README.md).
#pragma once

#include "core/connector.h"

namespace dbops::sqlite {

// Thread-safe, static storage.
const Connector& connector();

}  // namespace dbops::sqlite

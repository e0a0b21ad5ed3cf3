// Where a database is and how it is to be opened, as the URL and the settings say.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/connector.h"

namespace dbops::sqlite {

struct Location {
  // As it is written, relative to the working folder; ":memory:" for a database in memory.
  std::string path;
  bool memory = false;
  bool immutable = false;  // Nothing writes to the file: SQLite takes no locks and makes no files.
  bool foreign_keys = true;                      // Enforced in writes.
  std::chrono::milliseconds busy_timeout{5000};  // How long to wait for another's lock.
  int cache_kib = 2000;                          // Page cache of one session.
  std::vector<std::string> attach_roots;         // Folders that ATTACH may open files in.
  std::string backup_root;  // The folder for copies; empty: the database's own folder.
};

inline constexpr int64_t kBusyTimeoutMax = 600'000;  // ms
inline constexpr int64_t kCacheKibMin = 64;
inline constexpr int64_t kCacheKibMax = 1 << 20;
inline constexpr size_t kRootsMax = 64;  // folders in attach_roots

// No I/O. Code::invalid_config with the setting's name, and the nearest right one.
Result<Location> read_location(const ConnectionOptions& options);

// SQLite's own URI of the file: an absolute path, every special byte escaped.
std::string file_uri(const std::string& path, bool immutable);

// True when `path`, with symbolic links followed, stands in `folder` or below it. The file itself
// need not exist, its folder must.
bool stands_in(const std::string& path, const std::string& folder);

}  // namespace dbops::sqlite

// A VFS that fails the N-th operation that changes a file: for tests of what a full or dying disk
// leaves behind.
#pragma once

#include <sqlite3.h>

namespace dbops::sqlite::testing {

enum class Fault { full, io };
enum class Times { once, from_then_on };

// While it lives, it is SQLite's default VFS. Counts and fails writes, syncs, truncations and
// deletions of all files that are opened meanwhile; these must be closed before it is destroyed.
class FaultyVfs {
 public:
  // 0: nothing fails.
  FaultyVfs(int fail_at, Fault fault, Times times);
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  // An operation has failed.
  bool fired() const;
};

}  // namespace dbops::sqlite::testing

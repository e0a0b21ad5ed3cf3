// Lines of an audit log on their way into its table: a file beside it, to which one write()
// appends what an SQLite transaction would take eight system calls for. It goes on while its lines
// are folded, outlives a killed process, and the next one that opens the log takes it over.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/audit_store.h"

namespace dbops::ops {

// For one thread at a time, and for none but its process: it is locked (flock).
class AuditJournal {
 public:
  struct Kept {
    AuditEntry entry;
    std::chrono::system_clock::time_point at;
    size_t end = 0;  // Bytes of the journal once it stood there.
  };

  // A new one beside the log, mode 0600. Code::io, also where files can't be locked there.
  static Result<std::unique_ptr<AuditJournal>> create(const std::string& log);
  // Those beside the log whose processes have died. One that can't be read is left and warned of.
  static std::vector<std::unique_ptr<AuditJournal>> take_over(const std::string& log);
  // Whether one of that name stands beside the log.
  static bool exists(const std::string& log, const std::string& name);
  ~AuditJournal();
  AuditJournal(const AuditJournal&) = delete;
  AuditJournal& operator=(const AuditJournal&) = delete;

  // All of them or none; on return they survive the death of this process. Code::io,
  // Code::exhausted. REQUIRES: they are complete, and none stands in the table already.
  Result<void> append(std::span<AuditLine* const> lines);
  // It has so much that another is to follow, or half a line that could not be taken back.
  bool is_over() const { return bytes_ >= kBytes || halved_; }
  // Those that came since the last time, in their order.
  std::vector<Kept> take();
  // Unique, and without a folder.
  std::string name() const;
  // Once its lines stand in the table; until then destruction leaves the file.
  void remove();

 private:
  static constexpr size_t kBytes = 1u << 20;

  AuditJournal(std::string path, int file) : path_(std::move(path)), file_(file) {}
  static std::unique_ptr<AuditJournal> lock(const std::string& path, int flags);
  Result<void> read();

  const std::string path_;
  const int file_;
  size_t bytes_ = 0;     // Of whole lines.
  bool halved_ = false;  // What follows them is none.
  std::string buffer_;
  std::vector<Kept> lines_;
};

}  // namespace dbops::ops

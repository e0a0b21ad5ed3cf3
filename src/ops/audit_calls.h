// The table `calls` of an audit log in an SQLite file.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/audit_journal.h"
#include "ops/audit_store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dbops::ops {

// What is to be folded of a journal.
struct AuditFold {
  std::string journal;  // Its name.
  std::vector<AuditJournal::Kept> lines;
};

// For one thread at a time.
class AuditCalls {
 public:
  // Makes what is missing. Errors as Audit::open().
  static Result<std::unique_ptr<AuditCalls>> open(const std::string& path);
  // The lines of the journals, but those that were folded before, then `lines`: all of it or
  // nothing, in one transaction. Code::busy where another process writes just now.
  Result<void> write(std::span<const AuditFold> folds, std::span<AuditLine* const> lines);

  // From here on write() holds up its thread until others have written, for two seconds at most.
  void wait_for_others();

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Database = std::unique_ptr<sqlite3, Closer>;
  using Prepared = std::unique_ptr<sqlite3_stmt, Closer>;

  explicit AuditCalls(std::string path) : path_(std::move(path)) {}

  Result<void> open();
  Result<void> prepare(const char* sql, Prepared& into);
  Result<void> prepare_folding();
  Result<void> step(sqlite3_stmt* statement);
  Result<void> write_within(std::span<const AuditFold> folds, std::span<AuditLine* const> lines);
  Result<void> fold(const AuditFold& fold);
  Result<std::optional<size_t>> folded_bytes(const std::string& journal);
  Result<void> forget_removed();
  Result<void> put(AuditLine& line);
  Result<void> add(AuditLine& line);

  const std::string path_;
  Database database_;
  Prepared insert_;
  Prepared update_;
  Prepared begin_;
  Prepared commit_;
  Prepared rollback_;
  Prepared mark_;  // These are there once a journal was folded.
  Prepared marked_;
  Prepared marks_;
  Prepared forget_;
};

}  // namespace dbops::ops

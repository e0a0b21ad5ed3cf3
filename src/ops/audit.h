#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dbops::ops {

// One line for every call: who did what where, and how it ended. Never a value, a parameter or a
// secret.
struct AuditEntry {
  std::string principal;
  std::string tool;
  std::string connection;
  std::string statement_hash;  // SHA-256 of the statement, hex; empty where there is none.
  // "allowed", "confirmed" (by a person), "rehearsed" (a dry run), "confirmation_required", or
  // "refused": dbops ended the call before the database saw any of it.
  std::string verdict = "refused";
  uint64_t rows = 0;  // Handed over, or written where the statement wrote.
  int64_t elapsed_ms = 0;
  std::string error_code;  // Empty: it went well.
  std::string trace_id;
};

class AuditStore;  // ops/audit_store.h

// The audit log: an SQLite file or a table of a PostgreSQL, to which several processes may write.
// Lines that come at once are written together. Thread-safe.
class Audit {
 public:
  explicit Audit(std::unique_ptr<AuditStore> store);
  // An SQLite file with one table, `calls`. Makes it (mode 0600) and its folder (0700) where they
  // are missing. Code::io, Code::denied, Code::exhausted (a full disk), Code::busy (locked),
  // Code::corrupt where the file is no audit log, Code::unsupported where a newer dbops made it.
  static Result<std::unique_ptr<Audit>> open(const std::string& path);
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // On return the line survives the death of this process. A failure is logged once and counted;
  // what it means for the call is the caller's to say (Settings::audit_required).
  Result<void> record(const AuditEntry& entry);
  // The same in two steps, for calls that must not run unrecorded: the line stands before the work,
  // without elapsed_ms, and is completed after it. Answers the line's number.
  Result<int64_t> start(const AuditEntry& entry);
  Result<void> complete(int64_t line, const AuditEntry& entry);
  // Lines that could not be written or completed.
  uint64_t failures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dbops::ops

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
  std::string verdict;         // "allowed", "refused", "confirmation_required", "confirmed"
  uint64_t rows = 0;
  int64_t elapsed_ms = 0;
  std::string error_code;  // Empty: it went well.
  std::string trace_id;
};

// The audit log, an SQLite file. Thread-safe.
class Audit {
 public:
  // Makes the file (mode 0600) and its folder where they are missing. Code::io, Code::corrupt,
  // Code::denied.
  static Result<std::unique_ptr<Audit>> open(const std::string& path);
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // On return the line survives the death of this process. A failure is logged once and counted; it
  // does not fail the call that is recorded, unless the log was opened as required by the
  // configuration.
  Result<void> record(const AuditEntry& entry);
  uint64_t failures() const;

 private:
  struct State;
  explicit Audit(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dbops::ops

// Where the lines of the audit log end up. The engine of ops/audit.h: it gathers, a store writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/connector.h"
#include "ops/audit.h"

namespace dbops::ops {

inline constexpr size_t kAuditFieldBytesMax = 256;  // of each text; a caller's own may be longer

// One that is to be written, or completed.
struct AuditLine {
  const AuditEntry& entry;
  std::optional<int64_t> elapsed_ms = {};  // nullopt: it has begun.
  std::optional<int64_t> id = {};          // Of one that stands already and is completed.
  std::chrono::system_clock::time_point at = std::chrono::system_clock::now();
  int64_t made = 0;  // Set by the store: of a new one that was written.
};

// Used by one thread or task at a time; it may wait, by Context::wait() alone.
class AuditStore {
 public:
  virtual ~AuditStore() = default;
  // All of them or none, in one transaction; on return they survive the death of this process.
  // Code::busy: it may go well in a moment.
  virtual Result<void> write(std::span<AuditLine* const> lines) = 0;
};

// An SQLite file with one table, `calls`. Lines that come close on each other are kept in a journal
// beside it and are in the table a moment later. Errors as Audit::open().
Result<std::unique_ptr<AuditStore>> open_audit_file(const std::string& path);

// A table `dbops_audit` of a PostgreSQL, which several servers may share. It is made, and the
// database connected to, when the first line is written, and again whenever it was away; in between
// lines are refused at once (Code::unreachable ...). `options`: only url, complete_url, settings
// and connect_timeout matter. Code::invalid_config for options that can't be right.
Result<std::unique_ptr<AuditStore>> make_audit_table(ConnectionOptions options,
                                                     std::span<const Connector* const> connectors);

}  // namespace dbops::ops

// Reads of a large hypertable that no condition holds to some of its chunks.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "core/connector.h"
#include "core/session.h"

namespace dbops::timescaledb {

class TimescaleSession;

inline constexpr int64_t kGuardChunks = 100;          // A hypertable of as many chunks is large ...
inline constexpr int64_t kGuardBytes = 1 << 30;       // ... and one of as many bytes.
inline constexpr size_t kGuardedMax = 1000;           // names that are looked for in a statement
inline constexpr std::chrono::seconds kGuardAge{60};  // for which it is taken as known which are

inline constexpr std::string_view kScanGuard = "scan_guard";  // the setting's name
enum class ScanGuard : uint8_t { off, warn, refuse };

// The setting "scan_guard" of a connection; ScanGuard::warn without one. Code::invalid_config.
Result<ScanGuard> scan_guard_of(const ConnectionOptions& options);

// PostgreSQL's queries. A single read that names a large hypertable, or a continuous aggregate that
// is kept in one, is explained first: one that would read all of its chunks gets a warning, or
// Code::forbidden before it runs. Borrows both.
class GuardedQueries final : public Queries {
 public:
  GuardedQueries(TimescaleSession& session, Queries& below, ScanGuard guard)
      : session_(session), below_(below), guard_(guard) {}

  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;

 private:
  Result<bool> names_large(const Context& context, const Script& script);
  std::string find_scan(const Context& context, const Script& script, const Parameters& parameters);

  TimescaleSession& session_;
  Queries& below_;
  const ScanGuard guard_;
  std::set<std::string> large_;  // In lower case.
  std::optional<std::chrono::steady_clock::time_point> known_;
};

}  // namespace dbops::timescaledb

#include "connectors/timescaledb/connector.h"

#include <array>

#include "connectors/postgres/connector.h"
#include "connectors/timescaledb/operations.h"
#include "connectors/timescaledb/session.h"

namespace dbops::timescaledb {
namespace {

constexpr std::string_view kScheme = "timescaledb";

// The same target as libpq knows it.
ConnectionOptions as_postgres(ConnectionOptions options) {
  std::string url(options.url.reveal());
  if (const size_t colon = url.find(':'); colon == kScheme.size())
    url.replace(0, colon, "postgresql");
  options.url = Secret(std::move(url));
  std::erase_if(options.settings, [](const auto& one) { return one.first == kScanGuard; });
  return options;
}

class TimescaleConnector final : public Connector {
 public:
  std::string_view name() const override { return "timescaledb"; }
  std::string_view telemetry_name() const override { return "postgresql"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 1> kSchemes{kScheme};
    return kSchemes;
  }
  std::string library() const override { return postgres::connector().library(); }
  const Dialect& dialect() const override { return postgres::connector().dialect(); }
  std::span<const Operation> operations() const override { return timescaledb::operations(); }

  bool enforces_access() const override { return postgres::connector().enforces_access(); }
  bool waits_only() const override { return postgres::connector().waits_only(); }
  bool runs_together() const override { return postgres::connector().runs_together(); }
  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(scan_guard_of(options));
    return postgres::connector().check(as_postgres(options));
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(const ScanGuard guard, scan_guard_of(options));
    DBOPS_ASSIGN(auto core, postgres::open_core(context, as_postgres(options)));
    return std::make_unique<TimescaleSession>(std::move(core), guard);
  }
};

}  // namespace

const Connector& connector() {
  static const TimescaleConnector instance;
  return instance;
}

}  // namespace dbops::timescaledb

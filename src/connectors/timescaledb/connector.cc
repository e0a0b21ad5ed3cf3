#include "connectors/timescaledb/connector.h"

#include <array>

#include "connectors/postgres/connect.h"
#include "connectors/postgres/connector.h"
#include "connectors/timescaledb/operations.h"
#include "connectors/timescaledb/session.h"

namespace dbops::timescaledb {
namespace {

constexpr std::string_view kScheme = "timescaledb";

// Tiger Cloud lets a session of it write nothing, whatever it asks for; elsewhere nobody reads it.
constexpr std::string_view kReadOnly = "-c tsdb_admin.read_only_connection=on";

// What the server is to hold to from the start. Poolers refuse it, and the URL's own options would
// be lost: there the transactions alone are read-only.
void ask_for_read_only(ConnectionOptions& options) {
  std::string* given = nullptr;
  for (auto& [name, value] : options.settings) {
    if (name == "prepare" && value == "off") return;
    if (name == "options") given = &value;
  }
  if (given != nullptr)
    given->append(" ").append(kReadOnly);
  else if (options.url.reveal().find("options=") == std::string_view::npos)
    options.settings.emplace_back("options", kReadOnly);
}

// With what stands in the URL's query and libpq doesn't know among the settings.
ConnectionOptions with_settings(const ConnectionOptions& options) {
  constexpr auto kOwn = std::to_array<std::string_view>({kScanGuard, "lock_timeout_ms", "prepare"});
  return postgres::settings_of_url(options, kOwn);
}

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
    const ConnectionOptions own = with_settings(options);
    DBOPS_TRY(scan_guard_of(own));
    return postgres::connector().check(as_postgres(own));
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    const ConnectionOptions own = with_settings(options);
    DBOPS_ASSIGN(const ScanGuard guard, scan_guard_of(own));
    ConnectionOptions adapted = as_postgres(own);
    if (adapted.tier == Tier::read) ask_for_read_only(adapted);
    DBOPS_ASSIGN(auto core, postgres::open_core(context, adapted));
    return std::make_unique<TimescaleSession>(std::move(core), guard);
  }
};

}  // namespace

const Connector& connector() {
  static const TimescaleConnector instance;
  return instance;
}

}  // namespace dbops::timescaledb

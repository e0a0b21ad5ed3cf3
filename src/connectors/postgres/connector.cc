#include "connectors/postgres/connector.h"

#include <array>

#include "connectors/postgres/connect.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/operations.h"
#include "connectors/postgres/parse_tree.h"
#include "connectors/postgres/session.h"

namespace dbops::postgres {
namespace {

class PostgresConnector final : public Connector {
 public:
  std::string_view name() const override { return "postgres"; }
  std::string_view telemetry_name() const override { return "postgresql"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 2> kSchemes{"postgres", "postgresql"};
    return kSchemes;
  }
  std::string library() const override {
    const int version = PQlibVersion();  // 150018 is 15.18.
    return "libpq " + std::to_string(version / 10000) + "." + std::to_string(version % 10000) +
           ", the grammar of PostgreSQL " + std::to_string(grammar_release());
  }
  const Dialect& dialect() const override { return postgres::dialect(); }
  std::span<const Operation> operations() const override { return postgres::operations(); }

  bool enforces_access() const override { return true; }
  bool waits_only() const override { return true; }
  bool runs_together() const override { return true; }
  bool watches() const override { return true; }
  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(read_target(options));
    return {};
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(auto core, open_core(context, options));
    return std::make_unique<PostgresSession>(std::move(core));
  }
};

}  // namespace

const Connector& connector() {
  static const PostgresConnector instance;
  return instance;
}

}  // namespace dbops::postgres

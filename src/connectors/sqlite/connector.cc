#include "connectors/sqlite/connector.h"

#include <sqlite3.h>

#include <array>

#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/location.h"
#include "connectors/sqlite/operations.h"
#include "connectors/sqlite/session.h"

namespace dbops::sqlite {
namespace {

class SqliteConnector final : public Connector {
 public:
  std::string_view name() const override { return "sqlite"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 1> kSchemes = {"sqlite"};
    return kSchemes;
  }
  std::string library() const override { return std::string("SQLite ") + sqlite3_libversion(); }
  const Dialect& dialect() const override { return sqlite::dialect(); }
  std::span<const Operation> operations() const override { return sqlite::operations(); }

  bool enforces_access() const override { return true; }
  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(read_location(options));
    return {};
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_TRY(context.alive());
    DBOPS_ASSIGN(auto database, Database::open(context, options));
    return std::make_unique<SqliteSession>(std::move(database));
  }
};

}  // namespace

const Connector& connector() {
  static const SqliteConnector connector;
  return connector;
}

}  // namespace dbops::sqlite

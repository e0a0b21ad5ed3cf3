#include "connectors/redis/connector.h"

#include <array>

#include "connectors/redis/dialect.h"
#include "connectors/redis/operations.h"
#include "connectors/redis/session.h"
#include "connectors/redis/target.h"

namespace dbops::redis {
namespace {

class RedisConnector final : public Connector {
 public:
  std::string_view name() const override { return "redis"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 5> kSchemes = {
        "redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel"};
    return kSchemes;
  }
  // The protocol: the client is dbops' own.
  std::string library() const override { return "RESP 3"; }
  const Dialect& dialect() const override { return redis::dialect(); }
  std::span<const Operation> operations() const override { return redis::operations(); }

  bool enforces_access() const override { return true; }
  bool catalog_holds_rules() const override { return true; }
  bool shows(const Access& access, std::span<const std::string> path) const override {
    return path.empty() || !access.restricts_data() || shows_place(access, path);
  }
  bool tells_of_data(std::string_view topic) const override { return tells_of_keys_by(topic); }
  bool watches() const override { return true; }
  bool has_topics() const override { return true; }

  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(read_target(options));
    return KeyRules::check_rules(options.access);
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(const Target target, read_target(options));
    DBOPS_TRY(KeyRules::check_rules(options.access));
    DBOPS_ASSIGN(OpenLink open, open_link(context, options.connect_timeout, target));
    return std::make_unique<RedisSession>(std::move(open), target, options);
  }
};

}  // namespace

const Connector& connector() {
  static const RedisConnector kConnector;
  return kConnector;
}

}  // namespace dbops::redis

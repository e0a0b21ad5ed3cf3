#include "connectors/elasticsearch/connector.h"

#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/dialect.h"
#include "connectors/elasticsearch/operations.h"
#include "connectors/elasticsearch/session.h"

namespace dbops::elasticsearch {
namespace {

// A pattern that takes an index for a schema would never fit, and hide nothing.
Result<void> check_rules(const Access& access) {
  if (access.names_no_schema_but(kOnlySchema)) return {};
  return fail(Code::invalid_config, "a rule of the policy names a schema, of which there are none",
              R"(put names with dots in them in double quotes: deny = ['"logs.app"'], )"
              R"(masks = ['people."user.email"'])");
}

class ElasticConnector final : public Connector {
 public:
  std::string_view name() const override { return "elasticsearch"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 2> kSchemes = {"elasticsearch",
                                                                 "elasticsearch+https"};
    return kSchemes;
  }
  std::string library() const override { return http_library(); }
  const Dialect& dialect() const override { return elasticsearch::dialect(); }
  std::span<const Operation> operations() const override { return elasticsearch::operations(); }

  bool enforces_access() const override { return true; }
  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(read_target(options));
    return check_rules(options.access);
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(Target target, read_target(options));
    DBOPS_TRY(check_rules(options.access));
    const std::string place = escape_control(target.places[0]);
    const Secret authorization = target.authorization;
    Context limited = context;
    limited.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
    auto session =
        std::make_unique<ElasticSession>(std::move(target), options.tier, options.access);
    const auto greeted = session->greet(limited);
    if (greeted) return session;
    Error error = greeted.error();
    error.effect = Effect::none;
    if (!error.message.starts_with(place)) error.message.insert(0, place + ": ");
    error.message = "connecting to " + redact(error.message, authorization);
    if (error.code == Code::timeout || error.code == Code::disconnected)
      error.hint = "check host and port, and whether the server wants TLS (elasticsearch+https:)";
    else if (error.hint.empty())
      error.hint = "check the connection's URL, and whether the server runs";
    return fail(std::move(error));
  }
};

}  // namespace

const Connector& connector() {
  static const ElasticConnector kConnector;
  return kConnector;
}

}  // namespace dbops::elasticsearch

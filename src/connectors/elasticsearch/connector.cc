#include "connectors/elasticsearch/connector.h"

#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/dialect.h"
#include "connectors/elasticsearch/operations.h"
#include "connectors/elasticsearch/session.h"

namespace dbops::elasticsearch {
namespace {

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

  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_TRY(read_target(options));
    return {};
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(Target target, read_target(options));
    const std::string place = escape_control(target.places[0]);
    const Secret authorization = target.authorization;
    Context limited = context;
    limited.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
    auto session = std::make_unique<ElasticSession>(std::move(target), options.tier);
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

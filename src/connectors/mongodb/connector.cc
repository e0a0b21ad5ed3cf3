#include "connectors/mongodb/connector.h"

#include <array>

#include "connectors/mongodb/dialect.h"
#include "connectors/mongodb/operations.h"
#include "connectors/mongodb/session.h"
#include "connectors/mongodb/target.h"

namespace dbops::mongodb {
namespace {

// Says where, and what to look at where the error does not.
tl::unexpected<Error> at_place(Error error, const Target& target) {
  error.message = "connecting to " + target.place() + ": " + error.message;
  if (error.code == Code::timeout)
    error.hint = "check host and port, and whether the server wants TLS (tls=true) or has none";
  else if (error.code == Code::authentication)
    error.hint =
        target.by_certificate()
            ? "the server must know the certificate's subject as a user of $external; a user in "
              "the URL must be that subject"
            : "check user, password and authSource in the connection's URL";
  else if (error.hint.empty())
    error.hint = "check the connection's URL, and whether the server runs";
  return fail(std::move(error));
}

class MongoConnector final : public Connector {
 public:
  std::string_view name() const override { return "mongodb"; }
  std::span<const std::string_view> schemes() const override {
    static constexpr std::array<std::string_view, 2> kSchemes = {"mongodb", "mongodb+srv"};
    return kSchemes;
  }
  std::string library() const override { return Link::library(); }
  const Dialect& dialect() const override { return mongodb::dialect(); }
  std::span<const Operation> operations() const override { return mongodb::operations(); }
  bool watches() const override { return true; }

  Result<void> check(const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(const Target target, read_target(options));
    return Link::check(target);
  }

  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    DBOPS_ASSIGN(const Target target, read_target(options));
    Context limited = context;
    limited.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
    auto link = Link::open(limited, target);
    if (!link) return at_place(std::move(link).error(), target);
    return std::make_unique<MongoSession>(*std::move(link), target, options.tier);
  }
};

}  // namespace

const Connector& connector() {
  static const MongoConnector kConnector;
  return kConnector;
}

}  // namespace dbops::mongodb

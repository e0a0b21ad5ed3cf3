#include "contract/redis_database.h"

#include <cstdlib>

#include "connectors/redis/connector.h"
#include "contract/contract.h"
#include "net/url.h"

namespace dbops::contract {
namespace {

const std::string kServer = DBOPS_CONTRACT_SERVER;  // The variable with its URL.
constexpr std::string_view kDatabase = "/2";  // Other tests use the first two at the same time.

Url server(const std::string& variable) {
  const char* url = std::getenv(variable.c_str());
  if (url == nullptr) throw std::runtime_error(variable + " is not set: run ./test redis");
  return must(Url::parse(url));
}

ConnectionOptions options_of(const Url& url, Tier tier) {
  std::string text = url.scheme + "://" + url.user + ":" + std::string(url.password.reveal()) +
                     "@" + url.hosts[0].name + ":" + std::to_string(url.hosts[0].port.value()) +
                     url.path;
  for (size_t i = 0; i < url.query.size(); ++i)
    text += (i == 0 ? "?" : "&") + url.query[i].first + "=" + url.query[i].second;
  ConnectionOptions options;
  options.name = "contract";
  options.url = Secret(std::move(text));
  options.tier = tier;
  return options;
}

Url database(const std::string& variable) {
  Url url = server(variable);
  url.path = kDatabase;
  return url;
}

class Database final : public Sandbox {
 public:
  Database() { flush(); }
  ~Database() override { flush(); }
  ConnectionOptions options(Tier tier) const override {
    return options_of(database(kServer), tier);
  }

 private:
  void flush() const {
    const Connector& connector = redis::connector();
    const auto session = must(connector.connect({}, options(Tier::admin)));
    must(run({}, *session, must(connector.dialect().parse("FLUSHDB")), {}, Mode::write));
  }
};

}  // namespace

std::unique_ptr<Sandbox> make_redis_database() { return std::make_unique<Database>(); }

std::vector<BadTarget> redis_bad_targets(const Sandbox&) {
  const Url good = database(kServer);
  const std::string port = std::to_string(good.hosts[0].port.value());
  std::vector<BadTarget> targets;
  const auto add = [&](std::string_view what, const Url& url, Code code,
                       std::vector<std::string> mentions) {
    targets.push_back({what, options_of(url, Tier::read), code, std::move(mentions)});
  };
  Url url = good;
  url.password = Secret("hunter2");
  add("wrong password", url, Code::authentication, {"127.0.0.1", port});
  url.hosts[0].name = "no-such-host.invalid";
  add("unknown host", url, Code::unknown_host, {"no-such-host.invalid", port});
  url.hosts[0] = {.name = "127.0.0.1", .port = 1};
  add("refused port", url, Code::unreachable, {"127.0.0.1", "1"});
  url = good;
  url.path = "/999999";
  add("no such database", url, Code::not_found, {"127.0.0.1", port});
  url = database(kServer + "_TLS");
  const std::string tls_port = std::to_string(url.hosts[0].port.value());
  Url wrong = url;
  wrong.hosts[0].name = "127.0.0.2";  // The server's, but not in its certificate.
  add("another's certificate", wrong, Code::tls, {"127.0.0.2", tls_port});
  wrong = url;
  std::string& root = wrong.query[0].second;
  root.replace(root.rfind("ca.crt"), std::string::npos, "other-ca.crt");
  add("another authority", wrong, Code::tls, {"127.0.0.1", tls_port});
  wrong = url;
  wrong.query.clear();
  add("no authority", wrong, Code::tls, {"127.0.0.1", tls_port});
  wrong = url;
  wrong.query[0].second = "/no/such/ca.crt";
  add("no such file", wrong, Code::tls, {"127.0.0.1", tls_port, "/no/such/ca.crt"});
  return targets;
}

ConnectionOptions redis_on_port(const Sandbox&, uint16_t port) {
  Url url = database(kServer);
  url.hosts[0].port = port;
  return options_of(url, Tier::read);
}

ConnectionOptions redis_over_tls(const Sandbox&) {
  return options_of(database(kServer + "_TLS"), Tier::read);
}

}  // namespace dbops::contract

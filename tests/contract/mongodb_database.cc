#include "contract/mongodb_database.h"

#include <cstdlib>

#include "connectors/mongodb/connector.h"
#include "contract/contract.h"
#include "net/url.h"

namespace dbops::contract {
namespace {

constexpr const char* kServer = "DBOPS_TEST_MONGODB";
constexpr const char* kSet = "DBOPS_TEST_MONGODB_SET";
// Of this suite alone, and of each server: they share an engine, with each other and other tests.
constexpr std::string_view kDatabase = "/contract";
constexpr std::string_view kSetDatabase = "/contract_set";

Url database(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr)
    throw std::runtime_error(std::string(variable) + " is not set: run ./test mongodb");
  Url url = must(Url::parse(text));
  url.path = std::string_view(variable) == kSet ? kSetDatabase : kDatabase;
  // So that fields are columns.
  url.query.emplace_back("rows", "flat");
  return url;
}

ConnectionOptions options_of(const Url& url, Tier tier) {
  std::string text = url.scheme + "://";
  if (!url.user.empty()) text += url.user + ":" + std::string(url.password.reveal()) + "@";
  for (const Url::Host& host : url.hosts)
    text += host.name + ":" + std::to_string(host.port.value()) +
            (&host == &url.hosts.back() ? "" : ",");
  text += url.path;
  for (size_t i = 0; i < url.query.size(); ++i)
    text += (i == 0 ? "?" : "&") + url.query[i].first + "=" + url.query[i].second;
  ConnectionOptions options;
  options.name = "contract";
  options.url = Secret(std::move(text));
  options.tier = tier;
  return options;
}

class Database final : public Sandbox {
 public:
  explicit Database(const char* variable) : variable_(variable) { drop(); }
  ~Database() override { drop(); }
  ConnectionOptions options(Tier tier) const override {
    return options_of(database(variable_), tier);
  }

 private:
  void drop() const {
    const Connector& connector = mongodb::connector();
    const auto session = must(connector.connect({}, options(Tier::admin)));
    const Script script = must(connector.dialect().parse(R"({"dropDatabase": 1})"));
    must(run({}, *session, script, {}, Mode::write));
  }

  const char* variable_;
};

}  // namespace

std::unique_ptr<Sandbox> make_mongodb_database() { return std::make_unique<Database>(kServer); }

std::unique_ptr<Sandbox> make_mongodb_set_database() { return std::make_unique<Database>(kSet); }

std::vector<BadTarget> mongodb_bad_targets(const Sandbox&) {
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
  url = database("DBOPS_TEST_MONGODB_TLS");
  const std::string tls_port = std::to_string(url.hosts[0].port.value());
  const auto authority = [](Url& of) -> std::string& {
    for (auto& [name, value] : of.query)
      if (name == "tlsCAFile") return value;
    throw std::runtime_error("the URL names no authority");
  };
  Url wrong = url;
  std::string& other = authority(wrong);
  other.replace(other.rfind("ca.crt"), std::string::npos, "other-ca.crt");
  add("another authority", wrong, Code::tls, {"127.0.0.1", tls_port});
  wrong = url;
  authority(wrong) = "/no/such/ca.crt";
  add("no such file", wrong, Code::tls, {"127.0.0.1", tls_port, "/no/such/ca.crt"});
  return targets;
}

ConnectionOptions mongodb_on_port(const Sandbox&, uint16_t port) {
  Url url = database(kServer);
  url.hosts[0].port = port;
  return options_of(url, Tier::read);
}

ConnectionOptions mongodb_over_tls(const Sandbox&) {
  return options_of(database("DBOPS_TEST_MONGODB_TLS"), Tier::read);
}

}  // namespace dbops::contract

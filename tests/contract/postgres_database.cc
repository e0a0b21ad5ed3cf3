#include "contract/postgres_database.h"

#include <cstdlib>

#include "base/bytes.h"
#include "connectors/postgres/connector.h"
#include "contract/contract.h"
#include "net/url.h"

namespace dbops::contract {
namespace {

// The server that ./test has started, as the parts of its URL.
Url server(const char* variable) {
  const char* url = std::getenv(variable);
  if (url == nullptr)
    throw std::runtime_error(std::string(variable) + " is not set: run ./test postgres");
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

// A database of its own on the server.
class Database final : public Sandbox {
 public:
  Database() { administer("create database " + name_); }
  ~Database() override { administer("drop database if exists " + name_ + " with (force)"); }
  ConnectionOptions options(Tier tier) const override {
    return options_of(url("DBOPS_TEST_PG"), tier);
  }
  Url url(const char* variable) const {
    Url url = server(variable);
    url.path = "/" + name_;
    return url;
  }

 private:
  static void administer(const std::string& statement) {
    const Connector& connector = postgres::connector();
    const auto options = options_of(server("DBOPS_TEST_PG"), Tier::admin);
    const auto session = must(connector.connect({}, options));
    must(run({}, *session, must(connector.dialect().parse(statement)), {}, Mode::write));
  }
  const std::string name_ = "contract_" + random_name();
};

const Database& database(const Sandbox& sandbox) { return dynamic_cast<const Database&>(sandbox); }

}  // namespace

std::unique_ptr<Sandbox> make_postgres_database() { return std::make_unique<Database>(); }

std::vector<BadTarget> postgres_bad_targets(const Sandbox& sandbox) {
  const Url good = database(sandbox).url("DBOPS_TEST_PG");
  const std::string port = std::to_string(good.hosts[0].port.value());
  std::vector<BadTarget> targets;
  const auto add = [&](std::string_view what, const Url& url, Code code,
                       std::vector<std::string> mentions) {
    targets.push_back({what, options_of(url, Tier::read), code, std::move(mentions)});
  };
  Url url = good;
  url.password = Secret("hunter2");
  add("wrong password", url, Code::authentication, {"127.0.0.1", port, url.user});
  url.hosts[0].name = "no-such-host.invalid";
  add("unknown host", url, Code::unknown_host, {"no-such-host.invalid", port});
  url.hosts[0] = {.name = "127.0.0.1", .port = 1};
  add("refused port", url, Code::unreachable, {"127.0.0.1", "1"});
  url = good;
  url.path = "/no_such_database";
  add("no such database", url, Code::not_found, {"no_such_database", "127.0.0.1", port});
  url = database(sandbox).url("DBOPS_TEST_PG_TLS");
  url.hosts[0].name = "db.example";  // Not a name that the server's certificate has.
  url.query.emplace_back("hostaddr", "127.0.0.1");
  add("another's certificate", url, Code::tls, {"db.example", port});
  return targets;
}

ConnectionOptions postgres_on_port(const Sandbox& sandbox, uint16_t port) {
  Url url = database(sandbox).url("DBOPS_TEST_PG");
  url.hosts[0].port = port;
  return options_of(url, Tier::read);
}

ConnectionOptions postgres_over_tls(const Sandbox& sandbox) {
  return options_of(database(sandbox).url("DBOPS_TEST_PG_TLS"), Tier::read);
}

}  // namespace dbops::contract

#include "fakes/own_database.h"

#include <cstdlib>

#include "base/bytes.h"
#include "connectors/postgres/connector.h"
#include "fakes/ops_fixture.h"

namespace dbops::fakes {
namespace {

const Connector* const kConnectors[] = {&postgres::connector()};

std::string server_url() {
  const char* const url = std::getenv("DBOPS_TEST_PG");
  return url == nullptr ? std::string() : url;
}

std::vector<std::string> run_at(const std::string& url, const std::string& statement) {
  ops::Collected sink;
  EXPECT_NE(url, "") << "DBOPS_TEST_PG is not set: run ./test postgres";
  Connections connections(kConnectors);
  ConnectionOptions options;
  options.name = "server";
  options.url = Secret(url);
  options.tier = Tier::admin;
  EXPECT_TRUE(connections.add(std::move(options)));
  ops::Workspace workspace(std::move(connections), ops::Settings(), nullptr);
  Context context;
  context.tier = Tier::admin;
  const auto done =
      ops::execute(workspace, context,
                   {.connection = "server", .statement = statement, .confirmed = true}, sink);
  EXPECT_TRUE(done) << done.error().message;
  return sink.rows;
}

}  // namespace

OwnDatabase::OwnDatabase() : name_("dbops_ops_" + random_name()) {
  run_at(server_url(), "CREATE DATABASE " + name_);
}

OwnDatabase::~OwnDatabase() { run_at(server_url(), "DROP DATABASE " + name_ + " WITH (FORCE)"); }

ConnectionOptions OwnDatabase::options() const {
  const std::string url = server_url();
  const size_t path = url.find('/', url.find("//") + 2);
  const size_t query = url.find('?');
  ConnectionOptions options;
  options.url = Secret(url.substr(0, path) + "/" + name_ +
                       (query == std::string::npos ? std::string() : url.substr(query)));
  return options;
}

std::vector<std::string> OwnDatabase::run(const std::string& statement) const {
  return run_at(std::string(options().url.reveal()), statement);
}

std::span<const Connector* const> postgres_only() { return kConnectors; }

}  // namespace dbops::fakes

#include "core/connections.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

namespace dbops {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FakeSession final : public Session {
 public:
  Result<ServerInfo> info(const Context&) override { return ServerInfo{}; }
  Result<void> ping(const Context&) override { return {}; }
  bool broken() const override { return false; }
};

class FakeDialect final : public Dialect {
 public:
  Result<Script> parse(std::string_view) const override { return fail(Code::unsupported, "none"); }
  std::string quote(std::string_view identifier) const override { return std::string(identifier); }
  std::vector<std::string_view> keywords() const override { return {}; }
};

// An engine that remembers what it was asked.
class FakeConnector final : public Connector {
 public:
  FakeConnector(std::string_view name, std::vector<std::string_view> schemes)
      : name_(name), schemes_(std::move(schemes)) {}
  std::string_view name() const override { return name_; }
  std::span<const std::string_view> schemes() const override { return schemes_; }
  const Dialect& dialect() const override { return dialect_; }
  std::span<const Operation> operations() const override { return {}; }
  Result<void> check(const ConnectionOptions& options) const override {
    if (options.settings.empty()) return {};
    return fail(Code::invalid_config, "unknown setting " + options.settings.front().first, "none");
  }
  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override {
    urls_.emplace_back(options.url.reveal());
    remaining_ = context.deadline.remaining();
    return std::make_unique<FakeSession>();
  }

  mutable std::vector<std::string> urls_;
  mutable std::optional<std::chrono::milliseconds> remaining_;

 private:
  std::string_view name_;
  std::vector<std::string_view> schemes_;
  FakeDialect dialect_;
};

class ConnectionsTest : public testing::Test {
 protected:
  Result<void> add(std::string name, std::string url) {
    ConnectionOptions options;
    options.name = std::move(name);
    options.url = Secret(std::move(url));
    return connections_.add(std::move(options));
  }
  // The error of adding such a connection, as "message | hint".
  std::string refusal(std::string name, std::string url) {
    const auto added = add(std::move(name), std::move(url));
    if (added) return "accepted";
    EXPECT_EQ(added.error().code, Code::invalid_config);
    return added.error().message + " | " + added.error().hint;
  }
  std::string engine(std::string_view name) {
    return std::string((*connections_.find(name))->connector().name());
  }
  std::string url(std::string_view name) {
    return std::string((*connections_.find(name))->options().url.reveal());
  }

  FakeConnector sqlite_{"sqlite", {"sqlite"}};
  FakeConnector postgres_{"postgres", {"postgres", "postgresql"}};
  std::vector<const Connector*> connectors_ = {&sqlite_, &postgres_};
  Connections connections_{connectors_};
};

TEST_F(ConnectionsTest, ChoosesTheEngineByScheme) {
  ASSERT_TRUE(add("a", "postgres://u:p@h/db"));
  ASSERT_TRUE(add("b", "POSTGRESQL://u@h/db"));
  ASSERT_TRUE(add("c", "sqlite:flights.db"));
  EXPECT_EQ(engine("a"), "postgres");
  EXPECT_EQ(engine("b"), "postgres");
  EXPECT_EQ(engine("c"), "sqlite");
  EXPECT_EQ(url("c"), "sqlite:flights.db");
}

TEST_F(ConnectionsTest, TakesAPlainPathForAnSqliteFile) {
  const std::string existing = testing::TempDir() + "connections_test_existing";
  std::ofstream(existing) << "x";
  const std::vector<std::pair<std::string, std::string>> paths = {
      {"flights.db", "sqlite:flights.db"},
      {"x.SQLITE", "sqlite:x.SQLITE"},
      {"x.sqlite3", "sqlite:x.sqlite3"},
      {"./data", "sqlite:./data"},
      {"/tmp/100%?#.db", "sqlite:/tmp/100%25%3F%23.db"},
      {"C:/data/x.db", "sqlite:C:/data/x.db"},
      {existing, "sqlite:" + existing}};
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string name = "p" + std::to_string(i);
    ASSERT_TRUE(add(name, paths[i].first)) << paths[i].first;
    EXPECT_EQ(engine(name), "sqlite");
    EXPECT_EQ(url(name), paths[i].second);
  }
  std::remove(existing.c_str());
}

TEST_F(ConnectionsTest, RefusesUrlsThatNobodyReads) {
  EXPECT_EQ(refusal("a", "postgre://u:hunter2@h/db"),
            "connection \"a\": unknown URL scheme \"postgre\" | did you mean postgres:?");
  EXPECT_EQ(refusal("a", "mongodb://u:hunter2@h/db"),
            "connection \"a\": unknown URL scheme \"mongodb\" | known schemes: sqlite, postgres, "
            "postgresql");
  // What is no URL may be anything, a password too: it isn't repeated.
  EXPECT_EQ(refusal("a", "host=h password=hunter2"),
            "connection \"a\": the URL has no scheme, and there is no such file | write "
            "SCHEME:..., or the path of an SQLite file; known schemes: sqlite, postgres, "
            "postgresql");
  for (const char* mistyped : {"postgres//u:hunter2@h/db", "main=postgresql://u:hunter2@h/db",
                               "u:hunter2@h/db", "h/db?password=hunter2"})
    EXPECT_THAT(refusal("a", mistyped),
                AllOf(HasSubstr("the URL has no scheme"), Not(HasSubstr("hunter2"))))
        << mistyped;
  EXPECT_THAT(refusal("a", ""), HasSubstr("the URL has no scheme"));
  EXPECT_THAT(refusal("a", std::string("a\0b", 3)), HasSubstr("the URL has no scheme"));
}

// Whoever asked for TLS is not led to a link without it.
TEST(ConnectionsSchemes, NeverSuggestsToDropTls) {
  const FakeConnector engine("redis", {"redis", "rediss"});
  const std::array<const Connector*, 1> all = {&engine};
  const auto hint = [&](const std::string& scheme) {
    Connections connections(all);
    ConnectionOptions options;
    options.name = "a";
    options.url = Secret(scheme + "://h");
    return connections.add(std::move(options)).error().hint;
  };
  for (const char* secure : {"redisss", "rdiss", "reddiss", "redissl", "redistls"})
    EXPECT_EQ(hint(secure), "did you mean rediss:?") << secure;
  for (const char* open : {"redi", "rdis", "reids"})
    EXPECT_EQ(hint(open), "did you mean redis: or, with TLS, rediss:?") << open;
  EXPECT_EQ(hint("mongodbs"), "known schemes: redis, rediss");
}

TEST_F(ConnectionsTest, ChecksNamesAndBounds) {
  for (const std::string good : {"a", "Main-2_x", "9"}) EXPECT_TRUE(add(good, "sqlite:x"));
  EXPECT_EQ(refusal("", "sqlite:x"),
            "\"\" can't be a connection's name | use 1 to 64 letters, digits, '_' and '-'");
  for (const std::string bad : {"a b", "a.b", "é", "a\n"})
    EXPECT_THAT(refusal(bad, "sqlite:x"), HasSubstr("can't be a connection's name"));
  EXPECT_EQ(refusal(std::string(64, 'n'), "sqlite:x"), "accepted");
  EXPECT_THAT(refusal(std::string(65, 'n'), "sqlite:x"), HasSubstr("can't be"));
  EXPECT_EQ(refusal("a", "sqlite:y"),
            "connection \"a\": the name is taken | give each connection a name of its own");

  ConnectionOptions options;
  options.name = "pool";
  options.url = Secret("sqlite:x");
  options.pool_max = 0;
  EXPECT_EQ(connections_.add(options).error().message, "connection \"pool\": pool_max is 0");
  options.pool_max = Pool::kSessionsMax + 1;
  EXPECT_EQ(connections_.add(options).error().hint, "it must be from 1 to 1000");
  options.pool_max = 1;
  options.connect_timeout = std::chrono::milliseconds(0);
  EXPECT_EQ(connections_.add(options).error().code, Code::invalid_config);
  options.connect_timeout = std::chrono::milliseconds(1);
  options.settings = {{"sslrotcert", "x"}};
  EXPECT_EQ(connections_.add(options).error().message,
            "connection \"pool\": unknown setting sslrotcert");
}

TEST_F(ConnectionsTest, FindsByNameOrSaysWhatThereIs) {
  const auto hint = [&](std::string_view name) {
    const auto found = connections_.find(name);
    EXPECT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::not_found);
    return found.error().hint;
  };
  EXPECT_THAT(hint("main"), HasSubstr("none is configured"));
  ASSERT_TRUE(add("zoo", "sqlite:z"));
  ASSERT_TRUE(add("main", "sqlite:m"));
  EXPECT_EQ((*connections_.find("main"))->name(), "main");
  EXPECT_EQ(hint("mian"), "did you mean \"main\"?");
  EXPECT_EQ(hint("warehouse"), "there are: main, zoo");
  EXPECT_EQ(connections_.find("a\x1b[2J").error().message, "no connection is named \"a\\x1b[2J\"");
  for (char c = 'a'; c < 'l'; ++c) ASSERT_TRUE(add(std::string(8, c), "sqlite:x"));
  EXPECT_EQ(hint("warehouse"), "list_connections names all 13");
  std::vector<std::string> names;
  for (const auto& connection : connections_.all()) names.push_back(connection->name());
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(ConnectionsTest, OpensNothingUntilAskedAndBoundsTheConnect) {
  ASSERT_TRUE(add("main", "postgres://h/db"));
  EXPECT_TRUE(postgres_.urls_.empty());
  ASSERT_TRUE((*connections_.find("main"))->pool().acquire({}));
  ASSERT_TRUE(postgres_.remaining_.has_value());
  EXPECT_LE(*postgres_.remaining_, ConnectionOptions{}.connect_timeout);
}

TEST_F(ConnectionsTest, AsksForSecretsBeforeEachConnect) {
  int asked = 0;
  ConnectionOptions options;
  options.name = "main";
  options.url = Secret("postgres://u@h/db");
  options.complete_url = [&](const Context&) -> Result<Secret> {
    if (++asked == 1) return fail(Code::not_found, "the password file is not there");
    return Secret("postgres://u:hunter2@h/db");
  };
  ASSERT_TRUE(connections_.add(options));
  auto& pool = (*connections_.find("main"))->pool();
  EXPECT_EQ(pool.acquire({}).error().message, "the password file is not there");
  ASSERT_TRUE(pool.acquire({}));
  EXPECT_THAT(postgres_.urls_, testing::ElementsAre("postgres://u:hunter2@h/db"));
  EXPECT_EQ(url("main"), "postgres://u@h/db");
}

TEST_F(ConnectionsTest, EachPolicyHasSessionsOfItsOwn) {
  ASSERT_TRUE(add("main", "postgres://h/db"));
  const auto main = *connections_.find("main");
  const auto made = [](AccessRules rules) { return Access::make(std::move(rules)).value(); };
  const auto under = [&](AccessRules rules) {
    return Connection::under(main, made(rules)).value();
  };
  EXPECT_EQ(under({}), main);
  const auto few = under({.row_cap = 5});
  EXPECT_NE(few, main);
  EXPECT_EQ(few->name(), "main");
  EXPECT_EQ(few->options().access.row_cap(), 5u);
  EXPECT_EQ(under({.row_cap = 5}), few) << "equal rules, one pool";
  EXPECT_NE(under({.row_cap = 6}), few);
  const auto one = main->pool().acquire({});
  const auto two = few->pool().acquire({});
  ASSERT_TRUE(one && two);
  EXPECT_NE(&**one, &**two);
  EXPECT_EQ(main->counts().open, 2u);
  EXPECT_EQ(Connection::under(main, made({.deny = {"x"}})).error().code, Code::forbidden)
      << "this engine can't hold to rules of tables";
}

TEST_F(ConnectionsTest, PoliciesAreBounded) {
  ASSERT_TRUE(add("main", "postgres://h/db"));
  const auto main = *connections_.find("main");
  for (uint64_t cap = 1; cap <= Connection::kPoliciesMax; ++cap)
    ASSERT_TRUE(Connection::under(main, Access::make({.row_cap = cap}).value()));
  const auto beyond = Connection::under(main, Access::make({.row_cap = 1'000'000}).value());
  EXPECT_EQ(beyond.error().code, Code::exhausted);
  EXPECT_TRUE(Connection::under(main, Access::make({.row_cap = 1}).value()));
}

}  // namespace
}  // namespace dbops

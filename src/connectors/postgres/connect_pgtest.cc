// Connecting to a real server, well and badly.

#include <gmock/gmock-matchers.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/time.h"
#include "connectors/postgres/testing.h"
#include "core/catalog.h"
#include "core/connections.h"
#include "gate/gate.h"
#include "net/url.h"

namespace dbops::postgres {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

Error failure(const std::string& url,
              std::vector<std::pair<std::string, std::string>> settings = {}) {
  ConnectionOptions options = options_for(url);
  options.settings = std::move(settings);
  const auto session = connector().connect(context_of(), options);
  if (session) {
    ADD_FAILURE() << "connected";
    return {};
  }
  EXPECT_THAT(session.error().message, Not(HasSubstr("hunter2")));
  return session.error();
}

// The parts of the server's URL, to put together anew.
struct Server {
  explicit Server(const char* variable = "DBOPS_TEST_PG") {
    auto parsed = Url::parse(server_url(variable));
    EXPECT_TRUE(parsed);
    if (parsed) url = std::move(*parsed);
  }
  std::string with(const std::string& user, const std::string& password, const std::string& hosts,
                   const std::string& rest) const {
    return "postgresql://" + user + (password.empty() ? "" : ":" + password) + '@' + hosts + rest;
  }
  std::string host() const {
    return url.hosts[0].name + ':' + std::to_string(url.hosts[0].port.value_or(5432));
  }
  std::string password() const { return std::string(url.password.reveal()); }
  Url url;
};

TEST(Connect, SaysWhatItFound) {
  ConnectionOptions options = options_for(server_url());
  options.settings = {{"sslmode", "disable"}};
  auto connected = connector().connect(context_of(), options);
  ASSERT_TRUE(connected) << connected.error().message;
  const auto session = std::move(*connected);
  const auto info = session->info(context_of());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->product, "PostgreSQL");
  EXPECT_THAT(info->version, testing::MatchesRegex("[0-9]+\\.[0-9]+"));
  EXPECT_EQ(info->database, "postgres");
  EXPECT_EQ(info->transport, "plain");
  EXPECT_EQ(info->granted, Tier::admin);
  ASSERT_FALSE(info->findings.empty());
  EXPECT_THAT(info->findings[0].hint, HasSubstr("GRANT pg_read_all_data"));
  EXPECT_TRUE(session->ping(context_of()));
}

TEST(Connect, SpeaksTlsAndVerifiesWhoItIs) {
  auto session = open_session(Tier::read, server_url("DBOPS_TEST_PG_TLS"));
  ASSERT_TRUE(session);
  EXPECT_THAT(session->info(context_of())->transport, HasSubstr("TLSv1"));
  EXPECT_EQ(one(*session, "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()"),
            "\"true\"");

  const Server server("DBOPS_TEST_PG_TLS");
  const std::string other = "db.example:" + std::to_string(server.url.hosts[0].port.value_or(5432));
  const Error wrong =
      failure(server.with("postgres", server.password(), other, "/postgres?hostaddr=127.0.0.1"),
              {{"sslmode", "verify-full"}, {"sslrootcert", "/dev/null"}});
  EXPECT_EQ(name(wrong.code), name(Code::tls)) << wrong.message;
  const Error absent =
      failure(server.with("postgres", server.password(), server.host(), "/postgres"),
              {{"sslmode", "verify-full"}, {"sslrootcert", "/no/such/file"}});
  EXPECT_EQ(name(absent.code), name(Code::tls)) << absent.message;
}

TEST(Connect, TakesSettingsThatTheUrlDoesNotHave) {
  const Server server;
  ConnectionOptions options =
      options_for(server.with("postgres", "", server.host(), "/postgres?sslmode=disable"));
  options.settings = {
      {"password", server.password()}, {"lock_timeout_ms", "1234"}, {"application_name", "mine"}};
  const auto session = connector().connect(context_of(), options);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(one(**session, "show lock_timeout"), "\"1234ms\"");
  EXPECT_EQ(one(**session, "show application_name"), "\"mine\"");
  EXPECT_EQ(one(*open_session(), "show application_name"), "\"dbops\"");
}

TEST(Connect, IsAskedOnceForThePasswordAndKeepsItsOwnSettings) {
  const Server server;
  const std::string rest = "/postgres?sslmode=disable&prepare=off&lock_timeout_ms=1234";
  ConnectionOptions options = options_for(server.with("postgres", "", server.host(), rest));
  int asked = 0;
  options.complete_url = [&](const Context&) -> Result<Secret> {
    ++asked;
    return Secret(server.with("postgres", server.password(), server.host(), rest));
  };
  const Connection connection(options, connector());
  const auto session = connection.open(context_of());
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(one(**session, "show lock_timeout"), "\"1234ms\"");
}

TEST(Connect, ReadsPasswordAndServiceFiles) {
  const Server server;
  const std::string folder = testing::TempDir() + "dbops_pg_" + std::to_string(getpid());
  {
    std::ofstream(folder + ".pass") << "127.0.0.1:*:*:postgres:" << server.password() << "\n";
    std::ofstream(folder + ".service")
        << "[dbops]\nhost=127.0.0.1\nport=" << server.url.hosts[0].port.value_or(5432)
        << "\nuser=postgres\ndbname=postgres\npassfile=" << folder << ".pass\nsslmode=disable\n";
  }
  ASSERT_EQ(chmod((folder + ".pass").c_str(), 0600), 0);
  EXPECT_TRUE(connector().connect(
      context_of(), options_for(server.with("postgres", "", server.host(),
                                            "/postgres?passfile=" + folder + ".pass"))));
  setenv("PGSERVICEFILE", (folder + ".service").c_str(), 1);
  const auto session =
      connector().connect(context_of(), options_for("postgresql:///?service=dbops"));
  unsetenv("PGSERVICEFILE");
  EXPECT_TRUE(session) << session.error().message;
  unlink((folder + ".pass").c_str());
  unlink((folder + ".service").c_str());
}

TEST(Connect, TriesEveryHostInTurn) {
  const Server server;
  const std::string both = "127.0.0.1:1," + server.host();
  auto session = open_session(
      Tier::read, server.with("postgres", server.password(), both,
                              "/postgres?sslmode=disable&target_session_attrs=read-write"));
  ASSERT_TRUE(session);
  EXPECT_EQ(one(*session, "select 1"), "1");
  const Error error = failure(server.with("postgres", server.password(), server.host(),
                                          "/postgres?target_session_attrs=standby"));
  EXPECT_EQ(name(error.code), name(Code::unreachable)) << error.message;
}

TEST(Connect, NamesWhatIsWrong) {
  const Server server;
  const std::string port = std::to_string(server.url.hosts[0].port.value_or(5432));
  const auto expect = [&](const Error& error, Code code, std::vector<std::string> mentions) {
    EXPECT_EQ(name(error.code), name(code)) << error.message;
    EXPECT_FALSE(error.hint.empty()) << error.message;
    for (const std::string& mention : mentions) EXPECT_THAT(error.message, HasSubstr(mention));
  };
  expect(failure(server.with("postgres", "hunter2", server.host(), "/postgres")),
         Code::authentication, {"127.0.0.1", port, "postgres"});
  expect(failure(server.with("postgres", "", server.host(), "/postgres?passfile=/no/such")),
         Code::authentication, {"127.0.0.1", port});
  expect(failure(server.with("nobody", "hunter2", server.host(), "/postgres")),
         Code::authentication, {"nobody"});
  expect(failure(server.with("postgres", server.password(), server.host(), "/no_such_database")),
         Code::not_found, {"no_such_database"});
  expect(failure(server.with("postgres", "hunter2", "127.0.0.1:1", "/postgres")), Code::unreachable,
         {"127.0.0.1", "port 1"});
  expect(failure(server.with("postgres", "hunter2", "no-such-host.invalid:77", "/postgres")),
         Code::unknown_host, {"no-such-host.invalid", "77"});
  expect(failure("postgresql:///?service=none_such"), Code::invalid_config, {"none_such"});
}

TEST(Connect, EndsAtOnceWhenItIsCancelled) {
  const Server server;
  gate::Gate gate(server.url.hosts[0].port.value_or(5432));
  gate.apply(gate::Action::stall);
  ConnectionOptions options = options_for(server.with(
      "postgres", server.password(), "127.0.0.1:" + std::to_string(gate.port()), "/postgres"));
  const Context context = context_of();
  std::thread cancelling([&] {
    gate.wait([](const gate::Counts& counts) { return counts.accepted > 0; });
    context.cancel.request();
  });
  const Stopwatch watch;
  const auto session = connector().connect(context, options);
  EXPECT_LT(watch.elapsed(), kStopMax);
  cancelling.join();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::cancelled);

  options.connect_timeout = milliseconds(500);
  const Stopwatch timed;
  const auto late = connector().connect(context_of(), options);
  ASSERT_FALSE(late);
  EXPECT_EQ(name(late.error().code), name(Code::timeout));
  EXPECT_THAT(late.error().message, HasSubstr("127.0.0.1:" + std::to_string(gate.port())));
  EXPECT_LT(timed.elapsed(), milliseconds(500) + kStopMax);
}

// Wherever in the start of a connection the link is cut, it is an error that says so.
TEST(Connect, SurvivesEveryCutOfItsStart) {
  const Server server;
  gate::Gate gate(server.url.hosts[0].port.value_or(5432));
  const ConnectionOptions options = options_for(
      server.with("postgres", server.password(), "127.0.0.1:" + std::to_string(gate.port()),
                  "/postgres?sslmode=disable"));
  for (uint64_t bytes = 0;; bytes += 40) {
    SCOPED_TRACE(bytes);
    ASSERT_LT(bytes, 10'000U);
    gate.arm({.action = bytes % 80 ? gate::Action::finish : gate::Action::reset, .after = bytes});
    const uint64_t before = gate.counts().fired;
    const auto session = connector().connect(context_of(), options);
    if (session) {
      gate.flow();
      break;
    }
    EXPECT_EQ(gate.counts().fired, before + 1);
    EXPECT_TRUE(session.error().code == Code::unreachable ||
                session.error().code == Code::disconnected)
        << name(session.error().code) << ": " << session.error().message;
  }
  EXPECT_TRUE(connector().connect(context_of(), options));
}

// A role of its own, gone at the end.
class Role {
 public:
  explicit Role(std::string name) : name_(std::move(name)), admin_(open_session(Tier::admin)) {
    static_cast<void>(try_run(*admin_, "drop owned by " + name_, Mode::write));
    run(*admin_,
        "drop role if exists " + name_ + "; create role " + name_ + " login password 'pw-" + name_ +
            "'",
        Mode::write);
  }
  ~Role() { run(*admin_, "drop owned by " + name_ + "; drop role " + name_, Mode::write); }
  void allow(const std::string& statement) { run(*admin_, statement, Mode::write); }
  std::unique_ptr<Session> open(Tier tier = Tier::read) const {
    const Server server;
    return open_session(
        tier, server.with(name_, "pw-" + name_, server.host(), "/postgres?sslmode=disable"));
  }

 private:
  const std::string name_;
  std::unique_ptr<Session> admin_;
};

TEST(Connect, TellsWhatTheServerGrants) {
  Role role("dbops_granted");
  role.allow("create schema dbops_granted; create table dbops_granted.t (a int)");
  EXPECT_EQ(role.open()->info(context_of())->granted, Tier::read);
  EXPECT_TRUE(role.open()->info(context_of())->findings.empty());
  role.allow(
      "grant usage on schema dbops_granted to dbops_granted;"
      "grant insert on dbops_granted.t to dbops_granted");
  EXPECT_EQ(role.open()->info(context_of())->granted, Tier::write);
  EXPECT_EQ(role.open()->info(context_of())->findings.size(), 1U);
  EXPECT_TRUE(role.open(Tier::write)->info(context_of())->findings.empty());
  role.allow("alter role dbops_granted createrole");
  EXPECT_EQ(role.open()->info(context_of())->granted, Tier::admin);
  role.allow("drop schema dbops_granted cascade");
}

// Everything that only looks works for a role without any privilege.
TEST(Connect, LooksAroundWithoutPrivileges) {
  const Role role("dbops_plain");
  const auto session = role.open();
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->catalog()->list(context_of(), {}, {}));
  EXPECT_TRUE(session->catalog()->list(context_of(), {}, {.pattern = "pg"}));
  EXPECT_TRUE(session->catalog()->describe(context_of(), {{"public"}, {"pg_catalog", "pg_class"}}));
  const auto findings = session->diagnostics()->diagnose(context_of(), "");
  ASSERT_TRUE(findings) << findings.error().message;
  EXPECT_TRUE(std::ranges::any_of(*findings, [](const Finding& finding) {
    return finding.hint.find("pg_monitor") != std::string::npos;
  }));
  for (const std::string_view operation : {"sessions", "locks", "databases", "roles", "settings"})
    EXPECT_TRUE(operate(*session, operation)) << operation;
  const auto denied = try_run(*session, "select * from pg_authid");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::denied);
}

}  // namespace
}  // namespace dbops::postgres

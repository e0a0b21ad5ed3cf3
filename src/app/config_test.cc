#include "app/config.h"

#include <gmock/gmock-matchers.h>

#include <cstdlib>

#include "base/context.h"

namespace dbops::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All that is wrong with the text, as it is said.
std::vector<std::string> problems(std::string_view text) {
  const auto config = parse_config(text, "/etc/here");
  std::vector<std::string> said;
  if (config) return said;
  for (const Problem& problem : config.error()) said.push_back(format_problem("f", problem));
  return said;
}

Config parsed(std::string_view text) {
  auto config = parse_config(text, "/etc/here");
  if (config) return std::move(*config);
  for (const Problem& problem : config.error()) ADD_FAILURE() << format_problem("f", problem);
  return {};
}

std::string url_of(const NamedConnection& connection) {
  return std::string(connection.options.url.reveal());
}

TEST(Config, EmptyIsAllDefaults) {
  const Config config = parsed("");
  EXPECT_TRUE(config.connections.empty());
  EXPECT_EQ(config.server.host, "127.0.0.1");
  EXPECT_EQ(config.server.port, 7411);
  EXPECT_FALSE(config.server.allow_remote_without_auth);
  EXPECT_EQ(config.limits.rows, 1000u);
  EXPECT_EQ(config.limits.bytes, 1u << 20);
  EXPECT_EQ(config.limits.time, seconds(30));
  EXPECT_TRUE(config.audit.enabled);
  EXPECT_FALSE(config.audit.required);
}

TEST(Config, TakesEverythingThatThereIs) {
  const Config config = parsed(R"(
[connections.shop]
url = "postgresql://me@db.example.org/shop"
tier = "write"
limits = { rows = 50, bytes = "64 KiB", time = "5s" }
pool = 8
connect_timeout = "500ms"
lock_timeout_ms = 2000
prepare = false

[connections.local]
url = "sqlite:data/x.db"
create = true
attach_roots = ["/a", "/b"]

[server]
host = "::1"
port = 0
allowed_hosts = ["a.example.org"]
allowed_origins = ["https://a.example.org"]
allow_remote_without_auth = true

[limits]
rows = 10
time = "0"

[audit]
file = "audit.db"
required = true

[cursors]
life = "1m"
max = 5
confirmation_life = "90s"

[log]
level = "debug"
)");
  ASSERT_EQ(config.connections.size(), 2u);
  const ConnectionOptions& shop = config.connections[0].options;
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.tier, Tier::write);
  EXPECT_EQ(shop.limits.rows, 50u);
  EXPECT_EQ(shop.limits.bytes, 64u << 10);
  EXPECT_EQ(shop.limits.time, seconds(5));
  EXPECT_EQ(shop.pool_max, 8u);
  EXPECT_EQ(shop.connect_timeout, milliseconds(500));
  EXPECT_THAT(shop.settings,
              ElementsAre(std::pair("lock_timeout_ms", "2000"), std::pair("prepare", "off")));
  const ConnectionOptions& local = config.connections[1].options;
  EXPECT_EQ(url_of(config.connections[1]), "sqlite:/etc/here/data/x.db");
  EXPECT_TRUE(local.create);
  EXPECT_EQ(local.limits.rows, 10u);
  EXPECT_EQ(local.limits.time, seconds(0));
  EXPECT_THAT(local.settings, ElementsAre(std::pair("attach_roots", "/a:/b")));
  EXPECT_EQ(config.server.host, "::1");
  EXPECT_EQ(config.server.port, 0);
  EXPECT_TRUE(config.server.allow_remote_without_auth);
  EXPECT_EQ(config.audit.file, "/etc/here/audit.db");
  EXPECT_TRUE(config.settings.audit_required);
  EXPECT_EQ(config.settings.cursor_life, seconds(60));
  EXPECT_EQ(config.settings.cursors_max, 5u);
  EXPECT_EQ(config.settings.confirmation_life, seconds(90));
  EXPECT_EQ(config.log_level, log::Level::debug);
}

TEST(Config, FilesStandBesideTheConfiguration) {
  setenv("HOME", "/home/me", 1);
  const auto place = [](const std::string& url) {
    return url_of(parsed("[connections.x]\nurl = \"" + url + "\"\n").connections.at(0));
  };
  EXPECT_EQ(place("sqlite:x.db"), "sqlite:/etc/here/x.db");
  EXPECT_EQ(place("sqlite:~/x.db"), "sqlite:/home/me/x.db");
  EXPECT_EQ(place("x.db"), "/etc/here/x.db");
  EXPECT_EQ(place("sqlite:/x.db"), "sqlite:/x.db");
  EXPECT_EQ(place("sqlite:///x.db"), "sqlite:///x.db");
  EXPECT_EQ(place("sqlite::memory:"), "sqlite::memory:");
  EXPECT_EQ(place("postgresql://h/d"), "postgresql://h/d");
}

// One bad configuration each, with all that is said of it.
TEST(Config, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* text;
    std::vector<std::string> said;
  };
  const Case cases[] = {
      {"[connections.x]\nurl = \"sqlite:x\"\nteir = \"write\"",
       {"f:3:1: unknown key \"teir\" in [connections.x] (did you mean tier?)"}},
      {"[conections.x]\nurl = \"sqlite:x\"",
       {"f:1:2: unknown key \"conections\" in the file (did you mean connections?)"}},
      {"[connections.x]\ntier = \"owner\"",
       {"f:1:14: url in [connections.x] is missing (write url = \"sqlite:FILE\" or "
        "\"postgresql://HOST/DATABASE\")",
        "f:2:8: tier in [connections.x] is \"owner\" (it is \"read\", \"write\" or \"admin\")"}},
      {"[connections]\nx = \"sqlite:x\"",
       {"f:2:5: x in [connections] must be a table, not a string (write [connections.NAME] and url "
        "= ... below it)"}},
      {"[server]\nport = \"7411\"\nhost = 1",
       {"f:2:8: port in [server] must be an integer, not a string",
        "f:3:8: host in [server] must be a string, not an integer"}},
      {"[server]\nport = 70000", {"f:2:8: port in [server] is 70000: it must be from 0 to 65535"}},
      {"[server]\nallowed_hosts = [1]",
       {"f:2:18: allowed_hosts in [server] must hold strings, not an integer"}},
      {"[limits]\ntime = 30",
       {"f:2:8: time in [limits] must be a string, not an integer (write it like \"250ms\", "
        "\"30s\", "
        "\"5m\" or \"2h\")"}},
      {"[limits]\ntime = \"30 sec\"",
       {"f:2:8: time in [limits] is \"30 sec\": not a duration (write it like \"250ms\", \"30s\", "
        "\"5m\" or \"2h\")"}},
      {"[limits]\ntime = \"48h\"",
       {"f:2:8: time in [limits] is \"48h\": it must be from 0 to 24h"}},
      {"[limits]\nbytes = \"1 MB\"",
       {"f:2:9: bytes in [limits] is not a number of bytes (write it like 1048576 or \"1 MiB\")"}},
      {"[limits]\nbytes = 10",
       {"f:2:9: bytes in [limits] is 10 B: it must be from 1 KiB to 1 GiB"}},
      {"[limits]\nbytes = 1000",
       {"f:2:9: bytes in [limits] is 1000 B: it must be from 1 KiB to 1 GiB"}},
      {"[connections.x]\nurl = \"sqlite:x\"\npolicy = { allow = [\"a\"], masks = [\"a.b\", \"c\"] "
       "}",
       {"f:3:35: masks in policy of [connections.x]: the pattern \"c\" is not TABLE.COLUMN or "
        "SCHEMA.TABLE.COLUMN"}},
      {"[connections.x]\nurl = \"sqlite:x\"\npolicy.deny_operations = [\"va*\", \"exectue\"]",
       {"f:3:34: deny_operations in policy of [connections.x] names no operation: \"exectue\" (did "
        "you mean execute?)"}},
      {"[connections.\"a\\t\"]\nurl = 1",
       {"f:2:7: url in [connections.a\\t] must be a string, not an integer"}},
      {"[connections.x]\nurl = \"\"", {"f:2:7: url in [connections.x] is empty"}},
      {"[audit]\nurl = \"\"", {"f:2:7: url in [audit] is empty"}},
      {"[audit]\nurl = \"redis://h\"",
       {"f:2:7: url in [audit] is no URL of a PostgreSQL (write postgresql://USER@HOST/DATABASE)"}},
      {"[state]\nurl = \"audit.db\"\nkey = \"x\"",
       {"f:2:7: url in [state] is no URL of a PostgreSQL (write postgresql://USER@HOST/DATABASE)"}},
      {"[limits]\nrows = -1", {"f:2:8: rows in [limits] is -1: it must be from 0 to 1000000000"}},
      {"[limits]\nrows = 1.5",
       {"f:2:8: rows in [limits] must be an integer, not a fractional number"}},
      {"[audit]\nenabled = false\nrequired = true", {"f:1:1: [audit] is required but not enabled"}},
      {"[log]\nlevel = \"loud\"",
       {"f:2:9: level in [log] is \"loud\" (it is \"debug\", \"info\", \"warning\", \"error\" or "
        "\"off\")"}},
      {"[connections.x]\nurl = \"sqlite:x\"\npassword = { envv = \"A\" }",
       {"f:3:14: unknown key \"envv\" in password of [connections.x] (did you mean env?)"}},
      {"[connections.x]\nurl = \"sqlite:x\"\npassword = { env = \"A\", file = \"b\" }",
       {"f:3:12: the password of [connections.x] is not understood (write { env = \"NAME\" }, { "
        "file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] })"}},
      {"[connections.x]\nurl = \"sqlite:x\"\npassword = { command = [] }",
       {"f:3:24: command in password of [connections.x] is empty"}},
      {"[connections.x]\nurl = \"sqlite:x\"\ncache_kib = 1.5",
       {"f:3:13: cache_kib in [connections.x] can't be a fractional number"}},
      {"[connections.x]\nurl = \"sqlite:x\"\nlimits = { row = 5 }",
       {"f:3:12: unknown key \"row\" in limits of [connections.x] (did you mean rows?)"}},
      {"a = ", {"f:1:5: expected a value, but the file ends (see https://toml.io for the syntax)"}},
      {"a = 1\nb = \"\xff\"", {"f:2:6: not UTF-8 (save the file as UTF-8)"}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.text);
    EXPECT_EQ(problems(each.text), each.said);
  }
}

TEST(Config, SaysAllAtOnceInOrder) {
  EXPECT_THAT(problems("[limits]\nrows = -1\n[server]\nport = -1\n[connections.x]\ntier = 1\n"),
              ElementsAre(testing::StartsWith("f:2:8: "), testing::StartsWith("f:4:8: "),
                          testing::StartsWith("f:5:14: url"), testing::StartsWith("f:6:8: tier")));
}

TEST(Config, NeverQuotesAPassword) {
  const auto said = problems(
      "[connections.x]\nurl = \"postgresql://me:hunter2@h/d\"\npassword = [\"hunter2\"]\nteir = 1");
  ASSERT_FALSE(said.empty());
  for (const std::string& each : said) EXPECT_EQ(each.find("hunter2"), std::string::npos) << each;
}

TEST(Config, TakesTheEnvironmentIntoUrls) {
  setenv("DBOPS_TEST_HOST", "db.example.org", 1);
  unsetenv("DBOPS_TEST_NOTHING");
  const Config config = parsed(
      "[connections.a]\nurl = \"postgresql://${DBOPS_TEST_HOST}/d\"\n"
      "[connections.b]\nurl = \"postgresql://${DBOPS_TEST_NOTHING}/d\"\n"
      "[connections.c]\nurl = \"postgresql://h/$${d}\"\n");
  EXPECT_EQ(url_of(config.connections[0]), "postgresql://db.example.org/d");
  EXPECT_FALSE(config.connections[0].unusable);
  // The others can be used without it.
  ASSERT_TRUE(config.connections[1].unusable);
  EXPECT_EQ(
      format_problem("f", *config.connections[1].unusable),
      "f:4:7: url in [connections.b] needs the environment variable DBOPS_TEST_NOTHING, which "
      "is not set (set it, or write $${ for a plain ${)");
  EXPECT_EQ(url_of(config.connections[2]), "postgresql://h/${d}");
}

TEST(Config, PasswordsAreReadWhenTheyAreNeeded) {
  setenv("DBOPS_TEST_PASSWORD", "p@ss/word", 1);
  const Config config = parsed(
      "[connections.a]\nurl = \"postgresql://me@h/d\"\npassword = { env = \"DBOPS_TEST_PASSWORD\" "
      "}");
  const ConnectionOptions& options = config.connections[0].options;
  EXPECT_EQ(options.url.reveal(), "postgresql://me@h/d");
  ASSERT_TRUE(options.complete_url);
  EXPECT_EQ(options.complete_url(Context{})->reveal(), "postgresql://me:p%40ss%2Fword@h/d");
  setenv("DBOPS_TEST_PASSWORD", "other", 1);
  EXPECT_EQ(options.complete_url(Context{})->reveal(), "postgresql://me:other@h/d");
}

TEST(Config, APasswordsCommandHasTheTimeOfTheConnect) {
  const Config config = parsed(
      "[connections.a]\nurl = \"postgresql://me@h/d\"\npassword = { command = [\"sleep\", \"30\"] "
      "}");
  Context context;
  context.deadline = Deadline::after(std::chrono::milliseconds(20));
  const auto late = config.connections[0].options.complete_url(context);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timeout);
  EXPECT_EQ(late.error().message, "the secret's command sleep took too long");
  EXPECT_EQ(
      late.error().hint,
      "raise the connection's connect_timeout, or the call's time limit where that is shorter");
}

TEST(State, IsAFileOrADatabaseWithAKey) {
  EXPECT_EQ(parsed("").state.file, "");
  EXPECT_FALSE(parsed("").state.database);
  EXPECT_EQ(parsed("[state]\nfile = 'kept/state.db'").state.file, "/etc/here/kept/state.db");
  const Config shared = parsed(R"(
[state]
url = "postgresql://dbops@db/state"
password = { env = "STATE_PASSWORD" }
key = { file = "state.key" }
)");
  ASSERT_TRUE(shared.state.database);
  EXPECT_EQ(shared.state.database->url.reveal(), "postgresql://dbops@db/state");
  EXPECT_TRUE(shared.state.database->complete_url);
  EXPECT_EQ(shared.state.key.name, "/etc/here/state.key");
}

TEST(Config, TheAuditLogIsAFileOrADatabase) {
  const std::string state = "[state]\nurl = 'postgresql://db/state'\nkey = { env = 'K' }\n";
  EXPECT_FALSE(parsed("").audit.database);
  EXPECT_EQ(parsed(state).audit.database->url.reveal(), "postgresql://db/state");
  EXPECT_FALSE(parsed(state + "[audit]\nfile = 'a.db'").audit.database);
  const auto own = parsed(state +
                          "[audit]\nurl = 'postgresql://db/audit'\npassword = 'x'\n"
                          "sslrootcert = 'ca.pem'\nrequired = true");
  EXPECT_EQ(own.audit.database->url.reveal(), "postgresql://db/audit");
  EXPECT_TRUE(own.audit.database->complete_url);
  EXPECT_EQ(own.audit.database->settings.size(), 1u);
  EXPECT_TRUE(own.settings.audit_required);
  const auto both = parse_config("[audit]\nfile = 'a.db'\nurl = 'postgresql://db/audit'\n", "");
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error()[0].message, HasSubstr("a file or a url, not both"));
}

TEST(Results, AreBoundedByTheFile) {
  const Config config =
      parsed("[results]\nlife = '10m'\nbytes = '1 MiB'\nmax = 3\ntotal = '2 GiB'");
  EXPECT_EQ(config.settings.result_life, seconds(600));
  EXPECT_EQ(config.settings.result_bytes_max, 1u << 20);
  EXPECT_EQ(config.settings.results_max, 3u);
  EXPECT_EQ(config.settings.results_bytes_total, uint64_t{2} << 30);
  EXPECT_THAT(problems("[results]\nmax = 0"), ElementsAre(HasSubstr("max in [results]")));
}

TEST(State, SaysWhatIsWrong) {
  EXPECT_THAT(problems("[state]\nurl = 'postgresql://db/state'"),
              ElementsAre(HasSubstr("key in [state] is missing")));
  EXPECT_THAT(problems("[state]\nkey = 'x'"), ElementsAre(HasSubstr("key in [state] needs a url")));
  EXPECT_THAT(problems("[state]\nfile = 'x'\nurl = 'postgresql://db/state'\nkey = 'x'"),
              ElementsAre(HasSubstr("a file or a url, not both")));
  EXPECT_THAT(problems("[state]\nfiel = 'x'"), ElementsAre(HasSubstr("did you mean file?")));
}

}  // namespace
}  // namespace dbops::app

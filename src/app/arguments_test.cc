#include "app/arguments.h"

#include <gmock/gmock-matchers.h>

#include "app/hide.h"
#include "front/cli/report.h"

namespace dbops::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "dbops");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

Invocation invocation(std::vector<const char*> words) {
  Parsed parsed = parse(std::move(words));
  EXPECT_TRUE(parsed.invocation) << parsed.text;
  return parsed.invocation.value_or(Invocation{});
}

TEST(Arguments, AQueryWithEverything) {
  const Invocation got = invocation(
      {"query",    "shop",   "select 1", "-p",       "-5",      "-p",         "name=x",
       "--format", "json",   "-o",       "out.json", "--limit", "7",          "--timeout",
       "2m",       "--tier", "write",    "--config", "f.toml",  "--no-header"});
  EXPECT_EQ(got.command, Command::query);
  EXPECT_EQ(got.connection, "shop");
  EXPECT_EQ(got.statement.source.argument, "select 1");
  EXPECT_THAT(got.statement.parameters, ElementsAre("-5", "name=x"));
  EXPECT_EQ(got.output.format, cli::Format::json);
  EXPECT_EQ(got.output.file, "out.json");
  EXPECT_EQ(got.output.limit, 7u);
  EXPECT_FALSE(got.output.header);
  EXPECT_EQ(got.timeout, std::chrono::minutes(2));
  EXPECT_THAT(got.tiers, ElementsAre("write"));
  EXPECT_EQ(got.config_file, "f.toml");
}

TEST(Arguments, OptionsMayStandAnywhere) {
  const Invocation got =
      invocation({"--config", "f.toml", "-v", "query", "--limit", "0", "shop", "-", "-v"});
  EXPECT_EQ(got.config_file, "f.toml");
  EXPECT_EQ(got.verbose, 2);
  EXPECT_EQ(got.output.limit, 0u);
  EXPECT_EQ(got.statement.source.argument, "-");
}

TEST(Arguments, ATokenReadsUnlessItIsGivenScopes) {
  EXPECT_EQ(invocation({"token", "ada"}).command, Command::token);
  EXPECT_THAT(invocation({"token", "ada"}).token.scopes, ElementsAre("db:read"));
  const Invocation got =
      invocation({"token", "ada", "--scope", "db:write:shop", "--scope", "metrics"});
  EXPECT_EQ(got.token.name, "ada");
  EXPECT_THAT(got.token.scopes, ElementsAre("db:write:shop", "metrics"));
  EXPECT_EQ(parse({"token"}).code, cli::kUsage);
}

TEST(Arguments, StatementsMayLookLikeOptions) {
  EXPECT_EQ(invocation({"query", "x", "-- a comment\nselect 1"}).statement.source.argument,
            "-- a comment\nselect 1");
  EXPECT_EQ(invocation({"query", "x", "--", "--select"}).statement.source.argument, "--select");
}

TEST(Arguments, ATimeoutIsATimeOrSeconds) {
  EXPECT_EQ(invocation({"query", "x", "y", "--timeout", "30"}).timeout, std::chrono::seconds(30));
  EXPECT_EQ(invocation({"query", "x", "y", "--timeout", "250ms"}).timeout,
            std::chrono::milliseconds(250));
  EXPECT_EQ(invocation({"query", "x", "y", "--timeout", "0"}).timeout, std::chrono::seconds(0));
}

TEST(Arguments, ServersTakeConnections) {
  const Invocation got = invocation(
      {"serve", "a=sqlite:x.db", "y.db", "--port", "0", "--host", "::1", "--tier", "a=write"});
  EXPECT_EQ(got.command, Command::serve);
  EXPECT_THAT(got.connections, ElementsAre("a=sqlite:x.db", "y.db"));
  EXPECT_EQ(got.port, 0);
  EXPECT_EQ(got.host, "::1");
  EXPECT_THAT(got.tiers, ElementsAre("a=write"));
}

TEST(Arguments, OperationsTakeNamedArguments) {
  const Invocation got = invocation({"operate", "x", "vacuum", "table=t", "analyze=true", "--yes"});
  EXPECT_EQ(got.operate.operation, "vacuum");
  EXPECT_THAT(got.operate.arguments, ElementsAre("table=t", "analyze=true"));
  EXPECT_TRUE(got.operate.yes);
}

TEST(Arguments, MistakesAreExplained) {
  struct Case {
    std::vector<const char*> words;
    const char* said;
  };
  const Case cases[] = {
      {{"qurey", "x"},
       "error [invalid_argument]: no such command: qurey\nhint: did you mean `dbops query`?\n"},
      {{"nonsense"},
       "error [invalid_argument]: no such command: nonsense\nhint: see `dbops --help`\n"},
      {{"query", "x", "y", "--fromat", "csv"},
       "error [invalid_argument]: no such option: --fromat\nhint: did you mean --format?\n"},
      {{"query", "x", "select", "1"},
       "error [invalid_argument]: one argument too many: 1\nhint: a statement with blanks in it "
       "must "
       "be quoted; see `dbops query --help`\n"},
      {{"query"},
       "error [invalid_argument]: connection is required\nhint: see `dbops query --help`\n"},
      {{"query", ""},
       "error [invalid_argument]: connection: it is empty\nhint: see `dbops query --help`\n"},
      {{"query", "x", "y", "--timeout", "soon"},
       "error [invalid_argument]: --timeout: not a duration: write 30s, 500ms, 5m or 0\nhint: see "
       "`dbops query --help`\n"},
  };
  for (const Case& each : cases) {
    const Parsed parsed = parse(each.words);
    EXPECT_FALSE(parsed.invocation);
    EXPECT_EQ(parsed.code, cli::kUsage);
    EXPECT_EQ(parsed.text, each.said);
  }
}

TEST(Arguments, HelpIsNoMistake) {
  EXPECT_EQ(parse({"--help"}).code, cli::kOk);
  EXPECT_THAT(parse({"--help"}).text, HasSubstr("Exit codes:"));
  EXPECT_THAT(parse({"query", "--help"}).text,
              HasSubstr("Usage: dbops query CONNECTION [STATEMENT] [OPTIONS]"));
  EXPECT_THAT(parse({"--version"}).text, HasSubstr("dbops " DBOPS_VERSION));
  EXPECT_EQ(parse({}).code, cli::kUsage);
  EXPECT_THAT(parse({}).text, HasSubstr("dbops query flights.db"));
}

TEST(Arguments, NoLineOfTheHelpIsTooLong) {
  for (const char* command :
       {"query", "execute", "explain", "shell", "connections", "explore", "diagnose", "doctor",
        "load", "operations", "operate", "search", "mcp", "serve", "version"}) {
    const std::string text = parse({command, "--help"}).text;
    for (size_t start = 0; start < text.size();) {
      const size_t end = std::min(text.find('\n', start), text.size());
      EXPECT_LE(end - start, 100u) << text.substr(start, end - start);
      start = end + 1;
    }
  }
}

TEST(Arguments, PasswordsVanishFromTheProcessList) {
  std::string url = "postgresql://me:hunter2@h/d";
  std::string statement = "select 'a'";
  std::string name = "dbops";
  char* words[] = {name.data(), url.data(), statement.data()};
  hide_secrets(3, words);
  EXPECT_EQ(url.find("hunter2"), std::string::npos);
  EXPECT_THAT(url, HasSubstr("postgresql://me:***@h/d"));
  EXPECT_EQ(statement, "select 'a'");
}

}  // namespace
}  // namespace dbops::app

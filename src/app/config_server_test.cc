// [server] and [tokens.NAME].
#include <gmock/gmock-matchers.h>

#include "app/config.h"

namespace dbops::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kHash =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string entry(const std::string& name, const std::string& hash, const std::string& scopes) {
  return "[tokens." + name + "]\nhash = \"" + hash + "\"\nscopes = " + scopes + "\n";
}

std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> said;
  const auto config = parse_config(text, "/etc/here");
  if (!config)
    for (const Problem& problem : config.error()) said.push_back(format_problem("f", problem));
  return said;
}

TEST(ConfigServer, TokensAreNobodysByDefault) {
  const auto config = parse_config("[server]\nport = 1\n", "");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->server.tokens, SizeIs(0));
}

TEST(ConfigServer, TokensHaveNamesHashesAndScopes) {
  const auto config = parse_config(entry("ada", kHash, R"(["db:read", "db:admin:shop"])"), "");
  ASSERT_TRUE(config);
  ASSERT_THAT(config->server.tokens, SizeIs(1));
  const Caller& caller = config->server.tokens[0].caller;
  EXPECT_EQ(caller.principal, "ada");
  EXPECT_EQ(caller.grants->on("shop"), Tier::admin);
  EXPECT_EQ(caller.grants->on("x"), Tier::read);
}

TEST(ConfigServer, NamesThatNoRequestCanHaveAreRefused) {
  const auto said = [](const std::string& key, const std::string& name) {
    const auto all = problems("[server]\n" + key + " = [\"x.example.com\", \"" + name + "\"]\n");
    return all.empty() ? std::string() : all.back();
  };
  for (const char* const good : {"db.example.com", "db.example.com:8443", "[::1]:80", "10.0.0.1"})
    EXPECT_EQ(said("allowed_hosts", good), "");
  EXPECT_EQ(said("allowed_hosts", "https://x.example.com"),
            "f:2:35: allowed_hosts in [server] has \"https://x.example.com\" (write "
            "\"db.example.com\", or "
            "with its port)");
  for (const char* const bad :
       {"", "*.x.example.com", "x.example.com/", "x.example.com:http", "fe80::1"})
    EXPECT_NE(said("allowed_hosts", bad), "") << bad;
  const auto origin = [](const std::string& name) {
    return problems("[server]\nallowed_origins = [\"" + name + "\"]\n").empty();
  };
  for (const char* const good :
       {"https://x.example.com", "http://x.example.com:80", "app://x.md", "null"})
    EXPECT_TRUE(origin(good)) << good;
  for (const char* const bad :
       {"x.example.com", "https://x.example.com/", "https://*.x.example.com", "*", "://x"})
    EXPECT_FALSE(origin(bad)) << bad;
}

TEST(ConfigServer, WhatIsWrongWithATokenIsSaidAtItsPlace) {
  EXPECT_THAT(problems("[tokens.ada]\n"),
              ElementsAre(HasSubstr("f:1:9: scopes in [tokens.ada] is missing"),
                          HasSubstr("f:1:9: hash in [tokens.ada] is missing (`dbops token NAME`")));
  EXPECT_THAT(problems(entry("ada", "secret", "[\"db:read\"]")),
              ElementsAre(HasSubstr("f:2:8: hash in [tokens.ada] is not \"sha256:\"")));
  EXPECT_THAT(problems(entry("ada", kHash, "[]")), ElementsAre(HasSubstr("scopes in")));
  EXPECT_THAT(problems(entry("ada", kHash, "[\"db:read\", \"db:raed\"]")),
              ElementsAre(HasSubstr("f:3:22: no such scope: \"db:raed\"")));
  EXPECT_THAT(problems(entry("ada", kHash, "\"db:read\"")),
              ElementsAre(HasSubstr("f:3:10: scopes in [tokens.ada] must be an array")));
  EXPECT_THAT(problems(entry("\"a b\"", kHash, "[\"db:read\"]")),
              ElementsAre(HasSubstr("can't be a token's name")));
  EXPECT_THAT(problems(entry("ada", kHash, "[\"db:read\"]") + "tier = 1\n"),
              ElementsAre(HasSubstr("unknown key \"tier\" in [tokens.ada]")));
  EXPECT_THAT(problems("tokens = { ada = 1 }"),
              ElementsAre(HasSubstr("ada in [tokens] must be a table")));
}

TEST(ConfigServer, ATokenMayHavePolicies) {
  const auto config = parse_config(entry("ada", kHash, R"(["db:admin"])") + R"(
policy = { tier = "write", deny = ["secret"] }
[tokens.ada.policies.shop]
tier = "read"
masks = ["users.ssn"]
row_cap = 7
)",
                                   "");
  ASSERT_TRUE(config) << format_problem("f", config.error()[0]);
  const Grants& grants = *config->server.tokens[0].caller.grants;
  EXPECT_EQ(grants.on("log"), Tier::write);
  EXPECT_EQ(grants.on("shop"), Tier::read);
  EXPECT_EQ(grants.access("log").describe(), "never the tables secret");
  EXPECT_EQ(grants.access("shop").describe(),
            "never the tables secret; masked columns users.ssn; at most 7 rows of a result");
}

TEST(ConfigServer, WhatIsWrongWithAPolicyIsSaidAtItsPlace) {
  const std::string token = entry("ada", kHash, "[\"db:read\"]");
  EXPECT_THAT(problems(token + "policy = { tier = \"root\", denny = [\"x\"] }\n"),
              ElementsAre(HasSubstr("f:4:19: tier in policy of [tokens.ada] is \"root\""),
                          HasSubstr("unknown key \"denny\" in policy of [tokens.ada]")));
  EXPECT_THAT(problems(token + "policies = { shop = 1 }\n"),
              ElementsAre(HasSubstr("policies.shop of [tokens.ada] must be a table")));
  EXPECT_THAT(problems(token + "policies.shop = { masks = [\"ssn\"] }\n"),
              ElementsAre(HasSubstr("the pattern \"ssn\" is not TABLE.COLUMN")));
}

TEST(ConfigServer, EveryLimitHasASetting) {
  const auto config = parse_config(R"(
[server]
tls_certificate = "a.crt"
tls_key = "/b.key"
metrics_without_token = true
keep_cpus_awake = true
drain_notice = "5s"
drain_time = "1m"
[server.limits]
body = "1 MiB"
headers = "8 KiB"
connections = 10
sessions = 11
streams = 12
calls_per_minute = 13
session_idle = "2m"
header_time = "1s"
body_time = "2s"
idle_time = "3s"
keep_alive = "4s"
)",
                                   "/etc/here");
  ASSERT_TRUE(config) << format_problem("f", config.error()[0]);
  const http::Settings& server = config->server;
  EXPECT_EQ(server.tls_certificate, "/etc/here/a.crt");
  EXPECT_EQ(server.tls_key, "/b.key");
  EXPECT_TRUE(server.metrics_without_token);
  EXPECT_EQ(server.keep_cpus_awake, true);
  EXPECT_EQ(server.drain_notice, seconds(5));
  EXPECT_EQ(server.drain_time_max, minutes(1));
  EXPECT_EQ(server.body_bytes_max, 1u << 20);
  EXPECT_EQ(server.header_bytes_max, 8u << 10);
  EXPECT_EQ(server.connections_max, 10u);
  EXPECT_EQ(server.sessions_max, 11u);
  EXPECT_EQ(server.streams_max, 12u);
  EXPECT_EQ(server.calls_per_minute, 13u);
  EXPECT_EQ(server.session_idle_max, minutes(2));
  EXPECT_EQ(server.header_time_max, seconds(1));
  EXPECT_EQ(server.body_time_max, seconds(2));
  EXPECT_EQ(server.idle_time_max, seconds(3));
  EXPECT_EQ(server.keep_alive, seconds(4));
}

TEST(ConfigServer, LimitsHaveLimits) {
  EXPECT_THAT(
      problems("[server.limits]\nbody = \"1 GiB\"\nheader_time = \"1h\"\nsessions = 0\n"),
      ElementsAre(
          HasSubstr("f:2:8: body in [server.limits] is 1 GiB: it must be from 1 KiB to 16 MiB"),
          HasSubstr("f:3:15: header_time in [server.limits] is \"1h\""),
          HasSubstr("f:4:12: sessions in [server.limits] is 0")));
  EXPECT_THAT(problems("[server]\ntls_key = \"k\"\n"),
              ElementsAre(HasSubstr("f:2:11: [server] needs both tls_certificate and tls_key")));
}

TEST(ConfigServer, TwoTokensAreNotTheSame) {
  EXPECT_THAT(problems(entry("ada", kHash, "[\"db:read\"]") + entry("bob", kHash, "[\"db:read\"]")),
              ElementsAre(HasSubstr("[tokens.bob] has the hash of [tokens.ada]")));
}

// A token put where its hash belongs is not quoted back.
TEST(ConfigServer, SecretsAreNotRepeated) {
  const auto said = problems(entry("ada", "dbops_secret", "[\"db:read\"]"));
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].find("dbops_secret"), std::string::npos);
}

}  // namespace
}  // namespace dbops::app

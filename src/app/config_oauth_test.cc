// [oauth]
#include <gmock/gmock-matchers.h>

#include "app/config.h"

namespace dbops::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kNeeded =
    "[oauth]\nissuer = \"https://id.example.com\"\nresource = \"https://db.example.com/mcp\"\n";

std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> said;
  const auto config = parse_config(text, "/etc/here");
  if (!config)
    for (const Problem& problem : config.error()) said.push_back(format_problem("f", problem));
  return said;
}

TEST(ConfigOAuth, IsNotUsedByDefault) {
  const auto config = parse_config("", "");
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->server.oauth.used());
}

TEST(ConfigOAuth, HasASettingForEverything) {
  const auto config = parse_config(std::string(kNeeded) + R"(
audiences = ["https://db.example.com/mcp", "dbops"]
tokens = "introspection"
algorithms = ["EdDSA"]
jwks_uri = "https://id.example.com/keys"
introspection_endpoint = "http://127.0.0.1:9/introspect"
client_id = "dbops"
client_secret = { env = "DBOPS_TEST_NO_SUCH_VARIABLE" }
ca_file = "ca.pem"
skew = "1m"
keys_refetch = "1s"
keys_life = "2m"
answer_life = "0s"
patience = "3s"
policy = { row_cap = 9 }
[oauth.policies.shop]
tier = "read"
[oauth.subjects."auth0|1".policy]
row_cap = 8
[oauth.scopes.interns.policies.shop]
deny = ["hr.*"]
)",
                                   "/etc/here");
  ASSERT_TRUE(config) << format_problem("f", config.error()[0]);
  const http::OAuthSettings& oauth = config->server.oauth;
  EXPECT_TRUE(oauth.used());
  EXPECT_EQ(oauth.issuer, "https://id.example.com");
  EXPECT_EQ(oauth.resource, "https://db.example.com/mcp");
  EXPECT_THAT(oauth.audiences, ElementsAre("https://db.example.com/mcp", "dbops"));
  EXPECT_TRUE(oauth.introspect);
  EXPECT_THAT(oauth.algorithms, ElementsAre(http::Algorithm::eddsa));
  EXPECT_EQ(oauth.jwks_uri, "https://id.example.com/keys");
  EXPECT_EQ(oauth.introspection_endpoint, "http://127.0.0.1:9/introspect");
  EXPECT_EQ(oauth.client_id, "dbops");
  EXPECT_EQ(oauth.client_secret(Context{}).error().code, Code::invalid_config);
  EXPECT_EQ(oauth.ca_file, "/etc/here/ca.pem");
  EXPECT_EQ(oauth.skew, minutes(1));
  EXPECT_EQ(oauth.keys_refetch, seconds(1));
  EXPECT_EQ(oauth.keys_life, minutes(2));
  EXPECT_EQ(oauth.answer_life, seconds(0));
  EXPECT_EQ(oauth.patience, seconds(3));
  ASSERT_EQ(oauth.policy.size(), 2u);
  EXPECT_EQ(oauth.policy[0].second.access.row_cap(), 9u);
  EXPECT_EQ(oauth.policy[1].first, "shop");
  EXPECT_EQ(oauth.policy[1].second.tier, Tier::read);
  EXPECT_EQ(oauth.subjects.at("auth0|1")[0].second.access.row_cap(), 8u);
  EXPECT_EQ(oauth.scopes.at("interns")[0].second.access.describe(), "never the tables hr.*");
}

TEST(ConfigOAuth, WhatIsWrongIsSaidAtItsPlace) {
  EXPECT_THAT(problems("[oauth]\n"), ElementsAre(HasSubstr("f:1:2: issuer in [oauth] is missing"),
                                                 HasSubstr("resource in [oauth] is missing")));
  const std::string needed = kNeeded;
  EXPECT_THAT(problems(needed + "tokens = \"opaque\"\n"),
              ElementsAre(HasSubstr("f:4:10: tokens in [oauth] is \"opaque\"")));
  EXPECT_THAT(problems(needed + "algorithms = [\"RS256\", \"none\", \"HS256\"]\n"),
              ElementsAre(HasSubstr("has \"none\""), HasSubstr("has \"HS256\"")));
  EXPECT_THAT(problems(needed + "algorithms = []\naudiences = []\n"),
              ElementsAre(HasSubstr("f:4:14: algorithms in [oauth] is empty"),
                          HasSubstr("f:5:13: audiences in [oauth] is empty")));
  EXPECT_THAT(problems(needed + "tokens = \"introspection\"\n"),
              ElementsAre(HasSubstr("client_secret in [oauth] is missing")));
  EXPECT_THAT(problems(needed + "client_secret = { env = \"X\" }\n"),
              ElementsAre(HasSubstr("client_id in [oauth] is missing")));
  EXPECT_THAT(
      problems(needed + "skew = \"1h\"\nissuer_ = \"x\"\n"),
      ElementsAre(HasSubstr("skew in [oauth] is \"1h\""), HasSubstr("did you mean issuer?")));
}

TEST(ConfigOAuth, SecretsTravelOverHttpsOnly) {
  for (const char* url :
       {"http://id.example.com", "ftp://id.example.com", "id.example.com", "",
        "https://user:pw@id.example.com", "https://id.example.com/?a=b",
        "https://id.example.com/#x", "http://127.0.0.1.evil.example/", "https://"}) {
    SCOPED_TRACE(url);
    EXPECT_THAT(problems("[oauth]\nresource = \"https://db.example.com/mcp\"\nissuer = \"" +
                         std::string(url) + "\"\n"),
                ElementsAre(HasSubstr("f:3:10: issuer in [oauth] is no https URL")));
  }
}

TEST(ConfigOAuth, ASecretInTheFileIsRefusedAndNotRepeated) {
  const auto said =
      problems(std::string(kNeeded) + "client_id = \"x\"\nclient_secret = \"tell-nobody\"\n");
  ASSERT_THAT(said, ElementsAre(HasSubstr("the client_secret of [oauth] is not understood")));
  EXPECT_EQ(said[0].find("tell-nobody"), std::string::npos);
}

}  // namespace
}  // namespace dbops::app

#include "app/token.h"

#include <gmock/gmock-matchers.h>

#include "app/config.h"
#include "base/bytes.h"

namespace dbops::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TokenCommand, ItsEntryIsWhatTheConfigurationTakes) {
  const Secret token("dbops_secret");
  const auto entry =
      token_entry({.name = "ci-1", .scopes = {"db:read", "db:write:shop", "metrics"}}, token);
  ASSERT_TRUE(entry);
  EXPECT_THAT(*entry, Not(HasSubstr("dbops_secret")));
  const auto config = parse_config(*entry, "/etc/here");
  ASSERT_TRUE(config) << *entry;
  ASSERT_EQ(config->server.tokens.size(), 1u);
  const http::Token& read = config->server.tokens[0];
  EXPECT_EQ(read.hash, sha256("dbops_secret"));
  EXPECT_EQ(read.caller.principal, "ci-1");
  EXPECT_EQ(read.caller.grants->on("shop"), Tier::write);
  EXPECT_EQ(read.caller.grants->on("other"), Tier::read);
  EXPECT_TRUE(read.caller.grants->metrics());
}

TEST(TokenCommand, RefusesWhatTheConfigurationWould) {
  for (const TokenOptions& options :
       {TokenOptions{.name = ""}, TokenOptions{.name = "a b"}, TokenOptions{.name = "a]\nx"},
        TokenOptions{.name = std::string(65, 'a')},
        TokenOptions{.name = "ada", .scopes = {"db:owner"}}}) {
    const auto entry = token_entry(options, Secret("t"));
    ASSERT_FALSE(entry) << options.name;
    EXPECT_EQ(entry.error().code, Code::invalid_argument);
    EXPECT_FALSE(entry.error().hint.empty());
  }
}

}  // namespace
}  // namespace dbops::app

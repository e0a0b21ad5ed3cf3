// Who may call, and what they may do.
#include "base/bytes.h"
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::text_of;
using testing::Answer;
using testing::Fields;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;
using ::testing::Not;

Token token(const std::string& name, std::initializer_list<const char*> scopes) {
  auto grants = std::make_shared<Grants>();
  for (const char* scope : scopes) EXPECT_TRUE(grants->add(scope));
  return {.hash = sha256(name + "-secret"), .caller = {.principal = name, .grants = grants}};
}

Fields with(Fields fields, const std::string& name) {
  fields.emplace_back("Authorization", "Bearer " + name + "-secret");
  return fields;
}

class AuthTest : public testing::HttpTest {
 protected:
  void SetUp() override {
    start({.tokens = {token("ada", {"db:read"}), token("bob", {"db:write:shop"})}});
  }
  Answer call(const std::string& name, std::string_view tool, std::string_view arguments = "{}") {
    return post(with(modern_fields("tools/call", tool), name),
                modern("1", "tools/call", call_params(tool, arguments)));
  }
  std::string begin_as(const std::string& name) {
    return post(with(legacy_fields(), name), mcp::testing::initialize("2025-11-25"))
        .headers["mcp-session-id"];
  }
};

TEST_F(AuthTest, NobodyCallsWithoutAToken) {
  Answer none = post(modern_fields("tools/list"), modern("1", "tools/list"));
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers["www-authenticate"], R"(Bearer realm="dbops", scope="db:read")");
  EXPECT_EQ(parse(none.body).at_pointer("/error/code").as_int64(), mcp::kInvalidRequest);
  for (const char* wrong :
       {"Bearer nobody", "Bearer ada", "Bearer ada-secret2", "Bearer ADA-SECRET", "Bearer ",
        "Basic YWRhOmFkYS1zZWNyZXQ=", "ada-secret", "Bearer ada-secret, Bearer bob-secret"}) {
    SCOPED_TRACE(wrong);
    Fields fields = modern_fields("tools/list");
    fields.emplace_back("Authorization", wrong);
    Answer answer = post(fields, modern("1", "tools/list"));
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.headers["www-authenticate"], HasSubstr(R"(error="invalid_token")"));
    EXPECT_THAT(answer.body, Not(HasSubstr("ada-secret")));
  }
}

TEST_F(AuthTest, EveryMethodIsGuarded) {
  for (const char* method : {"GET", "POST", "DELETE", "PUT"})
    EXPECT_EQ(request(method, legacy_fields("x")).status, 401) << method;
  EXPECT_EQ(request("GET", {}, "", "/healthz").status, 200) << "which says nothing";
}

TEST_F(AuthTest, ATokenIsNotTakenFromThePath) {
  EXPECT_EQ(request("POST", modern_fields("tools/list"), modern("1", "tools/list"),
                    "/mcp?access_token=ada-secret")
                .status,
            401);
}

TEST_F(AuthTest, TwoTokensAreNone) {
  const Fields fields = with(with(modern_fields("tools/list"), "ada"), "bob");
  EXPECT_EQ(post(fields, modern("1", "tools/list")).status, 400);
}

TEST_F(AuthTest, ThePrincipalIsTheTokensName) {
  for (const char* name : {"ada", "bob"}) {
    EXPECT_EQ(text_of(parse(call(name, "whoami").body)), name);
    const Answer answer = post(with(legacy_fields(begin_as(name)), name),
                               legacy("1", "tools/call", R"({"name":"whoami"})"));
    EXPECT_EQ(text_of(parse(answer.body)), name);
  }
}

TEST_F(AuthTest, WhatIsBeyondTheScopesIsRefusedAsOAuthDoes) {
  Answer refused = call("ada", "refuse", R"({"connection":"shop"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.headers["www-authenticate"],
            R"(Bearer realm="dbops", error="insufficient_scope", scope="db:write")");
  EXPECT_EQ(parse(refused.body).at("id").as_int64(), 1);
  EXPECT_EQ(call("bob", "refuse", R"({"connection":"shop"})").status, 200);
  EXPECT_EQ(call("bob", "refuse", R"({"connection":"log"})").status, 403);
  EXPECT_EQ(call("bob", "echo", R"({"text":"x","connection":"log"})").status, 403)
      << "not even to read";
  EXPECT_EQ(call("ada", "echo", R"({"text":"x","connection":"log"})").status, 200);
}

TEST_F(AuthTest, AlsoWithinABatch) {
  const std::string session =
      post(with(legacy_fields(), "ada"), mcp::testing::initialize("2025-03-26"))
          .headers["mcp-session-id"];
  const std::string batch =
      "[" + legacy("1", "ping") + "," +
      legacy("2", "tools/call", R"({"name":"refuse","arguments":{"connection":"shop"}})") + "]";
  EXPECT_EQ(post(with(legacy_fields(session), "ada"), batch).status, 403);
}

TEST_F(AuthTest, ASessionIsItsPrincipals) {
  const std::string session = begin_as("ada");
  const std::string ping = legacy("1", "ping");
  EXPECT_EQ(post(with(legacy_fields(session), "bob"), ping).status, 404);
  EXPECT_EQ(post(legacy_fields(session), ping).status, 401) << "its id is no authentication";
  EXPECT_EQ(request("DELETE", with(legacy_fields(session), "bob")).status, 404);
  Fields stream = with({{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}}, "bob");
  EXPECT_EQ(request("GET", stream).status, 404);
  EXPECT_EQ(post(with(legacy_fields(session), "ada"), ping).status, 200) << "it went on";
}

// What a reload of the configuration does to who may call.
class ReloadedAuth : public AuthTest {
 protected:
  int status_without_token() {
    return post(modern_fields("tools/list"), modern("1", "tools/list")).status;
  }
  int status(const std::string& name) { return call(name, "whoami").status; }
};

TEST_F(ReloadedAuth, WithoutTheLastTokenNobodyIsLetIn) {
  for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
    SCOPED_TRACE(host);
    start({.host = host, .tokens = {token("ada", {"db:read"})}});
    const std::string session = begin_as("ada");
    HttpClient stream = connect();
    stream.send_request("GET", "/mcp",
                        with({{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}}, "ada"),
                        "");
    EXPECT_EQ(stream.receive_head().status, 200);
    for (int times = 0; times < 2; ++times) {
      ASSERT_TRUE(listener_->replace_callers({}));
      EXPECT_EQ(status("ada"), 401);
      EXPECT_EQ(status("nobody"), 401);
      EXPECT_EQ(status_without_token(), 401);
      EXPECT_EQ(post(with(legacy_fields(session), "ada"), legacy("1", "ping")).status, 401);
    }
    EXPECT_EQ(stream.read_event(), "") << "it ended";
    ASSERT_TRUE(listener_->replace_callers({.tokens = {token("bob", {"db:read"})}}));
    EXPECT_EQ(status("bob"), 200);
    EXPECT_EQ(status_without_token(), 401);
  }
}

TEST_F(ReloadedAuth, NorWhereTheNewSettingsAllowRemoteCallers) {
  ASSERT_TRUE(listener_->replace_callers({.allow_remote_without_auth = true}));
  EXPECT_EQ(status_without_token(), 401);
}

TEST_F(ReloadedAuth, WithoutOAuthNobodyIsLetIn) {
  OAuthSettings oauth;
  oauth.issuer = "http://127.0.0.1:1";  // It is never asked.
  oauth.resource = "https://db.example.com/mcp";
  start({.oauth = oauth});
  EXPECT_EQ(status_without_token(), 401);
  ASSERT_TRUE(listener_->replace_callers({}));
  EXPECT_EQ(status("ada"), 401);
  Answer none = post(modern_fields("tools/list"), modern("1", "tools/list"));
  EXPECT_EQ(none.status, 401);
  EXPECT_THAT(none.headers["www-authenticate"], Not(HasSubstr("resource_metadata")));
}

TEST_F(ReloadedAuth, AServerWithoutTokensMayGetSomeAndKeepsAskingForThem) {
  start();
  ASSERT_TRUE(listener_->replace_callers({}));
  EXPECT_EQ(status_without_token(), 200);
  ASSERT_TRUE(listener_->replace_callers({.tokens = {token("ada", {"db:read"})}}));
  EXPECT_EQ(status("ada"), 200);
  EXPECT_EQ(status_without_token(), 401);
  ASSERT_TRUE(listener_->replace_callers({}));
  EXPECT_EQ(status("ada"), 401);
  EXPECT_EQ(status_without_token(), 401);
}

TEST_F(AuthTest, ListensBeyondLoopbackWithTokens) {
  start({.host = "0.0.0.0", .tokens = {token("ada", {"db:read"})}});
  EXPECT_EQ(call("ada", "whoami").status, 200);
  EXPECT_EQ(post(modern_fields("tools/list"), modern("1", "tools/list")).status, 401);
}

}  // namespace
}  // namespace dbops::http

// OAuth as a client meets it over HTTP: challenges, metadata, and an authorization server that
// takes its time.
#include <condition_variable>

#include "fakes/scripted_http.h"
#include "front/http/testing/http_fixture.h"
#include "front/http/testing/signer.h"

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
using testing::key_set;
using testing::legacy_fields;
using testing::modern_fields;
using ::testing::Not;
using testing::Signer;

constexpr const char* kMetadata =
    R"(resource_metadata="https://db.test:8443/.well-known/oauth-protected-resource/mcp")";

Fields with(Fields fields, const std::string& token) {
  fields.emplace_back("Authorization", "Bearer " + token);
  return fields;
}

class LoginTest : public testing::HttpTest {
 protected:
  void SetUp() override { start(settings()); }

  Settings settings() const {
    Settings all;
    all.oauth.issuer = "https://id.test";
    all.oauth.resource = "https://db.test:8443/mcp";
    all.oauth.jwks_uri = "http://127.0.0.1:" + std::to_string(provider_.port()) + "/keys";
    return all;
  }
  // Held back until let_go() where hold() was called.
  fakes::ScriptedReply reply() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    return said_;
  }
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void until_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  std::string token(std::string_view scopes,
                    const std::string& more = R"("exp":9999999999)") const {
    return signer_.token(R"({"iss":"https://id.test","aud":"https://db.test:8443/mcp",)"
                         R"("sub":"ada","scope":")" +
                         std::string(scopes) + "\"," + more + "}");
  }
  Answer call(const std::string& token, std::string_view tool, std::string_view arguments = "{}") {
    return post(with(modern_fields("tools/call", tool), token),
                modern("1", "tools/call", call_params(tool, arguments)));
  }

  const Signer signer_{Algorithm::es256, "1"};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool waiting_ = false;
  fakes::ScriptedReply said_ = fakes::http_reply(200, key_set({&signer_}));
  fakes::ScriptedHttp provider_{[this](const std::string&) { return reply(); }};
};

TEST_F(LoginTest, AChallengeLeadsToTheAuthorizationServer) {
  Answer none = post(modern_fields("tools/list"), modern("1", "tools/list"));
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers["www-authenticate"],
            R"(Bearer realm="dbops", )" + std::string(kMetadata) + R"(, scope="db:read")");
  for (const char* path :
       {"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"}) {
    const Answer metadata = request("GET", {}, "", path);
    EXPECT_EQ(metadata.status, 200);
    EXPECT_EQ(
        metadata.body,
        R"({"resource":"https://db.test:8443/mcp","authorization_servers":["https://id.test"],)"
        R"("scopes_supported":["db:read","db:write","db:admin"],)"
        R"("bearer_methods_supported":["header"],"resource_name":"dbops: database operations"})");
  }
  EXPECT_EQ(request("GET", {}, "", "/.well-known/oauth-protected-resource/x").status, 404);
}

TEST_F(LoginTest, WithoutOAuthThereIsNoMetadata) {
  start({});
  EXPECT_EQ(request("GET", {}, "", "/.well-known/oauth-protected-resource").status, 404);
}

TEST_F(LoginTest, ThePrincipalIsTheSubject) {
  EXPECT_EQ(text_of(parse(call(token("db:read"), "whoami").body)), "oauth:ada");
  EXPECT_EQ(text_of(parse(call(token("db:read"), "whoami").body)), "oauth:ada");
  EXPECT_EQ(provider_.requests().size(), 1u);
}

TEST_F(LoginTest, ALegacySessionIsItsSubjects) {
  const std::string good = token("db:read");
  const std::string session =
      post(with(legacy_fields(), good), mcp::testing::initialize("2025-11-25"))
          .headers["mcp-session-id"];
  ASSERT_FALSE(session.empty());
  EXPECT_EQ(post(with(legacy_fields(session), good), legacy("1", "ping")).status, 200);
  EXPECT_EQ(post(legacy_fields(session), legacy("2", "ping")).status, 401);
}

TEST_F(LoginTest, AnotherTokenOfTheSameSubjectGoesOnWithItsSession) {
  const std::string session =
      post(with(legacy_fields(), token("openid")), mcp::testing::initialize("2025-11-25"))
          .headers["mcp-session-id"];
  const auto tier = [&](const std::string& with_token) {
    return text_of(parse(post(with(legacy_fields(session), with_token),
                              legacy("1", "tools/call", R"({"name":"tier_on_shop"})"))
                             .body));
  };
  EXPECT_EQ(tier(token("openid")), "none");
  EXPECT_EQ(tier(token("db:write")), "write");
  EXPECT_EQ(tier(token("db:read:shop")), "read");
}

TEST_F(LoginTest, ScopesAreWhatTokensNeed) {
  Answer refused = call(token("db:read"), "refuse", R"({"connection":"shop"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.headers["www-authenticate"],
            R"(Bearer realm="dbops", )" + std::string(kMetadata) +
                R"(, error="insufficient_scope", scope="db:write")");
  EXPECT_EQ(call(token("db:write:shop"), "refuse", R"({"connection":"shop"})").status, 200);
  EXPECT_EQ(call(token("openid email"), "echo", R"({"text":"x","connection":"shop"})").status, 403);
}

TEST_F(LoginTest, BadTokensAreRefusedWithTheReason) {
  const std::string claims =
      R"({"iss":"https://id.test","aud":"https://db.test:8443/mcp","sub":"eve","exp":9999999999})";
  const std::pair<std::string, const char*> cases[] = {
      {token("db:read", R"("exp":1)"), "has expired"},
      {token("db:read", R"("exp":9999999999,"nbf":9999999998)"), "not good yet"},
      {signer_.token(R"({"iss":"https://id.test","aud":"x","sub":"ada","exp":9999999999})"),
       "another audience"},
      {signer_.token(R"({"iss":"x","aud":"https://db.test:8443/mcp","exp":9999999999})"),
       "another issuer"},
      {testing::unsigned_token(R"({"alg":"none"})", claims), "'none'"},
      {testing::hmac_token(R"({"alg":"HS256","kid":"1"})", claims, signer_.public_pem()),
       "'HS256'"},
      {Signer(Algorithm::es256, "1").token(claims), "signature is wrong"},
      {Signer(Algorithm::es256, "2").token(claims), "a key that the issuer does not have"},
      {"opaque", "not a signed one"},
      {std::string(kTokenBytesMax + 1, 'a'), "not one of this server's"}};
  for (const auto& [bad, said] : cases) {
    SCOPED_TRACE(said);
    Answer answer = call(bad, "whoami");
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.headers["www-authenticate"], HasSubstr(kMetadata));
    EXPECT_THAT(answer.headers["www-authenticate"], HasSubstr(R"(error="invalid_token")"));
    EXPECT_THAT(answer.headers["www-authenticate"], HasSubstr(said));
    EXPECT_EQ(mcp::testing::code_of(mcp::testing::parse(answer.body)), mcp::kInvalidRequest);
    EXPECT_THAT(answer.body, Not(HasSubstr(bad)));
  }
}

TEST_F(LoginTest, WhileTheProviderIsDownNothingIsRefusedForGood) {
  said_ = fakes::http_reply(500, "out of order");
  Answer answer = call(token("db:read"), "whoami");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers["retry-after"], "5");
  EXPECT_EQ(answer.headers.count("www-authenticate"), 0u);
  EXPECT_THAT(answer.body, Not(HasSubstr("out of order")));
}

TEST_F(LoginTest, OthersAreServedWhileOneWaitsForTheProvider) {
  Settings both = settings();
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:read"));
  both.tokens = {{.hash = *parse_token_hash(format_token_hash(Secret("bob-secret"))),
                  .caller = {.principal = "bob", .grants = grants}}};
  start(both);
  hold();
  HttpClient slow = connect();
  slow.send_request("POST", "/mcp", with(modern_fields("tools/call", "whoami"), token("db:read")),
                    modern("1", "tools/call", call_params("whoami", "{}")));
  until_asked();
  EXPECT_EQ(text_of(parse(call("bob-secret", "whoami").body)), "bob");
  EXPECT_EQ(request("GET", {}, "", "/healthz").status, 200);
  let_go();
  EXPECT_EQ(text_of(parse(slow.receive().body)), "oauth:ada");
}

TEST_F(LoginTest, WhoLeavesWhileTheProviderIsAskedIsForgotten) {
  hold();
  {
    HttpClient gone = connect();
    gone.send_request("POST", "/mcp", with(modern_fields("tools/call", "whoami"), token("db:read")),
                      modern("1", "tools/call", call_params("whoami", "{}")));
    until_asked();
  }
  let_go();
  EXPECT_EQ(call(token("db:read"), "whoami").status, 200);
}

TEST_F(LoginTest, TheServerEndsWhileTheProviderIsAsked) {
  hold();
  HttpClient client = connect();
  client.send_request("POST", "/mcp", with(modern_fields("tools/call", "whoami"), token("db:read")),
                      modern("1", "tools/call", call_params("whoami", "{}")));
  until_asked();
  std::thread ends([this] { listener_.reset(); });
  let_go();
  ends.join();
  const int status = client.receive().status;
  EXPECT_TRUE(status == 200 || status == 503 || status == 0) << status;
}

TEST_F(LoginTest, MetricsAreNoBusinessOfOAuth) {
  Settings open = settings();
  open.host = "0.0.0.0";
  start(open);
  EXPECT_EQ(request("GET", with({}, token("metrics")), "", "/metrics").status, 403);
}

}  // namespace
}  // namespace dbops::http

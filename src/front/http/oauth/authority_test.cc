// Tokens of an authorization server that rotates its keys, answers badly, or not at all.
#include "front/http/oauth/authority.h"

#include <gmock/gmock-matchers.h>

#include <atomic>

#include "base/bytes.h"
#include "fakes/scripted_http.h"
#include "front/http/testing/signer.h"

namespace dbops::http {
namespace {

using fakes::http_reply;
using fakes::ScriptedHttp;
using fakes::ScriptedReply;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::key_set;
using ::testing::Not;
using testing::Signer;
using ::testing::SizeIs;

constexpr const char* kResource = "https://db.test/mcp";

class AuthorityTest : public ::testing::Test {
 protected:
  // Answers by the path; what has none is 404.
  ScriptedReply reply(const std::string& request) {
    const std::lock_guard lock(mutex_);
    const size_t start = request.find(' ') + 1;
    const auto found = pages_.find(request.substr(start, request.find(' ', start) - start));
    return found == pages_.end() ? http_reply(404, "") : found->second;
  }
  void page(const std::string& path, ScriptedReply said) {
    const std::lock_guard lock(mutex_);
    pages_[path] = std::move(said);
  }
  void page(const std::string& path, const std::string& body) { page(path, http_reply(200, body)); }
  size_t asked(const std::string& path) const {
    size_t count = 0;
    for (const std::string& request : server_.requests())
      count += request.find(" " + path + " ") != std::string::npos;
    return count;
  }
  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + path;
  }
  void publish_metadata() {
    page("/.well-known/openid-configuration", R"({"issuer":")" + url() + R"(","jwks_uri":")" +
                                                  url("/keys") + R"(","introspection_endpoint":")" +
                                                  url("/introspect") + R"("})");
  }
  void start(OAuthSettings settings = {}) {
    if (settings.issuer.empty()) settings.issuer = url();
    settings.resource = kResource;
    authority_ = std::make_unique<Authority>(
        std::move(settings), [this] { return Authority::Clock::time_point(seconds(now_)); });
  }
  std::string claims(const std::string& more = "") const {
    return R"({"iss":")" + url() + R"(","aud":")" + kResource +
           R"(","sub":"ada","scope":"db:write:shop","exp":2000000)" + more + "}";
  }
  // As a front does.
  Authority::Answer find(const std::string& token) {
    if (auto known = authority_->look(token)) return *known;
    return authority_->ask(token);
  }

  const Signer one_{Algorithm::es256, "1"};
  const Signer two_{Algorithm::eddsa, "2"};
  std::mutex mutex_;
  std::map<std::string, ScriptedReply> pages_;
  ScriptedHttp server_{[this](const std::string& request) { return reply(request); }};
  std::atomic<int64_t> now_ = 1'000'000;
  std::unique_ptr<Authority> authority_;
};

TEST_F(AuthorityTest, FindsTheKeysByTheIssuer) {
  publish_metadata();
  page("/keys", key_set({&one_}));
  start();
  const auto caller = find(one_.token(claims()));
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->principal, "oauth:ada");
  EXPECT_EQ(caller->grants->on("shop"), Tier::write);
  EXPECT_FALSE(caller->grants->on("log"));
  EXPECT_TRUE(authority_->look(one_.token(claims(R"(,"jti":"2")")))) << "nobody is asked again";
  EXPECT_EQ(asked("/keys"), 1u);
}

TEST_F(AuthorityTest, PoliciesAreOfAllOfASubjectAndOfScopes) {
  page("/keys", key_set({&one_}));
  const auto rows = [](uint64_t cap) {
    return Restrictions{{"", {.access = Access::make({.row_cap = cap}).value()}}};
  };
  start({.jwks_uri = url("/keys"),
         .policy = rows(100),
         .subjects = {{"ada", {{"shop", {.tier = Tier::read}}}}, {"bob", rows(1)}},
         .scopes = {{"db:write:shop", rows(10)}, {"db:admin", rows(2)}}});
  const auto caller = find(one_.token(claims()));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->grants->on("shop"), Tier::read);
  EXPECT_EQ(caller->grants->access("shop").row_cap(), 10u);
}

TEST_F(AuthorityTest, AlsoByTheMetadataOfRfc8414) {
  page("/.well-known/oauth-authorization-server/tenant",
       R"({"issuer":")" + url("/tenant") + R"(","jwks_uri":")" + url("/keys") + R"("})");
  page("/keys", key_set({&one_}));
  start({.issuer = url("/tenant")});
  std::string token = claims();
  token.replace(token.find(url()), url().size(), url("/tenant"));
  EXPECT_TRUE(find(one_.token(token)));
}

TEST_F(AuthorityTest, MetadataOfAnotherIssuerIsNotBelieved) {
  page("/.well-known/openid-configuration",
       R"({"issuer":"https://evil.test","jwks_uri":")" + url("/keys") + R"("})");
  page("/keys", key_set({&one_}));
  start();
  EXPECT_EQ(find(one_.token(claims())).error().code, Code::invalid_config);
  EXPECT_EQ(asked("/keys"), 0u);
}

TEST_F(AuthorityTest, AnUnknownKeyIsLookedForOnceInAWhile) {
  page("/keys", key_set({&one_}));
  start({.jwks_uri = url("/keys"), .keys_refetch = seconds(30)});
  EXPECT_TRUE(find(one_.token(claims())));
  page("/keys", key_set({&two_}));
  EXPECT_EQ(find(two_.token(claims())).error().code, Code::authentication) << "too soon";
  EXPECT_EQ(asked("/keys"), 1u);
  EXPECT_TRUE(find(one_.token(claims())));
  now_ += 30;
  EXPECT_TRUE(find(two_.token(claims())));
  EXPECT_EQ(find(one_.token(claims())).error().code, Code::authentication)
      << "its key was taken back, and it is not remembered either";
  EXPECT_EQ(asked("/keys"), 2u);
}

TEST_F(AuthorityTest, KeysGrowOld) {
  page("/keys", key_set({&one_}));
  start({.jwks_uri = url("/keys"), .keys_life = seconds(600)});
  EXPECT_TRUE(find(one_.token(claims())));
  page("/keys", key_set({&two_}));
  now_ += 600;
  EXPECT_EQ(find(one_.token(claims(R"(,"jti":"2")"))).error().code, Code::authentication);
}

TEST_F(AuthorityTest, WhereItIsDownKeysAreUsedForADayMore) {
  page("/keys", key_set({&one_}));
  start({.jwks_uri = url("/keys"), .keys_life = seconds(600)});
  EXPECT_TRUE(find(one_.token(claims())));
  page("/keys", http_reply(500, "boom"));
  now_ += 700;
  EXPECT_TRUE(find(one_.token(claims(R"(,"jti":"2")"))));
  now_ += 24 * 3600;
  EXPECT_EQ(find(one_.token(claims(R"(,"jti":"3")"))).error().code, Code::protocol);
}

TEST_F(AuthorityTest, WhatItSaysBadlyIsNoRefusal) {
  const struct {
    ScriptedReply said;
    Code code;
  } cases[] = {
      {http_reply(503, ""), Code::protocol},
      {http_reply(200, "<html>"), Code::protocol},
      {http_reply(302, "", "text/html", "Location: https://evil.test\r\n"), Code::protocol},
      {http_reply(200, std::string(kProviderBytesMax + 1, ' ')), Code::too_large},
      {{.bytes = "nonsense\r\n\r\n", .close = true}, Code::protocol}};
  for (const auto& [said, code] : cases) {
    page("/keys", said);
    start({.jwks_uri = url("/keys")});
    const auto answer = find(one_.token(claims()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code) << answer.error().message;
  }
  start({.jwks_uri = "http://127.0.0.1:1/keys"});
  EXPECT_EQ(find(one_.token(claims())).error().code, Code::unreachable);
  EXPECT_EQ(find(one_.token(claims())).error().code, Code::unreachable) << "not tried again";
}

TEST_F(AuthorityTest, ATokenIsForgottenWhenItHasExpired) {
  page("/keys", key_set({&one_}));
  start({.jwks_uri = url("/keys"), .keys_life = std::chrono::hours(1000)});
  const std::string token = one_.token(claims());
  EXPECT_TRUE(find(token));
  now_ = 2'000'031;
  EXPECT_THAT(authority_->ask(token).error().message, HasSubstr("expired"));
}

class IntrospectionTest : public AuthorityTest {
 protected:
  void start_asking(std::chrono::milliseconds life = seconds(60)) {
    start({.introspect = true,
           .introspection_endpoint = url("/introspect"),
           .client_id = "db:ops",
           .client_secret = [](const Context&) { return Result<Secret>(Secret("s3cr&t")); },
           .answer_life = life});
  }
  std::string active() const {
    return R"({"active":true,"sub":"ada","scope":"db:read","aud":")" + std::string(kResource) +
           R"("})";
  }
};

TEST_F(IntrospectionTest, AsksWithTheClientsSecret) {
  page("/introspect", active());
  start_asking();
  EXPECT_EQ(find("opaque+/=")->principal, "oauth:ada");
  ASSERT_THAT(server_.requests(), SizeIs(1));
  const std::string request = server_.requests()[0];
  EXPECT_THAT(request, HasSubstr("POST /introspect "));
  EXPECT_THAT(request, HasSubstr("Authorization: Basic " + base64("db%3aops:s3cr%26t")));
  EXPECT_THAT(request, HasSubstr("token=opaque%2b%2f%3d&token_type_hint=access_token"));
}

TEST_F(IntrospectionTest, KeepsTheAnswerForAWhile) {
  page("/introspect", active());
  start_asking(seconds(60));
  EXPECT_TRUE(find("a"));
  page("/introspect", R"({"active":false})");
  EXPECT_TRUE(find("a"));
  EXPECT_EQ(find("b").error().code, Code::authentication);
  now_ += 60;
  EXPECT_EQ(find("a").error().code, Code::authentication) << "revoked meanwhile";
  EXPECT_EQ(asked("/introspect"), 3u);
}

TEST_F(IntrospectionTest, OrNotAtAll) {
  page("/introspect", active());
  start_asking(seconds(0));
  EXPECT_TRUE(find("a"));
  page("/introspect", R"({"active":false})");
  EXPECT_EQ(find("a").error().code, Code::authentication);
}

TEST_F(IntrospectionTest, WhatGoesWrongIsNotRememberedAndNamesNoSecret) {
  page("/introspect", http_reply(401, "nobody named s3cr&t"));
  start_asking();
  const auto refused = find("opaque");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_config);
  EXPECT_THAT(refused.error().message + refused.error().hint, Not(HasSubstr("s3cr")));
  page("/introspect", active());
  EXPECT_TRUE(find("opaque"));
}

TEST_F(IntrospectionTest, ManyAskAtOnce) {
  page("/introspect", active());
  start_asking();
  std::mutex mutex;
  std::condition_variable changed;
  size_t good = 0;
  size_t done = 0;
  constexpr size_t kTokens = 20;
  for (size_t i = 0; i < kTokens; ++i)
    authority_->ask_soon("token" + std::to_string(i), [&](const Authority::Answer& answer) {
      const std::lock_guard lock(mutex);
      good += answer.has_value();
      ++done;
      changed.notify_all();
    });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done == kTokens; });
  EXPECT_EQ(good, kTokens);
}

}  // namespace
}  // namespace dbops::http

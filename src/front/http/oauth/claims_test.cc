// Whom a token is for, and when.
#include "front/http/oauth/claims.h"

#include <gmock/gmock-matchers.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"

namespace dbops::http {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Time = std::chrono::system_clock::time_point;

const Expected kExpected{.issuer = "https://id.test",
                         .audiences = {"https://db.test/mcp", "dbops"},
                         .skew = seconds(30)};
const Time kNow = Time(seconds(1'000'000));

constexpr const char* kBase = R"("iss":"https://id.test","aud":"dbops","sub":"ada")";

boost::json::object object(const std::string& members) {
  return parse_json("{" + members + "}").value().get_object();
}
Result<Identity> claims(const std::string& members) {
  return read_claims(object(members), kExpected, kNow);
}
std::string refusal(const std::string& members) {
  const auto read = claims(members);
  EXPECT_FALSE(read) << members;
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, Code::authentication);
  return read.error().message;
}
std::string with(const std::string& more) { return std::string(kBase) + "," + more; }

TEST(Claims, SayWhoMayDoWhatAndUntilWhen) {
  const auto identity = claims(with(R"("exp":1000100,"scope":"openid db:read  db:write:shop")"));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->subject, "ada");
  EXPECT_THAT(identity->scopes, ElementsAre("openid", "db:read", "db:write:shop"));
  EXPECT_EQ(identity->until, Time(seconds(1'000'130)));
}

TEST(Claims, TakeScopesAsListsToo) {
  EXPECT_THAT(claims(with(R"("exp":1000100,"scp":["db:read","db:write"])"))->scopes,
              ElementsAre("db:read", "db:write"));
  EXPECT_TRUE(claims(with(R"("exp":1000100,"scope":7)"))->scopes.empty());
}

TEST(Claims, OneAudienceOfManyIsEnough) {
  EXPECT_TRUE(claims(
      R"("iss":"https://id.test","sub":"ada","exp":1000100,"aud":["x","https://db.test/mcp"])"));
  for (const char* audience : {R"("x")", R"(["x"])", "[]", "7", R"("https://db.test/mcp/")",
                               R"("DBOPS")", R"([["dbops"]])", "null"})
    EXPECT_THAT(refusal(R"("iss":"https://id.test","sub":"ada","exp":1000100,"aud":)" +
                        std::string(audience)),
                HasSubstr("another audience"));
  EXPECT_THAT(refusal(R"("iss":"https://id.test","sub":"ada","exp":1000100)"),
              HasSubstr("another audience"));
}

TEST(Claims, AreOfOneIssuer) {
  for (const char* issuer : {R"("iss":"https://id.test/",)", R"("iss":"https://evil.test",)", "",
                             R"("iss":["https://id.test"],)"})
    EXPECT_THAT(refusal(std::string(issuer) + R"("aud":"dbops","sub":"ada","exp":1000100)"),
                HasSubstr("another issuer"));
}

TEST(Claims, HoldForATimeWithSomeSkew) {
  EXPECT_TRUE(claims(with(R"("exp":999971)"))) << "29 s ago";
  EXPECT_THAT(refusal(with(R"("exp":999970)")), HasSubstr("expired"));
  EXPECT_TRUE(claims(with(R"("exp":1000000.5)")));
  EXPECT_TRUE(claims(with(R"("exp":1000100,"nbf":1000030)")));
  EXPECT_THAT(refusal(with(R"("exp":1000100,"nbf":1000031)")), HasSubstr("not good yet"));
  EXPECT_THAT(refusal(with(R"("exp":1000100,"nbf":"soon")")), HasSubstr("nbf is not a time"));
  EXPECT_THAT(refusal(kBase), HasSubstr("no expiry"));
  EXPECT_THAT(refusal(with(R"("exp":"1000100")")), HasSubstr("exp is not a time"));
  EXPECT_THAT(refusal(with(R"("exp":-1e300)")), HasSubstr("expired"));
  EXPECT_TRUE(claims(with(R"("exp":1e300)")));
}

TEST(Claims, NameASubject) {
  const std::string rest = R"("iss":"https://id.test","aud":"dbops","exp":1000100)";
  EXPECT_EQ(claims(rest + R"(,"client_id":"robot")")->subject, "robot");
  for (const std::string& subject :
       {std::string(), std::string(R"(,"sub":"")"), std::string(R"(,"sub":7)"),
        std::string(R"(,"sub":"a\nb")"), R"(,"sub":")" + std::string(256, 'x') + '"'})
    EXPECT_THAT(refusal(rest + subject), HasSubstr("no subject"));
}

TEST(Introspection, SaysWhetherTheTokenIsActive) {
  const auto read = [](const std::string& members) {
    return read_introspection(object(members), kExpected, kNow);
  };
  EXPECT_EQ(read(R"("active":true,"sub":"ada","aud":"dbops")")->until, Time::max());
  EXPECT_THAT(read(R"("active":false)").error().message, HasSubstr("not active"));
  EXPECT_EQ(read(R"("sub":"ada")").error().code, Code::protocol);
  EXPECT_EQ(read(R"("active":"true")").error().code, Code::protocol);
  const std::string active = R"("active":true,"sub":"ada","aud":)";
  EXPECT_THAT(read(active + R"("x")").error().message, HasSubstr("audience"));
  EXPECT_THAT(read(R"("active":true,"sub":"ada")").error().message, HasSubstr("audience"));
  EXPECT_THAT(read(active + R"("dbops","iss":"https://evil.test")").error().message,
              HasSubstr("issuer"));
  EXPECT_THAT(read(active + R"("dbops","exp":1)").error().message, HasSubstr("expired"));
}

}  // namespace
}  // namespace dbops::http

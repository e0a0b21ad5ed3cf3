// What Redis has had since 7.4 and 8.0.
#include <gmock/gmock-matchers.h>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Redis8 : public testing::Test {
 protected:
  void SetUp() override {
    url_ = at_database(server_url("DBOPS_TEST_REDIS8"), 1);
    auto session = connect_to(url_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(run("FLUSHDB"), "OK");
  }
  std::string run(std::string_view text, Mode mode = Mode::write) {
    auto shown = redis::run(*session_, text, mode);
    return shown ? *std::move(shown)
                 : std::string(name(shown.error().code)) + ": " + shown.error().message;
  }
  std::string read(std::string_view text) { return run(text, Mode::read); }

  std::string url_;
  std::unique_ptr<Session> session_;
};

TEST_F(Redis8, KeepsTimesOfAHashsFields) {
  EXPECT_EQ(run("HSET h a 1 b 2\nHEXPIRE h 1000 FIELDS 1 a"), "2\n1");
  EXPECT_THAT(read("HTTL h FIELDS 3 a b c"), MatchesRegex("(1000|999)\n-1\n-2"));
  EXPECT_THAT(read("HPEXPIRETIME h FIELDS 1 a"), MatchesRegex("[0-9]{13}"));
  EXPECT_EQ(run("HPERSIST h FIELDS 1 a\nHSETEX h EX 9 FIELDS 1 c 3\nHGETEX h PERSIST FIELDS 1 c"),
            "1\n1\n3");
  EXPECT_EQ(run("HGETDEL h FIELDS 2 a b"), "1\n2");
  EXPECT_EQ(read("HGETALL h"), "c|3");
  for (const char* write : {"HEXPIRE h 1 FIELDS 1 c", "HGETEX h EX 1 FIELDS 1 c",
                            "HGETDEL h FIELDS 1 c", "HSETEX h FIELDS 1 c 4"})
    EXPECT_THAT(read(write), HasSubstr("forbidden")) << write;
}

TEST_F(Redis8, FindsNearVectors) {
  EXPECT_EQ(run("VADD v VALUES 2 1 0 east SETATTR \"{\\\"year\\\": 1999}\"\n"
                "VADD v VALUES 2 0 1 north\nVADD v VALUES 2 -1 0 west"),
            "true\ntrue\ntrue");
  EXPECT_EQ(read("VSIM v VALUES 2 1 0.1 COUNT 1"), "east");
  EXPECT_EQ(read("VSIM v ELE east COUNT 1 WITHSCORES"), "east|1");
  EXPECT_EQ(read("VSIM v ELE north FILTER \".year > 1990\""), "east");
  EXPECT_EQ(read("VCARD v\nVDIM v\nVGETATTR v east"), "3\n2\n{\"year\": 1999}");
  EXPECT_EQ(read("VEMB v west"), "-1\n0");
  EXPECT_THAT(read("VADD v VALUES 2 1 1 x"), HasSubstr("forbidden"));
  EXPECT_THAT(read("VREM v east"), HasSubstr("forbidden"));
  const auto summary = operate(connector(), *session_, "key_summary", R"({"keys": ["v"]})");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_THAT(*summary, HasSubstr("v|vectorset|-1|"));
  EXPECT_THAT(*summary, HasSubstr("|3|"));
  EXPECT_EQ(operate(connector(), *session_, "scan_keys", R"({"type": "vectorset"})").value_or("?"),
            "v");
}

TEST_F(Redis8, HoldsKeyRulesForThem) {
  ASSERT_EQ(run("VADD mine VALUES 1 1 e\nVADD other VALUES 1 1 e"), "true\ntrue");
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(url_);
  options.tier = Tier::admin;
  options.access = *Access::make({.allow = {"mine"}});
  auto ruled = connector().connect({}, options);
  ASSERT_TRUE(ruled);
  session_ = std::move(*ruled);
  EXPECT_EQ(read("VSIM mine ELE e"), "e");
  EXPECT_THAT(read("VSIM other ELE e"), HasSubstr("forbidden"));
  EXPECT_THAT(run("HGETDEL other FIELDS 1 f"), HasSubstr("forbidden"));
  EXPECT_THAT(run("FCALL_RO f 1 mine"), HasSubstr("forbidden"));
}

// A function that an administrator has marked so is a read; a script's text never is, for what the
// server calls read-only touches more than keys.
TEST_F(Redis8, CallsFunctionsThatOnlyRead) {
  ASSERT_EQ(run("FUNCTION LOAD REPLACE \"#!lua name=dbops\\n"
                "redis.register_function{function_name='dbops_get', flags={'no-writes'}, "
                "callback=function(k) return redis.call('GET', k[1]) end}\\n"
                "redis.register_function('dbops_set', "
                "function(k, a) return redis.call('SET', k[1], a[1]) end)\""),
            "dbops");
  ASSERT_EQ(run("SET k here"), "OK");
  EXPECT_EQ(read("FCALL_RO dbops_get 1 k"), "here");
  EXPECT_THAT(read("FCALL_RO dbops_set 1 k x"), HasSubstr("the server says"));
  EXPECT_THAT(read("FCALL dbops_set 1 k x"), HasSubstr("forbidden"));
  EXPECT_EQ(read("GET k"), "here");
  EXPECT_EQ(run("EVAL_RO \"return redis.call('SLOWLOG', 'RESET')\" 0"), "OK");
  EXPECT_THAT(read("EVAL_RO \"return 1\" 0"), HasSubstr("forbidden"));
  EXPECT_EQ(run("FUNCTION DELETE dbops"), "OK");
}

}  // namespace
}  // namespace dbops::redis

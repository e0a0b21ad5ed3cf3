// What Redis has had since 7.4 and 8.0, and the tables of commands against such a server's own.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connectors/redis/command_keys.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/connector.h"
#include "connectors/redis/session.h"
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

// The server's own list: what it says of each command that reads or writes keys.
struct Told {
  std::string verb;
  bool writes = false;
  bool administers = false;
  bool scripts = false;
  bool movable = false;
  int64_t first_key = 0;
};
std::vector<Told> told(Link& link) {
  const auto reply = link.ask({}, std::vector<std::string_view>{"COMMAND"});
  if (!reply) return {};
  std::vector<Told> all;
  // Name, arity, flags, first key ... of each, and of its subcommands the same within.
  for (size_t at = 0; at + 3 < reply->nodes.size(); ++at) {
    const auto& nodes = reply->nodes;
    if (nodes[at].type != RespType::array || nodes[at].size != 10) continue;
    if (nodes[at + 1].type != RespType::bulk || nodes[at + 2].type != RespType::integer) continue;
    Told one{.verb = std::string(reply->text(nodes[at + 1]))};
    std::replace(one.verb.begin(), one.verb.end(), '|', ' ');
    for (char& c : one.verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    size_t next = at + 3;
    for (size_t i = 1; i <= nodes[next].size; ++i) {
      const std::string_view flag = reply->text(nodes[next + i]);
      one.writes = one.writes || flag == "write";
      one.administers = one.administers || flag == "admin" || flag == "asking";
      one.scripts = one.scripts || flag == "no_mandatory_keys";
      one.movable = one.movable || flag == "movablekeys";
    }
    next += nodes[next].nodes;
    one.first_key = nodes[next].integer;
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> words_of(const std::string& verb) {
  const size_t blank = verb.find(' ');
  if (blank == std::string::npos) return {verb};
  return {verb.substr(0, blank), verb.substr(blank + 1)};
}

TEST_F(Redis8, AgreesWithTheTables) {
  const auto all = told(dynamic_cast<RedisSession&>(*session_).link());
  ASSERT_GT(all.size(), 300U);
  std::set<std::string> missing;
  for (const Told& one : all) {
    const Class known = classify(words_of(one.verb));
    EXPECT_TRUE(!one.writes || known.tier > Tier::read) << one.verb;
    if (one.first_key == 0) continue;
    if (known.tier == Tier::admin && !one.administers && !known.link) missing.insert(one.verb);
    // The first key of each form stands where the server says.
    std::vector<std::string> words = words_of(one.verb);
    while (words.size() < static_cast<size_t>(one.first_key)) words.emplace_back("1");
    words.insert(words.end(), {"k", "1", "1", "1"});
    const auto keys = keys_of(known.verb, words);
    if (!keys || one.movable) continue;
    EXPECT_EQ(keys->places.at(0), static_cast<size_t>(one.first_key)) << one.verb;
  }
  // Two lead out of the database, and one is a part of a transaction's frame.
  EXPECT_THAT(missing, testing::ElementsAre("MIGRATE", "MOVE", "WATCH"));
}

}  // namespace
}  // namespace dbops::redis

// Links that are cut, stalled and garbled; nodes that vanish; answers that no real server gives.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <array>

#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/testing.h"
#include "fakes/scripted_http.h"
#include "gate/gate.h"

namespace dbops::elasticsearch {
namespace {

using fakes::http_reply;
using fakes::ScriptedHttp;
using fakes::ScriptedReply;
using gate::Action;
using gate::Direction;
using testing::HasSubstr;
using namespace std::literals;

class ElasticFaults : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    url_ = server_url(GetParam());
    gate_ = std::make_unique<gate::Gate>(port_of(url_));
    auto session = connect_to(with_port(url_, gate_->port()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }
  std::string direct(std::string_view text) {
    auto session = connect_to(url_);
    return session ? run(**session, text).value_or("?") : session.error().message;
  }

  std::string url_;
  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<Session> session_;
};

TEST_P(ElasticFaults, AReadThatIsCutDoesNothingAndTheNextOneWorks) {
  for (const Action action : {Action::reset, Action::finish}) {
    for (const uint64_t bytes : {0, 1, 20, 150}) {
      ASSERT_TRUE(run(*session_, "GET /_cluster/health", Mode::read));
      gate_->arm({.action = action, .direction = Direction::to_client, .after = bytes});
      const auto answer = run(*session_, "GET /_cluster/health", Mode::read);
      // A connection that was kept, and ends before a byte has come, is replaced by a new one.
      if (!answer) {
        EXPECT_TRUE(answer.error().code == Code::disconnected || answer.error().code == Code::tls)
            << answer.error().message;
        EXPECT_EQ(answer.error().effect, Effect::none);
      }
      gate_->flow();
      EXPECT_TRUE(run(*session_, "GET /_cluster/health", Mode::read));
    }
  }
}

TEST_P(ElasticFaults, AWriteWhoseAnswerIsLostMayHaveHappenedAndIsNotSentAgain) {
  static_cast<void>(direct("DELETE /cut"));
  gate_->arm({.action = Action::finish, .direction = Direction::to_client, .after = 0});
  ASSERT_TRUE(direct("PUT /cut {\"settings\": {\"number_of_replicas\": 0}}") != "?");
  const uint64_t before = gate_->counts().accepted;
  auto answer = run(*session_, "POST /cut/_doc {\"a\": 1}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(gate_->counts().accepted, before + 1);
  // Over TLS nothing comes back from the very handshake.
  const bool secure = url_.find("+https") != std::string::npos;
  EXPECT_EQ(answer.error().effect, secure ? Effect::none : Effect::unknown)
      << answer.error().message;
  EXPECT_TRUE(run(*session_, "POST /cut/_doc?refresh=true {\"a\": 2}"));
  direct("DELETE /cut");
}

TEST_P(ElasticFaults, AStalledAnswerEndsAtTheDeadline) {
  gate_->apply(Action::stall);
  Context context;
  context.deadline = Deadline::after(50ms);
  const auto answer = run(*session_, "GET /_cluster/health", Mode::read, context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::timeout);
  gate_->flow();
  EXPECT_TRUE(run(*session_, "GET /_cluster/health", Mode::read));
}

TEST_P(ElasticFaults, ASlowLinkIsNoFault) {
  gate_->delay(5ms);
  EXPECT_TRUE(run(*session_, "GET /_cluster/health", Mode::read));
}

TEST_P(ElasticFaults, ANodeThatVanishesIsLeftForTheNext) {
  const std::string place = "127.0.0.1:" + std::to_string(port_of(url_));
  auto gate = std::make_unique<gate::Gate>(port_of(url_));
  std::string both = url_;
  both.insert(both.find(place), "127.0.0.1:" + std::to_string(gate->port()) + ",127.0.0.1:1,");
  auto session = connect_to(both);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, "GET /_cluster/health", Mode::read));
  gate.reset();
  // What was kept open is found dead at the next read, at the latest; then the others are asked.
  static_cast<void>(run(**session, "GET /_cluster/health", Mode::read));
  EXPECT_TRUE(run(**session, "GET /_cluster/health", Mode::read));
  EXPECT_TRUE(run(**session, "PUT /vanish {\"settings\": {\"number_of_replicas\": 0}}"));
  EXPECT_TRUE(run(**session, "DELETE /vanish"));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ElasticFaults, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

constexpr std::string_view kRoot =
    R"({"cluster_name": "c", "version": {"number": "8.1.0", "distribution": "x"}})";

// A server whose root answers, and whose everything else is `reply`.
std::string first_error(ScriptedReply reply, std::string_view text, Effect* effect = nullptr) {
  const ScriptedHttp server([&](const std::string& request) {
    return request.starts_with("GET / ") ? http_reply(200, kRoot) : reply;
  });
  auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
  if (!session) return "connect: " + session.error().message;
  const auto answer = run(**session, text);
  if (answer) return "no error: " + *answer;
  if (effect != nullptr) *effect = answer.error().effect;
  EXPECT_FALSE((*session)->broken());
  return std::string(name(answer.error().code));
}

TEST(ElasticAnswers, ThatAreNoneAreErrors) {
  for (const char* body :
       {"{\"hits\":{\"hits\":[{\"_id\":1}", "{\"hits\":{\"hits\":[{]}}", "{\"a\" 1}", "{\"a\":1",
        "[1,", "[1 2]", "{\"columns\":[{\"name\":\"a\",\"type\":\"long\"}],\"values\":[[1,2]]}"})
    EXPECT_EQ(first_error(http_reply(200, body), "GET /a/_search"), "protocol") << body;
  EXPECT_EQ(first_error({"garbage", true}, "GET /a/_search"), "protocol");
  EXPECT_EQ(
      first_error(
          {"HTTP/1.1 200 OK\r\ncontent-length: 99\r\ncontent-type: application/json\r\n\r\n[1,",
           true},
          "GET /a/_search"),
      "disconnected");
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(first_error(http_reply(200, "{\"a\":" + deep + '}'), "GET /a/_search"), "protocol");
}

TEST(ElasticAnswers, ARedirectIsNotFollowed) {
  Effect effect = Effect::applied;
  EXPECT_EQ(first_error(http_reply(302, "", "text/plain", "location: /_search\r\n"),
                        "GET /a/_search", &effect),
            "protocol");
  EXPECT_EQ(effect, Effect::none);
}

TEST(ElasticAnswers, OfAWriteThatBreakOffLeaveItDone) {
  Effect effect = Effect::none;
  EXPECT_EQ(first_error({"HTTP/1.1 201 Created\r\ncontent-length: 99\r\ncontent-type: "
                         "application/json\r\n\r\n{\"re",
                         true},
                        "POST /a/_doc {}", &effect),
            "disconnected");
  EXPECT_EQ(effect, Effect::applied);
  EXPECT_EQ(first_error(http_reply(503, "{}"), "POST /a/_doc {}", &effect), "busy");
  EXPECT_EQ(effect, Effect::unknown);
  EXPECT_EQ(first_error(http_reply(400, "{}"), "POST /a/_doc {}", &effect), "invalid_argument");
  EXPECT_EQ(effect, Effect::none);
}

TEST(ElasticAnswers, OfSqlGoOnByTheirCursor) {
  const ScriptedHttp server([&](const std::string& request) {
    if (request.starts_with("GET / ")) return http_reply(200, kRoot);
    if (request.find("\"cursor\":\"two\"") != std::string::npos)
      return http_reply(200, R"({"rows":[[2,"2026-01-02T00:00:00.000Z"]]})");
    return http_reply(
        200,
        R"({"columns":[{"name":"a","type":"long"},{"name":"b","type":"datetime"}],"rows":[[1,null]],"cursor":"two"})");
  });
  auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(run(**session, "SELECT a, b FROM x", Mode::read).value_or("?"),
            "1|null\n2|2026-01-02 00:00:00+00");
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(server.requests()[1], HasSubstr("POST /_sql?format=json "));
}

// Whether the server tells the name of it before its rows or behind them.
TEST(ElasticAnswers, WhatTheServerKeepsIsFreedWhenTheRestIsNotWanted) {
  const std::string columns = R"("columns":[{"name":"a","type":"long"}])";
  for (const auto& [text, page, closed] : std::vector<std::array<std::string, 3>>{
           {"SELECT a FROM x", "{" + columns + R"(,"rows":[[1],[2]],"cursor":"two"})",
            "POST /_sql/close "},
           {"SELECT a FROM x", R"({"cursor":"two",)" + columns + R"(,"rows":[[1],[2]]})",
            "POST /_sql/close "},
           {"GET /a/_search?scroll=1m", R"({"_scroll_id":"two","hits":{"hits":[{"a":1},{"a":2}]}})",
            "DELETE /_search/scroll "}}) {
    const ScriptedHttp server([&, &answer = page](const std::string& request) {
      return request.starts_with("GET / ") ? http_reply(200, kRoot) : http_reply(200, answer);
    });
    auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
    ASSERT_TRUE(session) << session.error().message;
    const Script script = *connector().dialect().parse(text);
    const Parameters none;
    auto results = (*session)->queries()->run({}, script, none, Mode::read);
    ASSERT_TRUE(results && (*results)->next({}));
    results->reset();
    ASSERT_EQ(server.requests().size(), 3U) << page;
    EXPECT_THAT(server.requests()[2], testing::StartsWith(closed));
    EXPECT_THAT(server.requests()[2], HasSubstr("\"two\""));
  }
}

TEST(ElasticAnswers, OfSqlMayTellTheirColumnsLast) {
  Effect effect = Effect::none;
  const ScriptedHttp server([&](const std::string& request) {
    if (request.starts_with("GET / ")) return http_reply(200, kRoot);
    if (request.find("\"cursor\":\"two\"") != std::string::npos)
      return http_reply(200, R"({"rows":[[3]]})");
    return http_reply(
        200, R"({"rows":[[1],[2]],"cursor":"two","columns":[{"name":"a","type":"long"}]})");
  });
  auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(run(**session, "SELECT a FROM x", Mode::read).value_or("?"), "1\n2\n3");
  EXPECT_EQ(first_error(http_reply(200, R"({"rows":[[1,2]],"columns":[{"name":"a"}]})"),
                        "SELECT a FROM x", &effect),
            "protocol");
}

TEST(ElasticAnswers, OfSqlAreExplainedByTheSearchThatTheyBecome) {
  for (const bool opensearch : {false, true}) {
    const ScriptedHttp server([&](const std::string& request) {
      if (request.starts_with("GET / "))
        return http_reply(
            200, opensearch ? R"({"version": {"distribution": "opensearch", "number": "3.6.0"}})"
                            : kRoot);
      return http_reply(200, R"({"size":1000,"query":{"wildcard":{"a":{"wildcard":"*x"}}}})");
    });
    auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
    ASSERT_TRUE(session) << session.error().message;
    const Script script = *connector().dialect().parse("SELECT a FROM t WHERE a LIKE ?");
    Parameters parameters;
    parameters.items.push_back({{}, Value::text("%x")});
    const auto plan = (*session)->explainer()->explain({}, script, parameters, false, Mode::read);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_THAT(plan->text, HasSubstr("\"wildcard\":\"*x\""));
    EXPECT_EQ(plan->findings.at(0).subject, "wildcard");
    EXPECT_THAT(server.requests().back(),
                HasSubstr(opensearch ? "POST /_plugins/_sql/_explain " : "POST /_sql/translate "));
    EXPECT_THAT(server.requests().back(),
                HasSubstr(opensearch ? R"("parameters":[{"type":"string","value":"%x"}])"
                                     : R"("params":["%x"])"));
    EXPECT_EQ(
        (*session)->explainer()->explain({}, script, parameters, true, Mode::read).error().code,
        Code::unsupported);
  }
}

// Older ones can't sort by what a point in time needs.
TEST(ElasticAnswers, ToAScanComeByAScrollFromAnOlderOpenSearch) {
  for (const auto& [version, path] :
       std::vector<std::pair<std::string, std::string>>{{"2.19.0", "/a/_search?scroll="},
                                                        {"3.2.1", "/a/_search?scroll="},
                                                        {"3.3.0", "/a/_search/point_in_time?"},
                                                        {"4.0.0-beta", "/a/_search/point_in_time?"},
                                                        {"x", "/a/_search?scroll="}}) {
    const ScriptedHttp server([&, &number = version](const std::string& request) {
      return http_reply(
          200, request.starts_with("GET / ")
                   ? R"({"version": {"distribution": "opensearch", "number": ")" + number + "\"}}"
                   : R"({"pit_id": "p", "hits": {"hits": []}})");
    });
    auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_TRUE(operate(**session, "scan", R"({"index": "a"})"));
    EXPECT_THAT(server.requests().at(1), testing::StartsWith("POST " + path)) << version;
  }
}

// Though nobody reads on by them.
TEST(ElasticAnswers, KeepTheNamesOfWhatTheServerKeeps) {
  const auto answered = [](std::string_view body) {
    const ScriptedHttp server([&](const std::string& request) {
      return http_reply(200, request.starts_with("GET / ") ? kRoot : body);
    });
    auto session = connect_to("elasticsearch://127.0.0.1:" + std::to_string(server.port()));
    return session ? run(**session, "POST /a/_search {}", Mode::read).value_or("?") : "?";
  };
  EXPECT_EQ(answered(R"({"pit_id":"p","creation_time":1})"), "p|1");
  EXPECT_EQ(answered(R"({"pit_id":"p","hits":{"hits":[]},"aggregations":{"a":{"value":2}}})"), "2");
}

TEST(ElasticAnswers, ConnectingToSomethingElseSaysSo) {
  for (const auto& [reply, code] :
       std::vector<std::pair<ScriptedReply, Code>>{{http_reply(200, "<html>"), Code::protocol},
                                                   {http_reply(200, "{}"), Code::protocol},
                                                   {http_reply(301, ""), Code::protocol},
                                                   {http_reply(401, ""), Code::authentication},
                                                   {{"", true}, Code::disconnected}}) {
    const ScriptedHttp server([&answer = reply](const std::string&) { return answer; });
    const auto session =
        connect_to("elasticsearch://u:hunter2@127.0.0.1:" + std::to_string(server.port()));
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, code) << session.error().message;
    EXPECT_THAT(session.error().message, testing::Not(HasSubstr("hunter2")));
    EXPECT_FALSE(session.error().hint.empty());
  }
}

}  // namespace
}  // namespace dbops::elasticsearch

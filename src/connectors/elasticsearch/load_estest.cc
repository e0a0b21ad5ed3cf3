// Loads into both servers, and into one that is told what to answer.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <atomic>

#include "connectors/elasticsearch/session.h"
#include "connectors/elasticsearch/testing.h"
#include "fakes/scripted_http.h"
#include "gate/gate.h"

namespace dbops::elasticsearch {
namespace {

using fakes::http_reply;
using fakes::ScriptedHttp;
using fakes::ScriptedReply;
using testing::HasSubstr;
using namespace std::literals;

LoadTarget documents(std::vector<std::string> key = {}) {
  LoadTarget target;
  target.path = {"loaded"};
  target.columns = {{"document", "", Kind::json}};
  target.documents = true;
  target.key = std::move(key);
  return target;
}

void add(Batch& batch, std::string_view document) {
  *batch.add_row() = batch.copy(Kind::json, document);
}

Result<LoadOutcome> load(Session& session, const LoadTarget& target, const Batch& batch,
                         const Context& context = {}) {
  DBOPS_ASSIGN(const auto load, session.loader()->start(context, target));
  return load->write(context, batch, 0);
}

class ElasticLoad : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    static_cast<void>(run(*session_, "DELETE /loaded"));
    batch_.reset(1);
  }
  void TearDown() override {
    if (session_) static_cast<void>(run(*session_, "DELETE /loaded"));
  }
  void make() {
    ASSERT_TRUE(run(*session_, R"(PUT /loaded {"settings": {"number_of_replicas": 0},
        "mappings": {"properties": {"n": {"type": "long"}, "t": {"type": "text"}}}})"));
  }
  std::string count() {
    static_cast<void>(run(*session_, "POST /loaded/_refresh"));
    return run(*session_, "GET /loaded/_count?filter_path=count").value_or("?");
  }
  std::unique_ptr<Session> session_;
  Batch batch_;
};

TEST_P(ElasticLoad, TellsOfEachItemWhatBecameOfIt) {
  make();
  add(batch_, R"({"_id": "a", "n": 1})");
  add(batch_, R"({"_id": "b", "n": "no number"})");
  add(batch_, R"({"n": 3})");
  add(batch_, R"({"_id": "a", "n": 4})");
  add(batch_, R"({"_id": "e", "n": 5})");
  const LoadTarget target = documents({"_id"});
  const auto outcome = load(*session_, target, batch_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 5U);
  ASSERT_EQ(outcome->refused.size(), 3U);
  EXPECT_EQ(outcome->refused[0].item, 1U);
  EXPECT_EQ(outcome->refused[0].error.code, Code::data);
  EXPECT_THAT(outcome->refused[0].error.message, HasSubstr("no number"));
  EXPECT_EQ(outcome->refused[1].item, 2U);
  EXPECT_EQ(outcome->refused[1].error.code, Code::data);
  EXPECT_EQ(outcome->refused[2].item, 3U);
  EXPECT_EQ(outcome->refused[2].error.code, Code::already_exists);
  EXPECT_EQ(count(), "2");
  EXPECT_EQ(run(*session_, "GET /loaded/_source/a"), "1");
}

TEST_P(ElasticLoad, ReplacesWhereThatIsAsked) {
  make();
  add(batch_, R"({"n": 1, "t": "old"})");
  add(batch_, R"({"n": 1})");
  LoadTarget target = documents({"n"});
  target.replace = true;
  const auto outcome = load(*session_, target, batch_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->refused.empty());
  EXPECT_EQ(run(*session_, "GET /loaded/_source/1"), "1");
  target.key.clear();
  EXPECT_EQ(session_->loader()->plan({}, target).error().code, Code::invalid_argument);
}

TEST_P(ElasticLoad, SendsABatchInSeveralRequestsWhereItsTextIsLong) {
  make();
  const std::string text(kBulkBytes / 3, 'x');
  for (int i = 0; i < 10; ++i) add(batch_, "{\"t\": \"" + text + std::to_string(i) + "\"}");
  const LoadTarget target = documents();
  const auto outcome = load(*session_, target, batch_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 10U);
  EXPECT_EQ(count(), "10");
}

TEST_P(ElasticLoad, MakesAnIndexOnlyWhenAsked) {
  LoadTarget target;
  target.path = {"loaded"};
  target.columns = {{"_id", "", Kind::text},
                    {"at", "", Kind::timestamp_tz},
                    {"price", "", Kind::decimal},
                    {"word", "", Kind::text}};
  target.key = {"_id"};
  Loader& loader = *session_->loader();
  EXPECT_EQ(loader.start({}, target).error().code, Code::not_found);
  target.create = true;
  auto plan = loader.plan({}, target);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->creates, R"(PUT /loaded {"mappings":{"properties":{"at":{"type":"date"},)"
                           R"("price":{"type":"double"}}}})");
  EXPECT_EQ(loader.plan({}, target)->exists, false);
  batch_.reset(4);
  Value* cells = batch_.add_row();
  cells[0] = Value::text("x");
  cells[1] = Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06.5+00");
  cells[2] = Value::view(Kind::decimal, "0.10");
  cells[3] = Value::text("w");
  const auto outcome = load(*session_, target, batch_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->refused.empty());
  EXPECT_THAT(run(*session_, "GET /loaded/_doc/x").value_or("?"),
              HasSubstr(R"({"at":"2026-11-24T17:07:06.5+00:00","price":0.10,"word":"w"})"));
  plan = loader.plan({}, target);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->exists);
  EXPECT_EQ(plan->fields.at(1).type, "date");
  EXPECT_EQ(plan->fields.at(3).type, "text");
}

TEST_P(ElasticLoad, RefusesPathsAndKeysThatCantBe) {
  const auto code = [&](const LoadTarget& target) {
    const auto plan = session_->loader()->plan({}, target);
    return plan ? std::string("none") : std::string(name(plan.error().code));
  };
  make();
  LoadTarget target = documents();
  EXPECT_EQ(code(target), "none");
  for (const char* path : {"load*", "loaded,x", "_all", "-loaded"}) {
    target.path = {path};
    EXPECT_EQ(code(target), "invalid_argument") << path;
  }
  target.path = {"loaded", "n"};
  EXPECT_EQ(code(target), "invalid_argument");
  target = {};
  target.path = {"loaded"};
  target.columns = {{"n", "", Kind::integer}, {"_id", "", Kind::text}};
  EXPECT_EQ(code(target), "invalid_argument");
  target.key = {"m"};
  EXPECT_EQ(code(target), "not_found");
}

TEST_P(ElasticLoad, ALostAnswerLeavesItInDoubt) {
  make();
  const std::string url = server_url(GetParam());
  gate::Gate gate(port_of(url));
  auto behind = connect_to(with_port(url, gate.port()));
  ASSERT_TRUE(behind) << behind.error().message;
  const LoadTarget target = documents();
  const auto load = (*behind)->loader()->start({}, target);
  ASSERT_TRUE(load) << load.error().message;
  for (int i = 0; i < 1000; ++i) add(batch_, R"({"n": 1})");
  // Over TLS the answers to the handshake pass first.
  const bool secure = url.find("+https") != std::string::npos;
  gate.arm({.action = gate::Action::reset,
            .direction = secure ? gate::Direction::to_server : gate::Direction::to_client,
            .after = secure ? 20'000U : 0U});
  const auto cut = (*load)->write({}, batch_, 0);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::disconnected) << cut.error().message;
  EXPECT_EQ(cut.error().effect, Effect::unknown);
  gate.flow();
  EXPECT_TRUE((*load)->write({}, batch_, 0));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ElasticLoad, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

// A server whose answers to bulk requests are told, one after the other.
class BusyServer : public testing::Test {
 protected:
  explicit BusyServer()
      : server_([this](const std::string& request) -> ScriptedReply {
          if (request.find("_bulk") == std::string::npos)
            return http_reply(200, request.starts_with("GET / ")
                                       ? R"({"version": {"number": "8.0.0"}})"
                                       : R"({"loaded": {"mappings": {}}})");
          const size_t turn = std::min(turn_++, answers_.size() - 1);
          return http_reply(answers_[turn].first, answers_[turn].second);
        }) {}
  Result<LoadOutcome> load_two(std::vector<std::pair<int, std::string>> answers,
                               Patience patience = {.wait = 1ms}, const Context& context = {}) {
    answers_ = std::move(answers);
    turn_ = 0;
    Batch batch;
    batch.reset(1);
    add(batch, R"({"n": 1})");
    add(batch, R"({"n": 2})");
    DBOPS_ASSIGN(const auto session,
                 connect_to("elasticsearch://127.0.0.1:" + std::to_string(server_.port())));
    Link& link = static_cast<ElasticSession&>(*session).link();
    const Fence fence{Access()};
    ElasticCatalog catalog(link, fence);
    ElasticLoader loader(link, catalog, Tier::write, patience);
    const LoadTarget target = documents();
    DBOPS_ASSIGN(const auto load, loader.start(context, target));
    return load->write(context, batch, 0);
  }
  std::vector<std::string> bulks() const {
    std::vector<std::string> all;
    for (const std::string& request : server_.requests())
      if (request.find("_bulk") != std::string::npos)
        all.push_back(request.substr(request.find("\r\n\r\n") + 4));
    return all;
  }

  std::vector<std::pair<int, std::string>> answers_;  // Set before the first request.
  std::atomic<size_t> turn_ = 0;
  ScriptedHttp server_;
};

constexpr const char* kRejected =
    R"({"error": {"type": "es_rejected_execution_exception", "reason": "full"}, "status": 429})";
constexpr const char* kSecondRejected =
    R"({"errors": true, "items": [{"create": {"status": 201}},
        {"create": {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}}]})";
constexpr const char* kOneRejected =
    R"({"errors": true, "items": [{"create": {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}}]})";
constexpr const char* kFine = R"({"errors": false, "items": []})";

TEST_F(BusyServer, GetsWhatItWasTooBusyForOnceMore) {
  const auto outcome = load_two({{429, kRejected}, {200, kSecondRejected}, {200, kFine}});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 2U);
  EXPECT_TRUE(outcome->refused.empty());
  const auto sent = bulks();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0], "{\"create\":{}}\n{\"n\": 1}\n{\"create\":{}}\n{\"n\": 2}\n");
  EXPECT_EQ(sent[1], sent[0]);
  EXPECT_EQ(sent[2], "{\"create\":{}}\n{\"n\": 2}\n");
}

TEST_F(BusyServer, IsAskedSoOftenAndNoMore) {
  const auto nothing = load_two({{429, kRejected}}, {.tries = 3, .wait = 1ms});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(bulks().size(), 3U);
  EXPECT_EQ(nothing.error().code, Code::busy) << nothing.error().message;
  EXPECT_EQ(nothing.error().effect, Effect::none);
  EXPECT_TRUE(nothing.error().retryable);
  const auto half =
      load_two({{200, kSecondRejected}, {200, kOneRejected}}, {.tries = 3, .wait = 1ms});
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().effect, Effect::unknown);
  EXPECT_THAT(half.error().message, HasSubstr("too busy for 1 items, asked 3 times"));
}

TEST_F(BusyServer, IsNotWaitedForBeyondTheDeadline) {
  Context context;
  context.deadline = Deadline::after(10min);
  const auto nothing = load_two({{429, kRejected}}, {.wait = 1h, .wait_max = 1h}, context);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(bulks().size(), 1U);
  EXPECT_EQ(nothing.error().code, Code::busy);
}

TEST_F(BusyServer, SaysNothingThatIsNoAnswer) {
  for (const char* answer : {R"({"errors": true, "items": []})", "<html>", "{}", ""}) {
    const auto outcome = load_two({{200, answer}});
    ASSERT_FALSE(outcome) << answer;
    EXPECT_EQ(outcome.error().code, Code::protocol) << outcome.error().message;
    EXPECT_EQ(outcome.error().effect, Effect::unknown);
  }
  const auto broken = load_two({{503, "{}"}});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::busy);
  EXPECT_EQ(broken.error().effect, Effect::unknown);
}

}  // namespace
}  // namespace dbops::elasticsearch

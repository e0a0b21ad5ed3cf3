// Questions to the client: multi round-trip requests in 2026-07-28, requests to the client before.
#include <gtest/gtest.h>

#include <thread>

#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::FakeTools;
using mcp::testing::legacy;
using mcp::testing::make_fake_server;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;

constexpr std::string_view kForms = R"({"elicitation":{}})";

std::string answer_to(int64_t id, std::string_view result) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + std::string(result) +
         "}";
}

std::string accepted(std::string_view name) {
  return R"({"action":"accept","content":{"name":")" + std::string(name) + "\"}}";
}

class Questions : public ::testing::Test {
 protected:
  FakeTools tools_;
  std::unique_ptr<Server> server_ = make_fake_server(tools_);
  Conversation talk_{*server_};

  json::value ask_modern(std::string_view params) {
    return talk_.ask(modern("1", "tools/call", params, kForms));
  }
};

std::string state_of(const json::value& answer) {
  return std::string(answer.at_pointer("/result/requestState").as_string());
}

std::string retry(std::string_view tool, std::string_view arguments, std::string_view responses,
                  std::string_view state) {
  std::string params = call_params(tool, arguments);
  params.append(R"(,"inputResponses":)").append(responses);
  if (!state.empty()) params.append(R"(,"requestState":")").append(state).append("\"");
  return params;
}

TEST_F(Questions, ModernAskedAndAnswered) {
  const json::value asked = ask_modern(call_params("ask"));
  EXPECT_EQ(asked.at_pointer("/result/resultType").as_string(), "input_required");
  EXPECT_EQ(asked.at_pointer("/result/inputRequests/name/method").as_string(),
            "elicitation/create");
  EXPECT_FALSE(asked.at("result").as_object().contains("content"));
  EXPECT_FALSE(asked.at("result").as_object().contains("ttlMs"));
  const json::value done =
      ask_modern(retry("ask", "{}", R"({"name":)" + accepted("Ada") + "}", state_of(asked)));
  EXPECT_EQ(text_of(done), "hello Ada");
  EXPECT_EQ(done.at_pointer("/result/resultType").as_string(), "complete");
}

TEST_F(Questions, ModernSeveralRounds) {
  constexpr std::string_view kThree = R"({"rounds":3})";
  json::value asked = ask_modern(call_params("ask", kThree));
  std::string state;
  for (int round = 1; round < 3; ++round) {
    EXPECT_NE(state_of(asked), state);
    state = state_of(asked);
    asked = ask_modern(retry("ask", kThree, R"({"name":)" + accepted("A") + "}", state));
    EXPECT_EQ(asked.at_pointer("/result/resultType").as_string(), "input_required") << round;
  }
  EXPECT_EQ(text_of(ask_modern(
                retry("ask", kThree, R"({"name":)" + accepted("A") + "}", state_of(asked)))),
            "hello A");
}

TEST_F(Questions, ModernMissingAndExtraAnswers) {
  const std::string state = state_of(ask_modern(call_params("ask")));
  for (const char* responses : {"{}", R"({"other":{"action":"accept"}})"})
    EXPECT_EQ(ask_modern(retry("ask", "{}", responses, state)).at_pointer("/result/resultType"),
              json::value("input_required"))
        << responses;
  EXPECT_EQ(text_of(ask_modern(
                retry("ask", "{}", R"({"name":)" + accepted("B") + R"(,"other":{}})", state))),
            "hello B");
}

TEST_F(Questions, ModernMalformedAnswersAreRefused) {
  const std::string state = state_of(ask_modern(call_params("ask")));
  for (const char* responses : {"null", "7", "[]", R"("x")", R"({"name":null})", R"({"name":7})"})
    EXPECT_EQ(code_of(ask_modern(retry("ask", "{}", responses, state))), kInvalidParams)
        << responses;
}

TEST_F(Questions, ModernStateIsForOneRequestOnly) {
  const std::string state = state_of(ask_modern(call_params("ask", R"({"rounds":1})")));
  const std::string responses = R"({"name":)" + accepted("C") + "}";
  EXPECT_EQ(code_of(ask_modern(retry("ask", R"({"rounds":2})", responses, state))), kInvalidParams);
  EXPECT_EQ(code_of(ask_modern(retry("confirm", R"({"rounds":1})", responses, state))),
            kInvalidParams);
  EXPECT_EQ(code_of(ask_modern(retry("ask", R"({"rounds":1})", responses, state + "-TAMPERED"))),
            kInvalidParams);
  EXPECT_EQ(code_of(ask_modern(call_params("ask") + R"(,"requestState":7)")), kInvalidParams);
  // Another server, another key.
  FakeTools tools;
  const auto other = make_fake_server(tools);
  const std::string params = retry("ask", R"({"rounds":1})", responses, state);
  EXPECT_EQ(code_of(Conversation(*other).ask(modern("1", "tools/call", params, kForms))),
            kInvalidParams);
  EXPECT_EQ(text_of(ask_modern(params)), "hello C");
}

TEST_F(Questions, ReplicasShareAKey) {
  FakeTools tools;
  const std::string key(32, 'k');
  const auto one = make_fake_server(tools, {.seal_key = key});
  const auto two = make_fake_server(tools, {.seal_key = key});
  const std::string state =
      state_of(Conversation(*one).ask(modern("1", "tools/call", call_params("ask"), kForms)));
  const std::string params = retry("ask", "{}", R"({"name":)" + accepted("D") + "}", state);
  EXPECT_EQ(text_of(Conversation(*two).ask(modern("2", "tools/call", params, kForms))), "hello D");
}

TEST_F(Questions, LegacyClientIsAsked) {
  talk_.begin("2025-11-25", kForms);
  const auto call = talk_.send(legacy("1", "tools/call", "{" + call_params("ask") + "}"));
  const json::value request = parse(call->message(0));
  EXPECT_EQ(request.at("method").as_string(), "elicitation/create");
  EXPECT_EQ(call->finished(), 0);
  talk_.send(answer_to(request.at("id").as_int64(), accepted("Eve")));
  EXPECT_EQ(text_of(parse(call->reply().body)), "hello Eve");
  EXPECT_EQ(call->finished(), 1);
}

TEST_F(Questions, LegacySeveralRounds) {
  talk_.begin("2025-06-18", kForms);
  const auto call =
      talk_.send(legacy("1", "tools/call", "{" + call_params("ask", R"({"rounds":3})") + "}"));
  for (size_t round = 0; round < 3; ++round)
    talk_.send(answer_to(parse(call->message(round)).at("id").as_int64(), accepted("F")));
  EXPECT_EQ(text_of(parse(call->reply().body)), "hello F");
}

TEST_F(Questions, LegacyRoundsAreBounded) {
  talk_.begin("2025-06-18", kForms);
  const auto call =
      talk_.send(legacy("1", "tools/call", "{" + call_params("ask", R"({"rounds":99})") + "}"));
  for (size_t round = 0; round < size_t{Server::kRoundsMax}; ++round)
    talk_.send(answer_to(parse(call->message(round)).at("id").as_int64(), accepted("G")));
  EXPECT_EQ(code_of(parse(call->reply().body)), kInternalError);
}

// Waiting for a person takes no thread.
TEST_F(Questions, LegacyWaitHoldsNoThread) {
  server_ = make_fake_server(tools_, {.threads_max = 1});
  Conversation talk(*server_);
  talk.begin("2025-11-25", kForms);
  std::vector<std::shared_ptr<testing::Recorder>> asking;
  for (int i = 0; i < 50; ++i)
    asking.push_back(
        talk.send(legacy(std::to_string(i), "tools/call", "{" + call_params("ask") + "}")));
  for (const auto& call : asking) EXPECT_FALSE(call->message(0).empty());
  EXPECT_EQ(text_of(talk.ask(legacy("\"e\"", "tools/call",
                                    "{" + call_params("echo", R"({"text":"on"})") + "}"))),
            "on");
  for (size_t i = asking.size(); i-- > 0;)
    talk.send(
        answer_to(parse(asking[i]->message(0)).at("id").as_int64(), accepted(std::to_string(i))));
  for (size_t i = 0; i < asking.size(); ++i)
    EXPECT_EQ(text_of(parse(asking[i]->reply().body)), "hello " + std::to_string(i));
}

TEST_F(Questions, LegacyRefusalsDismiss) {
  talk_.begin("2025-11-25", kForms);
  const auto confirm = [&](std::string_view text) {
    const auto call = talk_.send(legacy("1", "tools/call", "{" + call_params("confirm") + "}"));
    const int64_t id = parse(call->message(0)).at("id").as_int64();
    std::string reply(text);
    reply.replace(reply.find("ID"), 2, std::to_string(id));
    talk_.send(reply);
    talk_.send(reply);  // A second answer to the same question is nobody's.
    const std::string said = text_of(parse(call->reply().body));
    EXPECT_TRUE(talk_.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
    return said;
  };
  EXPECT_EQ(confirm(R"({"jsonrpc":"2.0","id":ID,"result":{"action":"decline"}})"), "declined");
  EXPECT_EQ(confirm(R"({"jsonrpc":"2.0","id":ID,"result":{"action":"cancel"}})"), "declined");
  EXPECT_EQ(confirm(R"({"jsonrpc":"2.0","id":ID,"result":7})"), "declined");
  EXPECT_EQ(confirm(R"({"jsonrpc":"2.0","id":ID,"error":{"code":-32601,"message":"?"}})"),
            "declined");
  EXPECT_EQ(tools_.confirmed, 0);
  EXPECT_EQ(confirm(R"({"jsonrpc":"2.0","id":ID,"result":{"action":"accept"}})"), "done");
  EXPECT_EQ(tools_.confirmed, 1);
}

TEST_F(Questions, LegacyCancelWithdrawsTheQuestion) {
  talk_.begin("2025-11-25", kForms);
  const auto call = talk_.send(legacy("1", "tools/call", "{" + call_params("confirm") + "}"));
  const int64_t id = parse(call->message(0)).at("id").as_int64();
  talk_.send(notification("notifications/cancelled", R"({"requestId":1})"));
  EXPECT_TRUE(call->reply().body.empty());
  const json::value withdrawn = parse(call->message(1));
  EXPECT_EQ(withdrawn.at("method").as_string(), "notifications/cancelled");
  EXPECT_EQ(withdrawn.at_pointer("/params/requestId").as_int64(), id);
  talk_.send(answer_to(id, R"({"action":"accept"})"));
  EXPECT_EQ(tools_.confirmed, 0);
  EXPECT_EQ(talk_.client().calls(), 0u);
}

TEST_F(Questions, LegacyNobodyAnswersInTime) {
  server_ = make_fake_server(tools_, {.answer_life = std::chrono::seconds(0)});
  Conversation talk(*server_);
  talk.begin("2025-11-25", kForms);
  const auto call = talk.send(legacy("1", "tools/call", "{" + call_params("confirm") + "}"));
  ASSERT_FALSE(call->message(0).empty());
  // The call may be put aside a moment after its question is out.
  while (call->finished() == 0) server_->tick();
  EXPECT_EQ(text_of(parse(call->reply().body)), "declined");
  EXPECT_EQ(tools_.confirmed, 0);
}

TEST_F(Questions, TheServerEndsWithOpenQuestions) {
  talk_.begin("2025-11-25", kForms);
  const auto call = talk_.send(legacy("1", "tools/call", "{" + call_params("confirm") + "}"));
  ASSERT_FALSE(call->message(0).empty());
  talk_.client().cancel_all();
  EXPECT_TRUE(talk_.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
  server_.reset();
  EXPECT_EQ(call->finished(), 1);
}

}  // namespace
}  // namespace dbops::mcp

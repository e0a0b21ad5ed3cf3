// Tasks of revision 2025-11-25: asked for by the client, and over the same keeper.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <thread>

#include "fakes/fake_connector.h"
#include "mcp/tasks.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"
#include "mcp/tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::Recorder;
using mcp::testing::text_of;
using ::testing::HasSubstr;

constexpr std::string_view kForms = R"({"elicitation":{}})";
constexpr std::string_view kModern =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

// Asks for a name, waits for the gate, then ends as `how` says; "ask late": waits first.
ToolOutcome work(fakes::Gate& gate, Call& call, const std::string& how) {
  const bool asks = how.starts_with("ask");
  if (asks && !call.can_elicit()) return Failure{.message = "nobody can be asked"};
  if (how == "ask late")
    if (const auto passed = gate.pass(call.context()); !passed) return error_result(passed.error());
  if (asks && call.answer("name") == nullptr)
    return Questions{
        .items = {{.key = "name", .method = "elicitation/create", .params = R"({"message":"?"})"}},
        .state = "asked"};
  call.progress(1, std::nullopt, "begun");
  if (const auto passed = gate.pass(call.context()); !passed) return error_result(passed.error());
  if (how == "break") return Failure{.code = kInvalidParams, .message = "broken"};
  return ToolResult{.text = asks ? json::serialize(*call.answer("name")) : "done",
                    .structured = R"({"big":9007199254740993})",
                    .is_error = how == "fail"};
}

// Answers the question that was asked as that message.
std::string accepting(const std::string& question) {
  return R"({"jsonrpc":"2.0","id":)" + json::serialize(parse(question).at("id")) +
         R"(,"result":{"action":"accept"}})";
}

class LegacyTasksTest : public ::testing::Test {
 protected:
  LegacyTasksTest() {
    Tool job{.name = "job", .title = "Job", .description = "Works.", .run = {}};
    job.arguments = {{.name = "how", .description = "Or how not."}};
    job.may_run_long = true;
    job.run = [this](Call& call, const Arguments& given) {
      return work(gate_, call, given.text("how"));
    };
    Tool quick{.name = "quick", .title = "Quick", .description = "Is soon over.", .run = {}};
    quick.run = [](Call&, const Arguments&) -> ToolOutcome { return ToolResult{.text = "done"}; };
    Tool task{.name = "task", .title = "Task", .description = "Is a task.", .run = {}};
    task.run = [](Call&, const Arguments&) -> ToolOutcome {
      return Background{[](Call&) -> ToolOutcome { return ToolResult{.text = "done"}; }};
    };
    add_tools(server_, {job, quick, task});
    talk_.client().attach(stream_);
  }
  json::value ask(std::string_view method, const std::string& params) {
    return talk_.ask(legacy(std::to_string(++last_), method, params));
  }
  json::value call(std::string_view tool, std::string_view how) {
    return ask("tools/call", R"({"name":")" + std::string(tool) + R"(","arguments":{"how":")" +
                                 std::string(how) + R"("},"task":{"ttl":60000}})");
  }
  // The id of a new task.
  std::string start(std::string_view how) {
    const json::value answer = call("job", how);
    EXPECT_EQ(answer.at_pointer("/result/task/status"), "working") << answer;
    return std::string(answer.at_pointer("/result/task/taskId").as_string());
  }
  static std::string id_params(const std::string& id) { return R"({"taskId":")" + id + "\"}"; }
  std::shared_ptr<Recorder> wait_for(const std::string& id) {
    return talk_.send(legacy(std::to_string(++last_), "tasks/result", id_params(id)));
  }
  std::string status_of(const std::string& id) {
    return std::string(ask("tasks/get", id_params(id)).at_pointer("/result/status").as_string());
  }

  fakes::Gate gate_;
  const std::shared_ptr<Recorder> stream_ = std::make_shared<Recorder>();
  Server server_{{.tasks = true}};
  Conversation talk_{server_};
  int last_ = 0;
};

TEST_F(LegacyTasksTest, AreDeclaredToTheRevisionThatHasThem) {
  const json::value now = talk_.ask(mcp::testing::initialize("2025-11-25"));
  EXPECT_EQ(now.at_pointer("/result/capabilities/tasks"),
            parse(R"({"list":{},"cancel":{},"requests":{"tools":{"call":{}}}})"));
  const json::value tools = ask("tools/list", "{}");
  EXPECT_EQ(tools.at_pointer("/result/tools/0/execution/taskSupport"), "optional");
  EXPECT_FALSE(tools.at_pointer("/result/tools/1").as_object().contains("execution"));
  Conversation before(server_);
  const json::value then = before.ask(mcp::testing::initialize("2025-06-18"));
  EXPECT_FALSE(then.at_pointer("/result/capabilities").as_object().contains("tasks"));
  EXPECT_EQ(code_of(before.ask(legacy("1", "tasks/list"))), kMethodNotFound);
  EXPECT_EQ(code_of(before.ask(legacy("2", "tasks/get", id_params("x")))), kMethodNotFound);
  gate_.open();
  const json::value plain =
      before.ask(legacy("3", "tools/call", R"({"name":"job","arguments":{"how":""},"task":{}})"));
  EXPECT_EQ(text_of(plain), "done");
}

TEST_F(LegacyTasksTest, ItsLifeIsWhatTheClientWantsWithinBounds) {
  talk_.begin("2025-11-25");
  gate_.open();
  const std::pair<const char*, int64_t> lives[] = {
      {"{}", 3'600'000},          {R"({"ttl":600000})", 600'000},
      {R"({"ttl":1})", 300'000},  {R"({"ttl":9223372036854775807})", 86'400'000},
      {R"({"ttl":-5})", 300'000}, {R"({"ttl":"long"})", 3'600'000},
  };
  for (const auto& [task, life] : lives) {
    const json::value begun =
        ask("tools/call", R"({"name":"job","task":)" + std::string(task) + "}");
    EXPECT_EQ(begun.at_pointer("/result/task/ttl"), life) << task;
  }
}

TEST_F(LegacyTasksTest, TheResultIsWaitedFor) {
  talk_.begin("2025-11-25");
  const std::string id = start("well");
  const auto waiting = wait_for(id);
  EXPECT_EQ(status_of(id), "working");
  EXPECT_EQ(waiting->finished(), 0);
  gate_.open();
  const json::value answer = parse(waiting->reply().body);
  EXPECT_EQ(text_of(answer), "done");
  EXPECT_EQ(answer.at_pointer("/result/structuredContent/big"), 9007199254740993);
  EXPECT_EQ(answer.at("result")
                .at("_meta")
                .at("io.modelcontextprotocol/related-task")
                .at("taskId")
                .as_string(),
            id);
  EXPECT_EQ(status_of(id), "completed");
  // Again, now that it is there.
  EXPECT_EQ(text_of(parse(wait_for(id)->reply().body)), "done");
  const json::value told = parse(stream_->message(0));
  EXPECT_EQ(told.at("method"), "notifications/tasks/status");
  EXPECT_EQ(told.at_pointer("/params/taskId").as_string(), id);
  EXPECT_EQ(told.at_pointer("/params/status"), "completed");
}

TEST_F(LegacyTasksTest, AFailedToolIsAFailedTaskWithItsResult) {
  talk_.begin("2025-11-25");
  gate_.open();
  const std::string failed = start("fail");
  const json::value answer = parse(wait_for(failed)->reply().body);
  EXPECT_EQ(answer.at_pointer("/result/isError"), true);
  const json::value fares = ask("tasks/get", id_params(failed));
  EXPECT_EQ(fares.at_pointer("/result/status"), "failed");
  EXPECT_EQ(fares.at_pointer("/result/statusMessage"), "done");
  const std::string broken = start("break");
  EXPECT_EQ(code_of(parse(wait_for(broken)->reply().body)), kInvalidParams);
  EXPECT_EQ(ask("tasks/get", id_params(broken)).at_pointer("/result/statusMessage"), "broken");
}

TEST_F(LegacyTasksTest, WhatItAsksComesWithTheWaitForItsResult) {
  talk_.begin("2025-11-25", kForms);
  gate_.open();
  const std::string id = start("ask");
  const auto waiting = wait_for(id);
  const json::value question = parse(waiting->message(0));
  EXPECT_EQ(question.at("method"), "elicitation/create");
  EXPECT_EQ(question.at("params")
                .at("_meta")
                .at("io.modelcontextprotocol/related-task")
                .at("taskId")
                .as_string(),
            id);
  EXPECT_EQ(status_of(id), "input_required");
  talk_.send(R"({"jsonrpc":"2.0","id":)" + json::serialize(question.at("id")) +
             R"(,"result":{"action":"accept"}})");
  EXPECT_EQ(text_of(parse(waiting->reply().body)), R"({"action":"accept"})");
}

// Waits with the word that a task needs an answer until it is let go.
class HeldListener final : public Outlet {
 public:
  void send(std::string message) override {
    const bool asks = message.find("input_required") != std::string::npos;
    kept_->send(std::move(message));
    const auto passed = asks ? gate_.pass(Context()) : Result<void>();
    EXPECT_TRUE(passed);
  }
  void finish(Reply reply) override { kept_->finish(std::move(reply)); }
  bool can_send() const override { return true; }

  void let_go() { gate_.open(); }
  std::string message(size_t index) { return kept_->message(index); }

 private:
  fakes::Gate gate_;
  const std::shared_ptr<Recorder> kept_ = std::make_shared<Recorder>();
};

// Who looks at the task before its change was told to all has seen it; the telling, which comes to
// the waiting last, is no reason to ask again.
TEST_F(LegacyTasksTest, AQuestionIsAskedOnce) {
  talk_.begin("2025-11-25", kForms);
  const std::string id = start("ask late");
  const auto listener = std::make_shared<HeldListener>();
  const auto client = std::make_shared<Client>(Caller{.principal = "local"});
  auto listening = parse_incoming(modern(
      "9", "subscriptions/listen", R"("notifications":{"taskIds":[")" + id + R"("]})", kModern));
  ASSERT_TRUE(listening);
  server_.receive(*std::move(listening), client, listener);
  EXPECT_THAT(listener->message(1), HasSubstr(R"("status":"working")"));
  gate_.open();
  EXPECT_THAT(listener->message(2), HasSubstr("input_required"));  // And there the telling stands.

  const auto waiting = wait_for(id);
  const std::string question = waiting->message(0);
  EXPECT_EQ(parse(question).at("method"), "elicitation/create");
  listener->let_go();
  // The last that is done of the telling.
  EXPECT_THAT(stream_->message(0), HasSubstr(R"("status":"input_required")"));
  EXPECT_EQ(waiting->messages().size(), 1u);
  talk_.send(accepting(question));
  EXPECT_EQ(text_of(parse(waiting->reply().body)), R"({"action":"accept"})");
}

TEST_F(LegacyTasksTest, OneAnswerIsEnoughForAllThatWait) {
  talk_.begin("2025-11-25", kForms);
  Conversation beside(server_);
  beside.begin("2025-11-25", kForms);
  const std::string id = start("ask");
  const auto first = wait_for(id);
  const auto second = beside.send(legacy("1", "tasks/result", id_params(id)));
  const json::value asked = parse(second->message(0));
  talk_.send(accepting(first->message(0)));
  const json::value withdrawn = parse(second->message(1));
  EXPECT_EQ(withdrawn.at("method"), "notifications/cancelled");
  EXPECT_EQ(withdrawn.at_pointer("/params/requestId"), asked.at("id"));
  gate_.open();
  for (const auto& waiting : {first, second})
    EXPECT_EQ(text_of(parse(waiting->reply().body)), R"({"action":"accept"})");
}

TEST_F(LegacyTasksTest, WhatIsAskedIsWithdrawnWhenTheTaskIsCancelled) {
  talk_.begin("2025-11-25", kForms);
  const std::string id = start("ask");
  const auto waiting = wait_for(id);
  const std::string question = waiting->message(0);
  EXPECT_EQ(ask("tasks/cancel", id_params(id)).at_pointer("/result/status"), "cancelled");
  EXPECT_EQ(code_of(parse(waiting->reply().body)), kInvalidParams);
  EXPECT_THAT(waiting->message(1), HasSubstr("notifications/cancelled"));
  talk_.send(accepting(question));
  EXPECT_EQ(status_of(id), "cancelled");
}

TEST_F(LegacyTasksTest, EachChangeIsToldToItsClientOnce) {
  talk_.begin("2025-11-25", kForms);
  gate_.open();
  const std::string id = start("ask");
  const auto waiting = wait_for(id);
  talk_.send(accepting(waiting->message(0)));
  waiting->reply();
  size_t heard = 0;
  for (const char* status : {"input_required", "working", "completed"}) {
    const json::value told = parse(stream_->message(heard++));
    EXPECT_EQ(told.at("method"), "notifications/tasks/status");
    EXPECT_EQ(told.at_pointer("/params/taskId").as_string(), id);
    EXPECT_EQ(told.at_pointer("/params/status"), status);
  }
}

TEST_F(LegacyTasksTest, ProgressGoesOn) {
  talk_.begin("2025-11-25");
  gate_.open();
  const std::string params =
      R"({"name":"job","arguments":{"how":"well"},"task":{},"_meta":{"progressToken":"p"}})";
  const json::value begun = ask("tools/call", params);
  const json::value told = parse(stream_->message(0));
  EXPECT_EQ(told.at("method"), "notifications/progress");
  EXPECT_EQ(told.at_pointer("/params/progressToken"), "p");
  EXPECT_EQ(told.at("params").at("_meta").at("io.modelcontextprotocol/related-task").at("taskId"),
            begun.at_pointer("/result/task/taskId"));
}

// Half of the threads at most, however many there are.
TEST_F(LegacyTasksTest, TheyLeaveThreadsToOtherCalls) {
  talk_.begin("2025-11-25");
  std::vector<std::string> ids;
  for (size_t i = 0; i < server_.settings().threads_max; ++i) ids.push_back(start("well"));
  EXPECT_EQ(text_of(ask("tools/call", R"({"name":"quick"})")), "done");
  gate_.open();
  for (const std::string& id : ids) EXPECT_EQ(text_of(parse(wait_for(id)->reply().body)), "done");
}

TEST_F(LegacyTasksTest, OneThatAModernClientBeganHasALegacyResult) {
  talk_.begin("2025-11-25");
  Conversation newer(server_);
  gate_.open();
  const json::value begun =
      newer.ask(modern("1", "tools/call", call_params("task", "{}"),
                       R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})"));
  const std::string id(begun.at_pointer("/result/taskId").as_string());
  const json::value answer = parse(wait_for(id)->reply().body);
  EXPECT_EQ(text_of(answer), "done");
  EXPECT_FALSE(answer.at("result").as_object().contains("resultType"));
}

TEST_F(LegacyTasksTest, Cancelling) {
  talk_.begin("2025-11-25");
  const std::string id = start("well");
  const auto waiting = wait_for(id);
  EXPECT_EQ(ask("tasks/cancel", id_params(id)).at_pointer("/result/status"), "cancelled");
  EXPECT_EQ(code_of(parse(waiting->reply().body)), kInvalidParams);
  EXPECT_EQ(code_of(ask("tasks/cancel", id_params(id))), kInvalidParams);
  EXPECT_EQ(status_of(id), "cancelled");
}

TEST_F(LegacyTasksTest, AWaitCanBeCancelled) {
  talk_.begin("2025-11-25");
  const std::string id = start("well");
  const auto waiting = wait_for(id);
  talk_.send(mcp::testing::notification("notifications/cancelled",
                                        R"({"requestId":)" + std::to_string(last_) + "}"));
  EXPECT_EQ(waiting->reply().body, "");
  gate_.open();
  EXPECT_EQ(text_of(parse(wait_for(id)->reply().body)), "done");
}

TEST_F(LegacyTasksTest, AWaitThatTheServersEndStopsIsAnswered) {
  talk_.begin("2025-11-25");
  const auto waiting = wait_for(start("well"));
  talk_.client().stop_all();
  const json::value stopped = parse(waiting->reply().body);
  EXPECT_EQ(code_of(stopped), kInternalError);
  EXPECT_EQ(stopped.at_pointer("/error/data/effect").as_string(), "none");
}

// One that could have become a task, and has not yet.
TEST_F(LegacyTasksTest, ACallThatTheServersEndStopsIsAnsweredByItsWork) {
  Conversation newer(server_);
  const auto call =
      newer.send(modern("1", "tools/call", call_params("job", R"({"how":"well"})"), kModern));
  while (gate_.waiting() == 0) std::this_thread::yield();
  newer.client().stop_all();
  const json::value answer = parse(call->reply().body);
  EXPECT_TRUE(answer.at_pointer("/result/isError").as_bool());
  EXPECT_THAT(text_of(answer), HasSubstr("cancelled"));
}

TEST_F(LegacyTasksTest, AreListedToTheirPrincipalAlone) {
  talk_.begin("2025-11-25");
  gate_.open();
  const std::string id = start("well");
  wait_for(id)->reply();
  const json::value listed = ask("tasks/list", "{}");
  ASSERT_EQ(listed.at_pointer("/result/tasks").as_array().size(), 1u);
  EXPECT_EQ(listed.at_pointer("/result/tasks/0/taskId").as_string(), id);
  Conversation other(server_, {.principal = "other"});
  other.begin("2025-11-25");
  EXPECT_EQ(other.ask(legacy("1", "tasks/list")).at_pointer("/result/tasks"), parse("[]"));
  for (const char* method : {"tasks/get", "tasks/result", "tasks/cancel"})
    EXPECT_EQ(code_of(other.ask(legacy("2", method, id_params(id)))), kInvalidParams) << method;
}

TEST_F(LegacyTasksTest, AToolThatIsNeverATaskRefusesToBeOne) {
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(ask("tools/call", R"({"name":"quick","task":{}})")), kMethodNotFound);
  EXPECT_EQ(code_of(ask("tools/call", R"({"name":"quick"})")), 0);
}

}  // namespace
}  // namespace dbops::mcp

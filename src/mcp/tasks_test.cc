// Work that goes on after its answer: how clients ask for it, answer it and stop it.
#include "mcp/tasks.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "fakes/fake_connector.h"
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

constexpr std::string_view kDeclared =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

Question question(std::string key) {
  return {.key = std::move(key), .method = "elicitation/create", .params = R"({"message":"?"})"};
}

// Asks for two names, waits for the gate, then answers as `how` says.
ToolOutcome work(fakes::Gate& gate, Call& own, const std::string& how) {
  if (how == "ask" && own.answer("a") == nullptr)
    return Questions{.items = {question("a"), question("b")}, .state = "asked"};
  if (const auto passed = gate.pass(own.context()); !passed) return error_result(passed.error());
  if (how == "break") return Failure{.message = "broken"};
  return ToolResult{.text = how == "ask" ? json::serialize(*own.answer("b")) : "done",
                    .is_error = how == "fail"};
}

class TasksTest : public ::testing::Test {
 protected:
  TasksTest() {
    Tool job{.name = "job", .title = "Job", .description = "Works.", .run = {}};
    job.arguments = {{.name = "how", .description = "Or how not."}};
    job.run = [this](Call& call, const Arguments& given) -> ToolOutcome {
      if (!call.can_be_task()) return missing_extension(kTasksExtension);
      return Background{
          [this, how = given.text("how")](Call& own) { return work(gate_, own, how); }};
    };
    add_tools(server_, {job});
  }
  // The id of a new task.
  std::string start(std::string_view how) {
    const json::value answer =
        talk_.ask(modern("1", "tools/call",
                         call_params("job", "{\"how\":\"" + std::string(how) + "\"}"), kDeclared));
    EXPECT_EQ(answer.at_pointer("/result/resultType"), "task") << answer;
    EXPECT_EQ(answer.at_pointer("/result/status"), "working");
    EXPECT_FALSE(answer.at("result").as_object().contains("requestState"));
    return std::string(answer.at_pointer("/result/taskId").as_string());
  }
  json::value ask(std::string_view method, const std::string& id, std::string_view more = {},
                  std::string_view capabilities = kDeclared) {
    return talk_.ask(
        modern("2", method, "\"taskId\":\"" + id + "\"" + std::string(more), capabilities));
  }
  // Waits until the task is no longer what it was.
  json::object until_not(const std::string& id, std::string_view status) {
    const Deadline end = Deadline::after(std::chrono::seconds(10));
    for (;;) {
      json::object result = ask("tasks/get", id).at("result").as_object();
      if (result.at("status").as_string() != status || end.passed()) return result;
    }
  }

  fakes::Gate gate_;
  Server server_{ServerSettings{.tasks = true}};
  Conversation talk_{server_};
};

TEST_F(TasksTest, IsOfferedToModernClientsOnly) {
  const json::value discovered = talk_.ask(modern("1", "server/discover"));
  EXPECT_EQ(discovered.at_pointer("/result/capabilities/extensions"),
            parse(R"({"io.modelcontextprotocol/tasks":{}})"));
  const json::value begun = talk_.ask(testing::initialize("2025-11-25", kDeclared));
  EXPECT_FALSE(begun.at_pointer("/result/capabilities").as_object().contains("extensions"));
  EXPECT_EQ(code_of(talk_.ask(legacy("1", "tasks/update", R"({"taskId":"x"})"))), kMethodNotFound);
  const json::value refused = talk_.ask(modern("3", "tools/call", call_params("job")));
  EXPECT_EQ(code_of(refused), kMissingCapability);
  EXPECT_EQ(
      refused.at_pointer("/error/data"),
      parse(R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})"));
}

TEST_F(TasksTest, EndsWithItsResult) {
  const std::string id = start("well");
  EXPECT_EQ(ask("tasks/get", id).at_pointer("/result/status"), "working");
  gate_.open();
  const json::object done = until_not(id, "working");
  EXPECT_EQ(done.at("status"), "completed");
  EXPECT_EQ(done.at("result").at_pointer("/content/0/text"), "done");
  EXPECT_EQ(done.at("resultType"), "complete");
  EXPECT_EQ(done.at("ttlMs"), 86'400'000);
}

TEST_F(TasksTest, AToolsErrorIsAResultAndARequestsErrorIsNot) {
  gate_.open();
  const json::object failed = until_not(start("fail"), "working");
  EXPECT_EQ(failed.at("status"), "completed");
  EXPECT_EQ(failed.at("result").at("isError"), true);
  const json::object broken = until_not(start("break"), "working");
  EXPECT_EQ(broken.at("status"), "failed");
  EXPECT_EQ(broken.at("error"), parse(R"({"code":-32603,"message":"broken"})"));
  EXPECT_FALSE(broken.contains("result"));
}

TEST_F(TasksTest, WaitsForAllItsAnswers) {
  gate_.open();
  const std::string id = start("ask");
  const json::object asking = until_not(id, "working");
  EXPECT_EQ(asking.at("status"), "input_required");
  EXPECT_EQ(asking.at("inputRequests").as_object().size(), 2u);
  EXPECT_EQ(code_of(ask("tasks/update", id)), kInvalidParams);
  EXPECT_EQ(code_of(ask("tasks/update", id, R"(,"inputResponses":{"a":{"x":1},"c":{},"b":7})")), 0);
  const json::object half = ask("tasks/get", id).at("result").as_object();
  EXPECT_EQ(half.at("status"), "input_required");
  EXPECT_TRUE(half.at("inputRequests").as_object().contains("b"));
  EXPECT_EQ(half.at("inputRequests").as_object().size(), 1u);
  const json::value taken = ask("tasks/update", id, R"(,"inputResponses":{"b":{"y":2}})");
  EXPECT_FALSE(taken.at("result").as_object().contains("taskId"));
  const json::object done = until_not(id, "working");
  EXPECT_EQ(done.at("result").at_pointer("/content/0/text"), R"({"y":2})");
}

TEST_F(TasksTest, IsCancelledAtWorkAndWhileItAsks) {
  const std::string working = start("well");
  EXPECT_EQ(code_of(ask("tasks/cancel", working)), 0);
  EXPECT_EQ(ask("tasks/get", working).at_pointer("/result/status"), "cancelled");
  const std::string asking = start("ask");
  until_not(asking, "working");
  EXPECT_EQ(code_of(ask("tasks/cancel", asking)), 0);
  EXPECT_EQ(code_of(ask("tasks/cancel", asking)), 0);
  EXPECT_EQ(code_of(ask("tasks/update", asking, R"(,"inputResponses":{"a":{},"b":{}})")), 0);
  EXPECT_EQ(ask("tasks/get", asking).at_pointer("/result/status"), "cancelled");
}

TEST_F(TasksTest, BelongsToWhoStartedIt) {
  const std::string id = start("well");
  EXPECT_EQ(code_of(ask("tasks/get", "x")), kInvalidParams);
  EXPECT_EQ(code_of(talk_.ask(modern("2", "tasks/get", {}, kDeclared))), kInvalidParams);
  EXPECT_EQ(code_of(ask("tasks/get", id, {}, "{}")), kMissingCapability);
  const auto other = std::make_shared<Client>("eve");
  const auto recorder = std::make_shared<mcp::testing::Recorder>();
  server_.receive(*parse_incoming(modern("1", "tasks/get", "\"taskId\":\"" + id + "\"", kDeclared)),
                  other, recorder);
  EXPECT_EQ(code_of(parse(recorder->reply().body)), kInvalidParams);
}

TEST(Tasks, AreBoundedAndForgotten) {
  TaskKeeper keeper(ops::make_memory_state());
  Tasks tasks;
  const auto entry = [&keeper] {
    auto task = std::make_shared<Task>(keeper, "ada", true, nullptr);
    auto call = std::make_shared<Call>(Message(), Envelope(), Context(), nullptr, task);
    return Tasks::Entry{std::move(task), std::move(call)};
  };
  const Tasks::Entry first = entry();
  ASSERT_TRUE(first.task->keep());
  EXPECT_TRUE(tasks.add(first));
  for (size_t i = 1; i < Tasks::kTasksMax; ++i) EXPECT_TRUE(tasks.add(entry()));
  EXPECT_FALSE(tasks.add(entry()));
  tasks.trim(std::chrono::system_clock::now());
  EXPECT_EQ(tasks.find(first.task->id(), "ada").task, first.task);
  EXPECT_EQ(tasks.find(first.task->id(), "eve").task, nullptr);
  first.task->cancelled();
  tasks.trim(std::chrono::system_clock::now());
  EXPECT_EQ(tasks.find(first.task->id(), "ada").task, nullptr) << "the state knows how it ended";
  EXPECT_EQ(keeper.find(first.task->id(), "ada").value()->status, TaskStatus::cancelled);
  tasks.trim(std::chrono::system_clock::now() + TaskView::kLife + std::chrono::seconds(1));
  EXPECT_TRUE(tasks.all().empty());
}

}  // namespace
}  // namespace dbops::mcp

// subscriptions/listen for tasks: whoever may look at a task may also be told how it fares.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::Recorder;

constexpr std::string_view kDeclared =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

class TaskListeningTest : public ::testing::Test {
 protected:
  TaskListeningTest() {
    Tool job{.name = "job", .title = "Job", .description = "Works.", .run = {}};
    job.arguments = {{.name = "asks", .type = ArgumentType::boolean, .description = "First."}};
    job.run = [this](Call&, const Arguments& given) -> ToolOutcome {
      return Background{
          [this, asks = given.boolean("asks")](Call& own) { return work(own, asks); }};
    };
    add_tools(server_, {job});
  }
  ToolOutcome work(Call& own, bool asks) {
    if (asks && own.answer("a") == nullptr)
      return Questions{
          .items = {{.key = "a", .method = "elicitation/create", .params = R"({"message":"?"})"}},
          .state = "asked"};
    own.progress(1, std::nullopt, "never on the stream of a subscription");
    if (const auto passed = gate_.pass(own.context()); !passed) return error_result(passed.error());
    return ToolResult{.text = "done"};
  }
  std::string start(bool asks = false) {
    const json::value begun = talk_.ask(
        modern("1", "tools/call", call_params("job", asks ? R"({"asks":true})" : "{}"), kDeclared));
    return std::string(begun.at_pointer("/result/taskId").as_string());
  }
  json::value ask(std::string_view method, const std::string& id, std::string_view more = {}) {
    return talk_.ask(
        modern("2", method, "\"taskId\":\"" + id + "\"" + std::string(more), kDeclared));
  }
  static std::string listening(const json::array& ids, std::string_view capabilities = kDeclared) {
    return modern("\"l\"", "subscriptions/listen",
                  R"("notifications":{"taskIds":)" + json::serialize(ids) + "}", capabilities);
  }
  // How the n-th notification after the acknowledgement says that a task fares.
  static json::object told(const std::shared_ptr<Recorder>& stream, size_t n) {
    const json::value message = parse(stream->message(n + 1));
    EXPECT_EQ(message.at("method"), "notifications/tasks");
    json::object params = message.at("params").as_object();
    EXPECT_EQ(params.at("_meta").at("io.modelcontextprotocol/subscriptionId"), "l");
    params.erase("_meta");
    return params;
  }
  static std::string status(const json::object& told) {
    return std::string(told.at("status").as_string());
  }

  fakes::Gate gate_;
  const std::shared_ptr<ops::State> state_ = ops::make_memory_state();
  Server server_{ServerSettings{.tasks = true, .state = state_}};
  Server replica_{ServerSettings{.tasks = true, .state = state_}};
  Conversation talk_{server_};
  Conversation elsewhere_{replica_};
};

TEST_F(TaskListeningTest, ItsStateIsToldAndEachChange) {
  const std::string id = start(true);
  const auto stream = talk_.send(listening({json::string(id), "no such task"}));
  const json::value begun = parse(stream->message(0));
  EXPECT_EQ(begun.at("method"), "notifications/subscriptions/acknowledged");
  EXPECT_EQ(begun.at_pointer("/params/notifications"), json::value({{"taskIds", {id}}}));
  size_t heard = 0;
  json::object fares = told(stream, heard++);
  // Its work may not have come to its question when the stream was opened.
  if (status(fares) == "working") fares = told(stream, heard++);
  EXPECT_EQ(status(fares), "input_required");
  EXPECT_TRUE(fares.at("inputRequests").as_object().contains("a"));
  ask("tasks/update", id, R"(,"inputResponses":{"a":{}})");
  EXPECT_EQ(status(told(stream, heard++)), "working");
  gate_.open();
  json::object done = told(stream, heard++);
  EXPECT_EQ(done.at("result").at_pointer("/content/0/text"), "done");
  json::object looked = ask("tasks/get", id).at("result").as_object();
  looked.erase("resultType");
  looked.erase("_meta");
  EXPECT_EQ(done, looked);
  EXPECT_EQ(stream->messages().size(), heard + 1);
}

TEST_F(TaskListeningTest, OneThatHasEndedIsToldAtOnce) {
  const std::string id = start();
  ask("tasks/cancel", id);
  EXPECT_EQ(status(told(talk_.send(listening({json::string(id)})), 0)), "cancelled");
}

TEST_F(TaskListeningTest, AnotherServerTellsToo) {
  const std::string id = start();
  const auto stream = elsewhere_.send(listening({json::string(id)}));
  EXPECT_EQ(status(told(stream, 0)), "working");
  gate_.open();
  const Deadline end = Deadline::after(std::chrono::seconds(10));
  while (stream->messages().size() < 3 && !end.passed()) replica_.tick();
  EXPECT_EQ(told(stream, 1).at("result").at_pointer("/content/0/text"), "done");
}

TEST_F(TaskListeningTest, WhoMayNotLookAtItIsNotTold) {
  const std::string id = start();
  Conversation other(server_, {.principal = "eve"});
  const auto stream = other.send(listening({json::string(id)}));
  EXPECT_EQ(parse(stream->message(0)).at_pointer("/params/notifications"), parse("{}"));
  EXPECT_EQ(code_of(parse(stream->reply().body)), 0) << "a subscription to nothing is over";
  gate_.open();
}

TEST_F(TaskListeningTest, WithoutTheExtensionItIsRefused) {
  const json::value refused = talk_.ask(listening({"x"}, "{}"));
  EXPECT_EQ(code_of(refused), kMissingCapability);
  EXPECT_EQ(
      refused.at_pointer("/error/data"),
      parse(R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})"));
}

TEST_F(TaskListeningTest, BadIdsAreRefused) {
  const json::array many(Subscriptions::kTasksMax + 1, "x");
  const std::string large(ops::State::kIdBytesMax + 1, 'x');
  for (const json::array& ids : {many, json::array{json::string(large)}, json::array{7}})
    EXPECT_EQ(code_of(talk_.ask(listening(ids))), kInvalidParams);
  EXPECT_EQ(code_of(talk_.ask(modern("1", "subscriptions/listen",
                                     R"("notifications":{"taskIds":"x"})", kDeclared))),
            kInvalidParams);
}

}  // namespace
}  // namespace dbops::mcp

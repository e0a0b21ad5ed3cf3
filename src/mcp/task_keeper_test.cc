// Tasks as other servers see them, and calls that become tasks.
#include "mcp/task_keeper.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json/object.hpp>

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
using mcp::testing::modern;
using mcp::testing::parse;
using ops::StateKind;
using ::testing::HasSubstr;

constexpr std::string_view kDeclared =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

TaskView begun(std::string id, bool reads = false) {
  const auto now = std::chrono::system_clock::now();
  return {.id = std::move(id), .principal = "ada", .reads = reads, .started = now, .changed = now};
}

class KeeperTest : public ::testing::Test {
 protected:
  TaskView find(std::string_view id) {
    const auto found = other_.find(id, "ada");
    EXPECT_TRUE(found && *found) << id;
    return found && *found ? **found : TaskView();
  }
  // As if every server had died long ago.
  void forget_servers() {
    const auto servers = state_->list(StateKind::server, {});
    ASSERT_TRUE(servers);
    for (const auto& server : *servers) ASSERT_TRUE(state_->drop(StateKind::server, server.id));
  }

  const std::shared_ptr<ops::State> state_ = ops::make_memory_state();
  TaskKeeper keeper_{state_};
  TaskKeeper other_{state_};
};

TEST_F(KeeperTest, AnotherServerKnowsHowItFares) {
  TaskView task = begun("t");
  ASSERT_TRUE(keeper_.add(task));
  EXPECT_EQ(find("t").status, TaskStatus::working);
  task.status = TaskStatus::completed;
  task.outcome = "{\"content\":[]}";
  EXPECT_TRUE(keeper_.end(task).value());
  EXPECT_EQ(find("t").status, TaskStatus::completed);
  EXPECT_EQ(find("t").outcome, task.outcome);
  EXPECT_FALSE(other_.find("t", "eve").value());
  EXPECT_FALSE(other_.find("x", "ada").value());
}

TEST_F(KeeperTest, AServerThatIsGoneLeavesFailures) {
  ASSERT_TRUE(keeper_.add(begun("write")));
  ASSERT_TRUE(keeper_.add(begun("read", true)));
  forget_servers();
  const TaskView write = find("write");
  EXPECT_EQ(write.status, TaskStatus::failed);
  EXPECT_THAT(write.outcome, HasSubstr(R"("effect":"unknown","retryable":false)"));
  EXPECT_THAT(find("read").outcome, HasSubstr(R"("effect":"none","retryable":true)"));
  // It was not dead, only slow: what was told holds.
  TaskView late = begun("write");
  late.status = TaskStatus::completed;
  EXPECT_FALSE(keeper_.end(late).value());
  EXPECT_EQ(find("write").outcome, write.outcome);
}

TEST_F(KeeperTest, AServerThatLivesIsSeen) {
  ASSERT_TRUE(keeper_.renew());
  ASSERT_TRUE(keeper_.renew());
  ASSERT_TRUE(other_.renew());
  EXPECT_EQ(state_->usage(StateKind::server, {})->count, 2u);
}

TEST_F(KeeperTest, ThoseOfOnePrincipalAreBounded) {
  for (size_t i = 0; i < TaskKeeper::kKeptMax; ++i)
    ASSERT_TRUE(keeper_.add(begun(std::to_string(i))));
  const auto refused = other_.add(begun("one more"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::busy);
  TaskView others = begun("others");
  others.principal = "eve";
  EXPECT_TRUE(other_.add(others));
}

// A tool that does as its argument says, on two servers with one state, where a call becomes a task
// with the next tick.
class GraceTest : public ::testing::Test {
 protected:
  GraceTest() {
    for (Server* server : {&server_, &replica_}) {
      Tool job{.name = "job", .title = "Job", .description = "Works.", .run = {}};
      job.reads = false;
      job.may_run_long = true;
      job.arguments = {{.name = "how", .description = "Or how not."}};
      job.run = [this](Call& call, const Arguments& given) {
        return work(call, given.text("how"));
      };
      add_tools(*server, {job});
    }
  }
  ToolOutcome work(Call& own, const std::string& how) {
    if (how == "ask" && own.answer("a") == nullptr)
      return Questions{
          .items = {{.key = "a", .method = "elicitation/create", .params = R"({"message":"?"})"}},
          .state = "asked"};
    own.progress(1, std::nullopt, "begun");
    if (how == "ask") return ToolResult{.text = std::string(own.state())};
    if (how == "soon") return ToolResult{.text = "done"};
    if (const auto passed = gate_.pass(own.context()); !passed) {
      ++stopped_;
      return error_result(passed.error());
    }
    return ToolResult{.text = "done late"};
  }
  static std::string job(std::string_view how, std::string_view more = {}) {
    return modern("1", "tools/call",
                  call_params("job", "{\"how\":\"" + std::string(how) + "\"}") + std::string(more),
                  kDeclared);
  }
  // Lets time pass until the call is answered.
  json::value answer(const std::shared_ptr<mcp::testing::Recorder>& call) {
    while (call->finished() == 0) server_.tick();
    return parse(call->reply().body);
  }
  json::object get(Conversation& talk, const std::string& id) {
    return talk.ask(modern("2", "tasks/get", "\"taskId\":\"" + id + "\"", kDeclared))
        .at("result")
        .as_object();
  }
  json::object until_not(Conversation& talk, const std::string& id, std::string_view status) {
    const Deadline end = Deadline::after(std::chrono::seconds(20));
    for (;;) {
      json::object result = get(talk, id);
      if (result.at("status").as_string() != status || end.passed()) return result;
      server_.tick();
    }
  }

  fakes::Gate gate_;
  std::atomic<int> stopped_{0};
  const std::shared_ptr<ops::State> state_ = ops::make_memory_state();
  Server server_{
      ServerSettings{.tasks = true, .task_grace = std::chrono::milliseconds(0), .state = state_}};
  Server replica_{ServerSettings{.tasks = true, .state = state_}};
  Conversation talk_{server_};
  Conversation elsewhere_{replica_};
};

TEST_F(GraceTest, WhatIsSoonOverIsNoTask) {
  const json::value done = talk_.ask(job("soon"));
  EXPECT_EQ(done.at_pointer("/result/resultType"), "complete");
  EXPECT_EQ(mcp::testing::text_of(done), "done");
  EXPECT_EQ(state_->usage(StateKind::task, {})->count, 0u);
}

TEST_F(GraceTest, WhatTakesLongerBecomesOne) {
  const json::value begun = answer(talk_.send(job("late")));
  EXPECT_EQ(begun.at_pointer("/result/resultType"), "task");
  EXPECT_EQ(begun.at_pointer("/result/status"), "working");
  const std::string id(begun.at_pointer("/result/taskId").as_string());
  EXPECT_EQ(get(talk_, id).at("status"), "working");
  EXPECT_EQ(get(elsewhere_, id).at("status"), "working");
  gate_.open();
  for (Conversation* talk : {&talk_, &elsewhere_}) {
    const json::object done = until_not(*talk, id, "working");
    EXPECT_EQ(done.at("status"), "completed");
    EXPECT_EQ(done.at("result").at_pointer("/content/0/text"), "done late");
  }
}

TEST_F(GraceTest, ItAsksBeforeItIsATask) {
  const json::value asked = talk_.ask(job("ask"));
  EXPECT_EQ(asked.at_pointer("/result/resultType"), "input_required");
  const std::string state(asked.at_pointer("/result/requestState").as_string());
  const json::value done =
      talk_.ask(job("ask", R"(,"inputResponses":{"a":{}},"requestState":")" + state + "\""));
  EXPECT_EQ(mcp::testing::text_of(done), "asked");
}

TEST_F(GraceTest, ProgressIsForTheCallThatWaits) {
  std::string request = job("soon");
  request.insert(request.find("\"_meta\":{") + 9, R"("progressToken":7,)");
  const auto call = talk_.send(request);
  EXPECT_THAT(call->message(0), HasSubstr("begun"));
  EXPECT_EQ(parse(call->reply().body).at_pointer("/result/resultType"), "complete");
}

TEST_F(GraceTest, ACallThatIsCancelledEndsItsWork) {
  const auto call = talk_.send(job("late"));
  talk_.send(mcp::testing::notification("notifications/cancelled", R"({"requestId":1})"));
  EXPECT_TRUE(call->reply().body.empty());
  EXPECT_TRUE(talk_.client().wait_idle(Deadline::after(std::chrono::seconds(20))));
  gate_.open();
  EXPECT_EQ(state_->usage(StateKind::task, {})->count, 0u);
}

TEST_F(GraceTest, AnotherServerCancelsIt) {
  const json::value begun = answer(talk_.send(job("late")));
  const std::string id(begun.at_pointer("/result/taskId").as_string());
  const std::string cancel = modern("3", "tasks/cancel", "\"taskId\":\"" + id + "\"", kDeclared);
  EXPECT_EQ(code_of(elsewhere_.ask(cancel)), 0);
  EXPECT_EQ(until_not(talk_, id, "working").at("status"), "cancelled");
  EXPECT_EQ(get(elsewhere_, id).at("status"), "cancelled");
  EXPECT_EQ(code_of(elsewhere_.ask(cancel)), 0);
}

TEST_F(GraceTest, WithoutTheExtensionItIsWaitedFor) {
  const auto call = talk_.send(modern("1", "tools/call", call_params("job", R"({"how":"late"})")));
  for (int i = 0; i < 10; ++i) server_.tick();
  EXPECT_EQ(call->finished(), 0);
  gate_.open();
  EXPECT_EQ(mcp::testing::text_of(parse(call->reply().body)), "done late");
}

}  // namespace
}  // namespace dbops::mcp

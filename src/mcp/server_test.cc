#include "mcp/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include <boost/json/serialize.hpp>

#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::FakeTools;
using mcp::testing::initialize;
using mcp::testing::legacy;
using mcp::testing::make_fake_server;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;

std::string call(std::string_view tool, std::string_view arguments = "{}") {
  return "{" + call_params(tool, arguments) + "}";
}

class ServerTest : public ::testing::Test {
 protected:
  FakeTools tools_;
  std::unique_ptr<Server> server_ = make_fake_server(tools_);
  Conversation talk_{*server_};

  // Once what they wait for has come about; fails after 10 s.
  template <class Condition>
  void eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }
};

TEST_F(ServerTest, AgreesOnRevisions) {
  const std::pair<const char*, const char*> cases[] = {
      {"2024-11-05", "2024-11-05"}, {"2025-03-26", "2025-03-26"}, {"2025-06-18", "2025-06-18"},
      {"2025-11-25", "2025-11-25"}, {"2023-01-01", "2025-11-25"}, {"2026-07-28", "2025-11-25"},
      {"", "2025-11-25"},           {"nonsense", "2025-11-25"}};
  for (const auto& [asked, agreed] : cases) {
    SCOPED_TRACE(asked);
    const json::value answer = Conversation(*server_).ask(testing::initialize(asked));
    EXPECT_EQ(answer.at_pointer("/result/protocolVersion").as_string(), agreed);
    EXPECT_EQ(answer.at_pointer("/result/serverInfo/name").as_string(), "dbops");
    EXPECT_TRUE(answer.at_pointer("/result/capabilities/tools").is_object());
    EXPECT_EQ(answer.at_pointer("/result/instructions").as_string(), "Be kind.");
    EXPECT_FALSE(answer.at("result").as_object().contains("resultType"));
    EXPECT_FALSE(answer.at("result").as_object().contains("_meta"));
    // title came with 2025-06-18.
    EXPECT_EQ(answer.at_pointer("/result/serverInfo").as_object().contains("title"),
              std::string_view(agreed) >= "2025-06-18");
  }
}

TEST_F(ServerTest, Discovers) {
  const json::value answer = talk_.ask(modern("1", "server/discover"));
  EXPECT_EQ(answer.at_pointer("/result/supportedVersions"), json::array({"2026-07-28"}));
  EXPECT_EQ(answer.at_pointer("/result/resultType").as_string(), "complete");
  EXPECT_GE(answer.at_pointer("/result/ttlMs").as_int64(), 0);
  EXPECT_EQ(answer.at_pointer("/result/cacheScope").as_string(), "private");
  const json::value& meta = answer.at_pointer("/result/_meta");
  EXPECT_EQ(meta.at("io.modelcontextprotocol/serverInfo").at("name").as_string(), "dbops");
}

struct ErrorCase {
  const char* name;
  std::string text;
  int code;
};

TEST_F(ServerTest, RefusesWithTheRightCode) {
  const std::string no_capabilities =
      R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})";
  const std::string no_version = R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}})";
  const auto versioned = [](std::string_view version) {
    return R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{},)"
           R"("io.modelcontextprotocol/protocolVersion":)" +
           std::string(version) + "}}";
  };
  const ErrorCase cases[] = {
      {"before initialize", legacy("1", "tools/list"), kInvalidRequest},
      {"only capabilities", legacy("1", "tools/list", no_version), kInvalidRequest},
      {"no capabilities", legacy("1", "tools/list", no_capabilities), kInvalidParams},
      {"capabilities of no object",
       legacy("1", "tools/list",
              R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":7,)"
              R"("io.modelcontextprotocol/protocolVersion":"2026-07-28"}})"),
       kInvalidParams},
      {"version of no text", legacy("1", "tools/list", versioned("20260728")), kInvalidParams},
      {"unknown version", legacy("1", "tools/list", versioned("\"2099-01-01\"")),
       kUnsupportedVersion},
      {"legacy version", legacy("1", "tools/list", versioned("\"2025-11-25\"")),
       kUnsupportedVersion},
      {"modern initialize", modern("1", "initialize"), kMethodNotFound},
      {"modern ping", modern("1", "ping"), kMethodNotFound},
      {"modern setLevel", modern("1", "logging/setLevel"), kMethodNotFound},
      {"modern subscribe", modern("1", "resources/subscribe"), kMethodNotFound},
      {"modern unknown", modern("1", "no/such"), kMethodNotFound},
      {"not advertised", modern("1", "resources/list"), kMethodNotFound},
      {"bad log level",
       modern("1", "tools/list")
           .insert(modern("1", "tools/list").find("\"_meta\":{") + 9,
                   R"("io.modelcontextprotocol/logLevel":"loud",)"),
       kInvalidParams},
      {"initialize without version", legacy("1", "initialize"), kInvalidParams},
      {"bad cursor", modern("1", "tools/list", R"("cursor":"x")"), kInvalidParams},
      {"unknown tool", modern("1", "tools/call", call_params("nope")), kInvalidParams},
      {"no tool", modern("1", "tools/call"), kInvalidParams},
      {"tool of no text", modern("1", "tools/call", R"("name":7)"), kInvalidParams},
      {"arguments of no object", modern("1", "tools/call", R"("name":"echo","arguments":[1])"),
       kInvalidParams},
      {"throws", modern("1", "tools/call", call_params("break")), kInternalError},
      {"batch before initialize", "[" + legacy("1", "ping") + "]", kInvalidRequest},
  };
  for (const ErrorCase& refused : cases) {
    SCOPED_TRACE(refused.name);
    const json::value answer = Conversation(*server_).ask(refused.text);
    EXPECT_EQ(code_of(answer), refused.code) << answer;
    EXPECT_EQ(json::serialize(answer).find("secret"), std::string::npos);
  }
}

TEST_F(ServerTest, NamesWhatItSpeaks) {
  const std::string params = R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{},)"
                             R"("io.modelcontextprotocol/protocolVersion":"2099-01-01"}})";
  const json::value answer = talk_.ask(legacy("1", "tools/list", params));
  EXPECT_EQ(answer.at_pointer("/error/data/supported"), json::array({"2026-07-28"}));
  EXPECT_EQ(answer.at_pointer("/error/data/requested").as_string(), "2099-01-01");
}

TEST_F(ServerTest, LegacyPingAndUnknownMethods) {
  EXPECT_EQ(talk_.ask(legacy("1", "ping")), parse(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
  talk_.begin("2025-11-25");
  EXPECT_EQ(talk_.ask(legacy("\"p\"", "ping")), parse(R"({"jsonrpc":"2.0","id":"p","result":{}})"));
  EXPECT_EQ(code_of(talk_.ask(legacy("1", "server/discover"))), kMethodNotFound);
  EXPECT_EQ(code_of(talk_.ask(legacy("1", "no/such"))), kMethodNotFound);
}

TEST_F(ServerTest, SpeaksBothErasInOneConversation) {
  talk_.begin("2025-06-18");
  for (int i = 0; i < 3; ++i) {
    const json::value old_one =
        talk_.ask(legacy("1", "tools/call", call("echo", R"({"text":"a"})")));
    EXPECT_FALSE(old_one.at("result").as_object().contains("resultType"));
    const json::value new_one =
        talk_.ask(modern("1", "tools/call", call_params("echo", R"({"text":"a"})")));
    EXPECT_EQ(new_one.at_pointer("/result/resultType").as_string(), "complete");
    EXPECT_EQ(text_of(old_one), text_of(new_one));
  }
}

TEST_F(ServerTest, ProbeThenHandshake) {
  EXPECT_EQ(code_of(talk_.ask(modern("1", "server/discover"))), 0);
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(talk_.ask(legacy("2", "tools/list"))), 0);
  // A second handshake agrees anew.
  talk_.begin("2024-11-05");
  EXPECT_EQ(talk_.client().revision(), Revision::v2024_11_05);
}

TEST_F(ServerTest, NotificationsAndStrayAnswersAreNotAnswered) {
  talk_.begin("2025-11-25");
  for (const std::string& text :
       {notification("notifications/initialized"), notification("no/such"),
        notification("notifications/cancelled", R"({"requestId":99})"),
        notification("notifications/cancelled"),
        std::string(R"({"jsonrpc":"2.0","id":5,"result":{}})"),
        std::string(R"({"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"m"}})")}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(talk_.send(text)->reply().body.empty());
  }
}

TEST_F(ServerTest, CancelsById) {
  talk_.begin("2025-11-25");
  for (const bool is_modern : {false, true}) {
    SCOPED_TRACE(is_modern);
    const int before = tools_.cancelled;
    const auto waiting = talk_.send(is_modern ? modern("\"w\"", "tools/call", call_params("wait"))
                                              : legacy("\"w\"", "tools/call", call("wait")));
    eventually([&] { return tools_.entered == before + 1; });
    // Another id, and the same digits as a number, are another call.
    talk_.send(notification("notifications/cancelled", R"({"requestId":"other"})"));
    talk_.send(notification("notifications/cancelled", R"({"requestId":[]})"));
    EXPECT_EQ(tools_.cancelled, before);
    talk_.send(notification("notifications/cancelled", R"({"requestId":"w","reason":"bored"})"));
    EXPECT_TRUE(waiting->reply().body.empty());
    EXPECT_EQ(tools_.cancelled, before + 1);
    eventually([&] { return talk_.client().calls() == 0; });
  }
}

TEST_F(ServerTest, AnIdInFlightIsNotTakenTwice) {
  talk_.begin("2025-11-25");
  const auto waiting = talk_.send(legacy("7", "tools/call", call("wait")));
  EXPECT_EQ(code_of(talk_.ask(legacy("7", "tools/list"))), kInvalidRequest);
  EXPECT_EQ(code_of(talk_.ask(legacy("\"7\"", "tools/list"))), 0) << "a text is another id";
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(waiting->reply().body)), "passed");
  EXPECT_EQ(waiting->finished(), 1);
}

TEST_F(ServerTest, QuickMethodsPassBusyTools) {
  server_ = make_fake_server(tools_, {.threads_max = 1});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  const auto waiting = talk.send(legacy("1", "tools/call", call("wait")));
  EXPECT_EQ(code_of(talk.ask(legacy("2", "ping"))), 0);
  EXPECT_EQ(code_of(talk.ask(legacy("3", "tools/list"))), 0);
  EXPECT_EQ(code_of(talk.ask(modern("4", "server/discover"))), 0);
  EXPECT_EQ(waiting->finished(), 0);
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(waiting->reply().body)), "passed");
}

// Answers come as they are ready, each with its own id and content.
TEST_F(ServerTest, AThousandRequestsOnFourThreads) {
  server_ = make_fake_server(tools_, {.threads_max = 4});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  const auto waiting = talk.send(legacy("\"slow\"", "tools/call", call("wait")));
  std::vector<std::shared_ptr<testing::Recorder>> all;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    const std::string arguments = R"({"text":"t)" + number + "\"}";
    all.push_back(talk.send(i % 2 == 0
                                ? legacy(number, "tools/call", call("echo", arguments))
                                : modern(number, "tools/call", call_params("echo", arguments))));
  }
  for (int i = 0; i < 1000; ++i) {
    const json::value answer = parse(all[i]->reply().body);
    ASSERT_EQ(answer.at("id").as_int64(), i);
    ASSERT_EQ(text_of(answer), "t" + std::to_string(i));
    ASSERT_EQ(all[i]->finished(), 1);
  }
  EXPECT_EQ(waiting->finished(), 0);
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(waiting->reply().body)), "passed");
  EXPECT_TRUE(talk.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
}

TEST_F(ServerTest, AFullQueueSaysSo) {
  server_ = make_fake_server(tools_, {.threads_max = 1, .queue_max = 2});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  std::vector<std::shared_ptr<testing::Recorder>> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(talk.send(legacy(std::to_string(i), "tools/call", call("wait"))));
  const json::value refused = parse(all.back()->reply().body);
  EXPECT_EQ(code_of(refused), kInternalError);
  EXPECT_EQ(refused.at_pointer("/error/data/code").as_string(), "busy");
  EXPECT_TRUE(refused.at_pointer("/error/data/retryable").as_bool());
  tools_.gate.open();
  for (const auto& one : all) EXPECT_FALSE(one->reply().body.empty());
  EXPECT_EQ(code_of(talk.ask(legacy("\"after\"", "tools/call", call("echo", R"({"text":"x"})")))),
            0);
}

TEST_F(ServerTest, CancelAllEndsWhatRunsAndWhatWaits) {
  server_ = make_fake_server(tools_, {.threads_max = 2});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  std::vector<std::shared_ptr<testing::Recorder>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(talk.send(legacy(std::to_string(i), "tools/call", call("wait"))));
  EXPECT_FALSE(talk.client().wait_idle(Deadline::after(std::chrono::milliseconds(20))));
  talk.client().cancel_all();
  EXPECT_TRUE(talk.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
  for (const auto& one : all) EXPECT_TRUE(one->reply().body.empty());
}

TEST_F(ServerTest, StopAllEndsThemTooAndEachIsAnswered) {
  server_ = make_fake_server(tools_, {.threads_max = 2});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  std::vector<std::shared_ptr<testing::Recorder>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(talk.send(legacy(std::to_string(i), "tools/call", call("wait"))));
  EXPECT_FALSE(talk.client().wait_idle(Deadline::after(std::chrono::milliseconds(20))));
  talk.client().stop_all();
  EXPECT_TRUE(talk.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
  int begun = 0;
  for (int i = 0; i < 20; ++i) {
    const json::value answer = parse(all[static_cast<size_t>(i)]->reply().body);
    EXPECT_EQ(answer.at("id").as_int64(), i);
    const bool ran = answer.as_object().contains("result");
    begun += ran ? 1 : 0;
    const json::value& error =
        answer.at_pointer(ran ? "/result/structuredContent/error" : "/error/data");
    EXPECT_EQ(error.at("code").as_string(), "cancelled");
    EXPECT_EQ(error.at("effect").as_string(), "none");
  }
  EXPECT_EQ(begun, tools_.entered);
  EXPECT_EQ(begun, tools_.cancelled);
}

TEST_F(ServerTest, Batches) {
  talk_.begin("2025-03-26");
  const json::value answer =
      talk_.ask("[" + legacy("1", "ping") + "," + notification("notifications/initialized") + "," +
                legacy("2", "tools/call", call("echo", R"({"text":"b"})")) + ",7]");
  ASSERT_EQ(answer.as_array().size(), 3u);
  std::set<std::string> ids;
  for (const json::value& one : answer.as_array())
    ids.insert(one.as_object().contains("id") ? json::serialize(one.at("id")) : "none");
  EXPECT_EQ(ids, (std::set<std::string>{"1", "2", "none"}));
  EXPECT_TRUE(talk_.ask("[" + notification("a") + "," + notification("b") + "]").is_null());
}

// 2025-03-26, basic/lifecycle: a handshake is no part of a batch. Later revisions know none.
TEST_F(ServerTest, BatchesChangeNoRevision) {
  talk_.begin("2025-03-26");
  const json::value answer =
      talk_.ask("[" + initialize("2025-11-25") + "," + modern("2", "server/discover") + "," +
                legacy("3", "ping") + "]");
  ASSERT_EQ(answer.as_array().size(), 3u);
  EXPECT_EQ(code_of(answer.as_array()[0]), kInvalidRequest);
  EXPECT_EQ(code_of(answer.as_array()[1]), kInvalidRequest);
  EXPECT_EQ(answer.as_array()[1].at("id"), 2);
  EXPECT_TRUE(answer.as_array()[2].as_object().contains("result"));
  EXPECT_TRUE(talk_.ask("[" + legacy("4", "ping") + "]").is_array()) << "it is a batch's still";
}

TEST_F(ServerTest, OtherRevisionsKnowNoBatches) {
  for (const char* revision : {"2024-11-05", "2025-06-18", "2025-11-25"}) {
    SCOPED_TRACE(revision);
    Conversation talk(*server_);
    talk.begin(revision);
    EXPECT_EQ(code_of(talk.ask("[" + legacy("1", "ping") + "]")), kInvalidRequest);
  }
}

TEST_F(ServerTest, ProgressOnlyWhereItIsWanted) {
  talk_.begin("2025-11-25");
  const auto quiet = talk_.send(legacy("1", "tools/call", call("count", R"({"to":3})")));
  quiet->reply();
  EXPECT_TRUE(quiet->messages().empty());

  const auto loud = talk_.send(
      modern("2", "tools/call", call_params("count", R"({"to":3})"))
          .insert(modern("2", "tools/call").find("\"_meta\":{") + 9, R"("progressToken":"t",)"));
  loud->reply();
  ASSERT_EQ(loud->messages().size(), 3u);
  EXPECT_EQ(parse(loud->message(1)),
            parse(R"({"jsonrpc":"2.0","method":"notifications/progress","params":)"
                  R"({"progressToken":"t","progress":2,"total":3,"message":"counting"}})"));
}

TEST_F(ServerTest, ProgressIsRateLimited) {
  talk_.begin("2025-11-25");
  const auto call_it = talk_.send(
      legacy("1", "tools/call",
             R"({"_meta":{"progressToken":1},"name":"count","arguments":{"to":100000}})"));
  call_it->reply();
  EXPECT_GE(call_it->messages().size(), size_t{Call::kProgressFree});
  EXPECT_LT(call_it->messages().size(), 200u);
}

// Of work that says nothing for long, as a write that touches many rows.
TEST_F(ServerTest, LifeIsShownWhereProgressIsWanted) {
  server_ = make_fake_server(tools_, {.life_sign = std::chrono::milliseconds(1)});
  Conversation talk(*server_);
  talk.begin("2025-11-25");
  const auto quiet = talk.send(legacy("1", "tools/call", call("wait")));
  const auto counted = talk.send(
      legacy("2", "tools/call",
             R"({"_meta":{"progressToken":"t"},"name":"count","arguments":{"to":2,"wait":true}})"));
  const Deadline patience = Deadline::after(std::chrono::seconds(10));
  while (counted->messages().size() < 5 && !patience.passed()) server_->tick();
  tools_.gate.open();
  counted->reply();
  quiet->reply();
  EXPECT_TRUE(quiet->messages().empty());
  const size_t said = counted->messages().size();
  ASSERT_GE(said, 5u);
  double last = 0;
  size_t counting = 0;
  for (size_t i = 0; i < said; ++i) {
    const json::value message = parse(counted->message(i));
    const double progress = message.at_pointer("/params/progress").to_number<double>();
    EXPECT_GT(progress, last);
    last = progress;
    const bool of_work = message.at("params").as_object().contains("total");
    counting += of_work ? 1 : 0;
    EXPECT_TRUE(message.at_pointer("/params/message")
                    .as_string()
                    .starts_with(of_work ? "counting" : "still at work after "));
  }
  EXPECT_EQ(counting, 2u) << "whose numbers stay its own";
  EXPECT_LT(last, 3);
  server_->tick();
  EXPECT_EQ(counted->messages().size(), said) << "it is answered";
}

TEST_F(ServerTest, LogMessagesOnlyWhereTheyAreWanted) {
  server_ = make_fake_server(tools_, {.logging = true});
  Conversation talk(*server_);
  const auto said = [&](const std::string& text) {
    const auto recorder = talk.send(text);
    EXPECT_EQ(text_of(parse(recorder->reply().body)), "said");
    return recorder->messages().size();
  };
  const std::string warning = R"({"level":"warning"})";
  EXPECT_EQ(said(modern("1", "tools/call", call_params("say", warning))), 0u);
  EXPECT_EQ(said(modern("1", "tools/call", call_params("say", warning))
                     .insert(modern("1", "tools/call").find("\"_meta\":{") + 9,
                             R"("io.modelcontextprotocol/logLevel":"warning",)")),
            1u);
  talk.begin("2025-11-25");
  EXPECT_EQ(said(legacy("2", "tools/call", call("say", warning))), 1u);
  EXPECT_EQ(code_of(talk.ask(legacy("3", "logging/setLevel", R"({"level":"loud"})"))),
            kInvalidParams);
  EXPECT_EQ(code_of(talk.ask(legacy("3", "logging/setLevel", R"({"level":"error"})"))), 0);
  EXPECT_EQ(said(legacy("4", "tools/call", call("say", warning))), 0u);
}

TEST_F(ServerTest, TicksDoTheHousekeeping) {
  int ticks = 0;
  server_->set_housekeeping([&ticks] { ++ticks; });
  server_->tick();
  EXPECT_EQ(ticks, 1);
}

}  // namespace
}  // namespace dbops::mcp

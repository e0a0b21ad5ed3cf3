#include "front/stdio/serve.h"

#include <fcntl.h>
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <set>
#include <thread>

#include "base/time.h"
#include "faults/faults.h"
#include "front/stdio/lines.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::stdio {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::initialize;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{10};

Context patience() {
  Context context;
  context.deadline = Deadline::after(kPatience);
  return context;
}

std::string call(std::string_view id, std::string_view tool, std::string_view arguments = "{}") {
  return legacy(id, "tools/call", "{" + call_params(tool, arguments) + "}");
}

// A server on a thread of its own, and the client's ends of its two pipes.
class Process {
 public:
  explicit Process(mcp::Server& server, faults::Plan* plan = nullptr) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
    input_ = in[1];
    output_ = out[0];
    transport_ = fd_transport(in[0], out[1]);
    if (plan != nullptr)
      transport_ = std::make_unique<faults::Transport>(std::move(transport_), *plan, 7);
    client_ = fd_transport(dup(output_), dup(input_));
    lines_.emplace(*client_, kLineBytesMax);
    context_.cancel = Cancel::create();
    thread_ = std::thread([this, &server] { result_ = serve(context_, server, *transport_); });
  }
  ~Process() {
    if (thread_.joinable()) end();
    close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(std::string text) {
    text += '\n';
    EXPECT_TRUE(client_->write(patience(), text));
  }
  // The next line; empty at the end.
  std::string receive() {
    const auto line = lines_->next(patience());
    EXPECT_TRUE(line) << line.error().message;
    return line && *line ? std::string((*line)->text) : std::string();
  }
  json::value ask(std::string text) {
    send(std::move(text));
    return parse(receive());
  }
  void cancel() { context_.cancel.request(); }
  // Closes the server's input.
  void close_input() {
    lines_.reset();
    client_ = fd_transport(dup(output_), open("/dev/null", O_WRONLY | O_CLOEXEC));
    lines_.emplace(*client_, kLineBytesMax);
    close(std::exchange(input_, -1));
  }
  // Nobody reads any more.
  void close_output() {
    lines_.reset();
    client_.reset();
    close(std::exchange(output_, -1));
  }
  Result<void> join() {
    thread_.join();
    transport_.reset();
    return result_;
  }
  Result<void> end() {
    if (input_ >= 0) close_input();
    return join();
  }

 private:
  int input_ = -1;
  int output_ = -1;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Transport> client_;
  std::optional<LineReader> lines_;
  Context context_;
  Result<void> result_;
  std::thread thread_;
};

class Stdio : public ::testing::Test {
 protected:
  // Until that many calls of the tool `wait` have begun.
  void await_entered(int count) {
    const Deadline end = Deadline::after(kPatience);
    while (tools_.entered < count && !end.passed()) std::this_thread::yield();
    ASSERT_GE(tools_.entered, count);
  }

  mcp::testing::FakeTools tools_;
  std::unique_ptr<mcp::Server> server_ = mcp::testing::make_fake_server(tools_, {.threads_max = 4});
};

TEST_F(Stdio, ServesBothEras) {
  Process process(*server_);
  EXPECT_EQ(code_of(process.ask(modern("1", "server/discover"))), 0);
  EXPECT_EQ(code_of(process.ask(initialize("2025-11-25"))), 0);
  process.send(notification("notifications/initialized"));
  EXPECT_EQ(text_of(process.ask(call("2", "echo", R"({"text":"a"})"))), "a");
  EXPECT_EQ(text_of(process.ask(modern("3", "tools/call", call_params("echo", R"({"text":"b"})")))),
            "b");
  EXPECT_TRUE(process.end());
}

TEST_F(Stdio, AnswersWhatIsNoMessageAndGoesOn) {
  Process process(*server_);
  EXPECT_EQ(code_of(process.ask("hello")), mcp::kParseError);
  EXPECT_EQ(code_of(process.ask("{\"jsonrpc\":\"2.0\",\"id\":\"\xff\xfe\"}")), mcp::kParseError);
  EXPECT_EQ(code_of(process.ask("7")), mcp::kInvalidRequest);
  process.send("");
  process.send("  \t\r");
  EXPECT_EQ(code_of(process.ask("[]")), mcp::kInvalidRequest);
  EXPECT_EQ(code_of(process.ask(legacy("1", "ping") + "\r")), 0);
}

TEST_F(Stdio, ALineThatIsTooLongIsRefusedAndPassedOver) {
  Process process(*server_);
  std::thread writer([&] { process.send(std::string(kLineBytesMax + 1, ' ')); });
  const json::value refused = parse(process.receive());
  writer.join();
  EXPECT_EQ(code_of(refused), mcp::kInvalidRequest);
  EXPECT_FALSE(refused.as_object().contains("id"));
  EXPECT_EQ(code_of(process.ask(legacy("1", "ping"))), 0);
}

TEST_F(Stdio, ATenMegabyteArgumentIsNoTrouble) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  const std::string text(10u << 20, 'x');
  std::thread writer([&] { process.send(call("1", "echo", R"({"text":")" + text + "\"}")); });
  const json::value answer = parse(process.receive());
  writer.join();
  // Declared with the ordinary bound on texts: refused by name, not by breaking the line.
  EXPECT_EQ(answer.at_pointer("/result/structuredContent/error/code").as_string(),
            "invalid_argument");
}

TEST_F(Stdio, AnswersComeAsTheyAreReady) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  process.send(call("\"slow\"", "wait"));
  await_entered(1);
  EXPECT_EQ(process.ask(call("\"quick\"", "echo", R"({"text":"a"})")).at("id").as_string(),
            "quick");
  tools_.gate.open();
  EXPECT_EQ(parse(process.receive()).at("id").as_string(), "slow");
}

TEST_F(Stdio, AThousandRequestsAtOnce) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i)
      process.send(call(std::to_string(i), "echo", R"({"text":"t)" + std::to_string(i) + "\"}"));
  });
  std::set<int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const json::value answer = parse(process.receive());
    const int64_t id = answer.at("id").as_int64();
    EXPECT_EQ(text_of(answer), "t" + std::to_string(id));
    EXPECT_TRUE(seen.insert(id).second);
  }
  writer.join();
}

TEST_F(Stdio, CancelledCallsAreNotAnswered) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  process.send(call("1", "wait"));
  await_entered(1);
  process.send(notification("notifications/cancelled", R"({"requestId":1})"));
  EXPECT_EQ(process.ask(legacy("2", "ping")).at("id").as_int64(), 2);
  EXPECT_TRUE(process.end());
  EXPECT_EQ(tools_.cancelled, 1);
}

TEST_F(Stdio, AsksThePersonOverTheSameLines) {
  Process process(*server_);
  process.ask(initialize("2025-11-25", R"({"elicitation":{}})"));
  const json::value asked = process.ask(call("1", "ask"));
  EXPECT_EQ(asked.at("method").as_string(), "elicitation/create");
  const json::value answer =
      process.ask(R"({"jsonrpc":"2.0","id":)" + std::to_string(asked.at("id").as_int64()) +
                  R"(,"result":{"action":"accept","content":{"name":"Ada"}}})");
  EXPECT_EQ(text_of(answer), "hello Ada");
}

// A script that pipes its requests in gets its answers.
TEST_F(Stdio, TheEndOfInputLetsQuickCallsFinish) {
  Process process(*server_);
  process.send(initialize("2025-11-25"));
  for (int i = 1; i <= 20; ++i) process.send(call(std::to_string(i), "echo", R"({"text":"a"})"));
  process.close_input();
  int answers = 0;
  while (!process.receive().empty()) {
    if (++answers == 21) break;
  }
  EXPECT_EQ(answers, 21);
  EXPECT_TRUE(process.join());
}

TEST_F(Stdio, TheEndOfInputCancelsWhatTakesLong) {
  Process process(*server_);
  process.ask(initialize("2025-11-25", R"({"elicitation":{}})"));
  for (int i = 1; i <= 4; ++i) process.send(call(std::to_string(i), "wait"));
  await_entered(4);
  process.send(call("5", "wait"));  // waits for a thread
  EXPECT_TRUE(process.end());
  // The fifth may have come to a thread that became free.
  EXPECT_GE(tools_.cancelled, 4);
  EXPECT_EQ(tools_.cancelled, tools_.entered);
}

// The question is taken back, and the call answered.
void expect_dismissed(Process& process) {
  EXPECT_EQ(parse(process.receive()).at("method").as_string(), "notifications/cancelled");
  const json::value answer = parse(process.receive());
  EXPECT_EQ(answer.at("id").as_int64(), 1);
  EXPECT_EQ(answer.at_pointer("/error/data/code").as_string(), "cancelled");
}

TEST_F(Stdio, TheEndOfInputDismissesOpenQuestions) {
  Process process(*server_);
  process.ask(initialize("2025-11-25", R"({"elicitation":{}})"));
  process.ask(call("1", "confirm"));
  const Stopwatch watch;
  process.close_input();
  expect_dismissed(process);
  EXPECT_TRUE(process.join());
  EXPECT_LT(watch.elapsed(), kEndGrace);
  EXPECT_EQ(tools_.confirmed, 0);
}

TEST_F(Stdio, ASignalEndsItAtOnceAndSaysWhatItStopped) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  process.send(call("1", "wait"));
  await_entered(1);
  const Stopwatch watch;
  process.cancel();
  const json::value answer = parse(process.receive());
  EXPECT_EQ(answer.at("id").as_int64(), 1);
  EXPECT_EQ(answer.at_pointer("/result/structuredContent/error/code").as_string(), "cancelled");
  EXPECT_TRUE(process.join());
  EXPECT_LT(watch.elapsed(), kEndGrace);
  EXPECT_EQ(tools_.cancelled, 1);
}

TEST_F(Stdio, ASignalEndsOpenQuestionsAndSaysSo) {
  Process process(*server_);
  process.ask(initialize("2025-11-25", R"({"elicitation":{}})"));
  process.ask(call("1", "confirm"));
  process.cancel();
  expect_dismissed(process);
  EXPECT_TRUE(process.join());
  EXPECT_EQ(tools_.confirmed, 0);
}

TEST_F(Stdio, AClientThatStopsReadingEndsIt) {
  // As in the program, where nobody wants to die of a closed pipe.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  process.send(call("1", "wait"));
  await_entered(1);
  tools_.gate.open();
  process.receive();
  process.send(call("2", "count"));
  process.receive();
  process.close_output();
  EXPECT_TRUE(process.end());
  std::signal(SIGPIPE, before);
}

TEST_F(Stdio, AClientThatReadsNothingDoesNotHoldUpTheEnd) {
  Process process(*server_);
  process.ask(initialize("2025-11-25"));
  // More than a pipe holds.
  const std::string arguments = R"({"text":")" + std::string(4000, 'x') + "\"}";
  for (int i = 0; i < 100; ++i) process.send(call(std::to_string(i), "echo", arguments));
  const Stopwatch watch;
  EXPECT_TRUE(process.end());
  EXPECT_LT(watch.elapsed(), kPatience);
}

TEST_F(Stdio, TicksWhileItWaits) {
  server_ = mcp::testing::make_fake_server(tools_, {.tick = std::chrono::milliseconds(5)});
  std::atomic<int> ticks = 0;
  server_->set_housekeeping([&ticks] { ++ticks; });
  Process process(*server_);
  const Deadline end = Deadline::after(kPatience);
  while (ticks < 3 && !end.passed()) std::this_thread::yield();
  EXPECT_GE(ticks, 3);
  EXPECT_EQ(code_of(process.ask(legacy("1", "ping"))), 0);
}

// Whatever read or write fails: serve() returns, and no call is left behind.
TEST_F(Stdio, SurvivesEveryFailure) {
  for (int fail_at = 1;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    faults::Plan plan(fail_at, faults::Times::from_then_on);
    const int confirmed = tools_.confirmed;
    {
      Process process(*server_, &plan);
      process.send(initialize("2025-11-25", R"({"elicitation":{}})"));
      process.send(call("1", "echo", R"({"text":"a"})"));
      process.send(call("2", "confirm"));
      process.send(modern("3", "tools/call", call_params("count", R"({"to":3})")));
      // An error of reading is reported; one of writing only ends the conversation.
      const auto ended = process.end();
      EXPECT_TRUE(ended || ended.error().code == Code::disconnected);
    }
    EXPECT_EQ(tools_.confirmed, confirmed);
    if (!plan.fired()) return;
    ASSERT_LT(fail_at, 1000);
  }
}

}  // namespace
}  // namespace dbops::stdio

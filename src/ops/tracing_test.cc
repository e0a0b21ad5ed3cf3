#include "ops/tracing.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "fakes/ops_fixture.h"
#include "fakes/scripted_http.h"

namespace dbops::ops {
namespace {

using fakes::http_reply;
using fakes::ScriptedHttp;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr milliseconds kSoon{1};
constexpr std::chrono::minutes kNever{10};

TracingSettings to(const ScriptedHttp& collector, milliseconds interval = kSoon) {
  TracingSettings settings;
  settings.endpoint = "http://127.0.0.1:" + std::to_string(collector.port()) + "/v1/traces";
  settings.interval = interval;
  return settings;
}

Span span(std::string name = "one") {
  return {.name = std::move(name), .trace_id = make_trace_id(), .id = make_span_id()};
}

// Waits for at most 20 s.
bool eventually(const std::function<bool()>& condition) {
  const Deadline end = Deadline::after(std::chrono::seconds(20));
  while (!condition() && !end.passed()) std::this_thread::yield();
  return condition();
}

std::vector<std::string> names_in(const std::string& request) {
  std::vector<std::string> names;
  const auto document = parse_json(request.substr(request.find("\r\n\r\n") + 4));
  if (!document) return {"not JSON"};
  for (const auto& each : document->at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array())
    names.emplace_back(each.at("name").as_string());
  return names;
}

TEST(Tracing, IsOffUntilItIsConfigured) {
  Tracing tracing;
  EXPECT_FALSE(tracing.on());
  const TraceParent sampled{
      .trace_id = make_trace_id(), .span_id = make_span_id(), .sampled = true};
  EXPECT_FALSE(tracing.records(&sampled, sampled.trace_id));
  tracing.take(span());
  EXPECT_EQ(tracing.counts().dropped, 0u);
}

TEST(Tracing, SendsSpansWithItsHeaders) {
  const ScriptedHttp collector([](const std::string&) { return http_reply(200, "{}"); });
  Tracing tracing;
  TracingSettings settings = to(collector);
  settings.headers = {{"X-Key", Secret("k3y")}};
  settings.service_name = "shop";
  tracing.configure(std::move(settings));
  tracing.take(span());
  ASSERT_TRUE(eventually([&] { return tracing.counts().exported == 1; }));
  const std::string request = collector.requests().at(0);
  EXPECT_THAT(request, testing::StartsWith("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Key: k3y\r\n"));
  EXPECT_THAT(request, HasSubstr(R"("stringValue":"shop")"));
  EXPECT_THAT(names_in(request), ElementsAre("one"));
}

TEST(Tracing, TheEndSendsWhatWaits) {
  const ScriptedHttp collector([](const std::string&) { return http_reply(200, ""); });
  {
    Tracing tracing;
    tracing.configure(to(collector, kNever));
    tracing.take(span("a"));
    tracing.take(span("b"));
  }
  ASSERT_EQ(collector.requests().size(), 1u);
  EXPECT_THAT(names_in(collector.requests()[0]), ElementsAre("a", "b"));
}

TEST(Tracing, AnotherConfigurationSendsWhatWaitsToTheOneBefore) {
  const ScriptedHttp before([](const std::string&) { return http_reply(200, ""); });
  const ScriptedHttp after([](const std::string&) { return http_reply(200, ""); });
  Tracing tracing;
  tracing.configure(to(before, kNever));
  tracing.take(span("a"));
  tracing.configure(to(after, kNever));
  EXPECT_EQ(before.requests().size(), 1u);
  tracing.take(span("b"));
  tracing.configure({});
  EXPECT_FALSE(tracing.on());
  ASSERT_EQ(after.requests().size(), 1u);
  EXPECT_THAT(names_in(after.requests()[0]), ElementsAre("b"));
  EXPECT_EQ(tracing.counts().exported, 2u);
}

TEST(Tracing, AFullBatchIsNotWaitedFor) {
  const ScriptedHttp collector([](const std::string&) { return http_reply(200, ""); });
  Tracing tracing;
  TracingSettings settings = to(collector, kNever);
  settings.batch_max = 2;
  tracing.configure(std::move(settings));
  for (const char* name : {"a", "b", "c"}) tracing.take(span(name));
  ASSERT_TRUE(eventually([&] { return tracing.counts().exported == 2; }));
  EXPECT_THAT(names_in(collector.requests().at(0)), ElementsAre("a", "b"));
}

// The collector answers nothing: the call that hands a span over does not notice.
TEST(Tracing, WhatIsTooMuchIsCounted) {
  const ScriptedHttp collector([](const std::string&) { return fakes::ScriptedReply{}; });
  Tracing tracing;
  TracingSettings settings = to(collector);
  settings.queue_max = 3;
  settings.batch_max = 1;
  settings.flush_time_max = kSoon;
  tracing.configure(std::move(settings));
  tracing.take(span());
  ASSERT_TRUE(eventually([&] { return collector.requests().size() == 1; }));
  for (int i = 0; i < 5; ++i) tracing.take(span());
  EXPECT_EQ(tracing.counts().dropped, 2u);
  tracing.configure({});
  EXPECT_EQ(tracing.counts().rejected, 4u);
}

TEST(Tracing, TriesAgainWhereTheCollectorSaysSo) {
  std::atomic<int> answers = 0;
  const ScriptedHttp collector([&](const std::string&) {
    return ++answers == 1 ? http_reply(503, "", "text/plain", "Retry-After: 0\r\n")
                          : http_reply(200, "");
  });
  Tracing tracing;
  tracing.configure(to(collector));
  tracing.take(span());
  ASSERT_TRUE(eventually([&] { return tracing.counts().exported == 1; }));
  EXPECT_EQ(answers, 2);
}

TEST(Tracing, WhatIsRefusedIsCountedAndSaidOnceWithoutSecrets) {
  const ScriptedHttp collector([](const std::string&) { return http_reply(400, "no"); });
  Tracing tracing;
  TracingSettings settings = to(collector);
  settings.headers = {{"X-Key", Secret("hunter2")}};
  tracing.configure(std::move(settings));
  testing::internal::CaptureStderr();
  tracing.take(span());
  ASSERT_TRUE(eventually([&] { return tracing.counts().rejected == 1; }));
  tracing.take(span());
  ASSERT_TRUE(eventually([&] { return tracing.counts().rejected == 2; }));
  tracing.configure({});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("it answers status 400"));
  EXPECT_EQ(text.find("status 400"), text.rfind("status 400"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_EQ(collector.requests().size(), 2u);
}

TEST(Tracing, PartOfABatchMayBeRefused) {
  const ScriptedHttp collector([](const std::string&) {
    return http_reply(200, R"({"partialSuccess":{"rejectedSpans":"1"}})");
  });
  Tracing tracing;
  TracingSettings settings = to(collector, kNever);
  settings.batch_max = 3;
  tracing.configure(std::move(settings));
  for (int i = 0; i < 3; ++i) tracing.take(span());
  ASSERT_TRUE(eventually([&] { return tracing.counts().exported == 2; }));
  EXPECT_EQ(tracing.counts().rejected, 1u);
}

TEST(Tracing, CallersSayWhetherTheirTracesAreRecordedAndTheRatioTheOthers) {
  const ScriptedHttp collector([](const std::string&) { return http_reply(200, ""); });
  Tracing tracing;
  TracingSettings settings = to(collector);
  settings.ratio = 0.25;
  tracing.configure(std::move(settings));
  TraceParent parent{.trace_id = "4bf92f3577b34da6a300000000000000", .span_id = make_span_id()};
  EXPECT_FALSE(tracing.records(&parent, parent.trace_id));
  parent.sampled = true;
  EXPECT_TRUE(tracing.records(&parent, parent.trace_id));
  parent.trace_id = "4bf92f3577b34da6a3ffffffffffffff";
  EXPECT_TRUE(tracing.records(&parent, parent.trace_id));
  EXPECT_TRUE(tracing.records(nullptr, "ffffffffffffffffff3fffffffffffff"));
  EXPECT_FALSE(tracing.records(nullptr, "00000000000000000040000000000000"));
}

class TracedCalls : public OpsTest {
 protected:
  // What the collector was told of one call.
  std::string told(const std::function<void()>& call) {
    const ScriptedHttp collector([](const std::string&) { return http_reply(200, ""); });
    workspace_.tracing().configure(to(collector, kNever));
    call();
    workspace_.tracing().configure({});
    return collector.requests().empty() ? std::string() : collector.requests()[0];
  }
};

TEST_F(TracedCalls, TellOfTheWorkAtTheDatabaseButNotOfItsValues) {
  context_.trace = std::make_shared<const Trace>(
      Trace{.id = "4bf92f3577b34da6a3ce929d0e0e4736", .span = "00f067aa0ba902b7", .state = "a=1"});
  Collected sink;
  const std::string request = told([&] { EXPECT_TRUE(query("SELECT 3", sink)); });
  for (const char* part :
       {R"("traceId":"4bf92f3577b34da6a3ce929d0e0e4736")", R"("parentSpanId":"00f067aa0ba902b7")",
        R"("traceState":"a=1")", R"("name":"SELECT db","kind":3)",
        R"({"key":"db.system.name","value":{"stringValue":"fake"}})",
        R"({"key":"db.operation.name","value":{"stringValue":"SELECT"}})",
        R"({"key":"dbops.connection","value":{"stringValue":"db"}})",
        R"({"key":"db.response.returned_rows","value":{"intValue":"3"}})"})
    EXPECT_THAT(request, HasSubstr(part));
  EXPECT_THAT(request, Not(HasSubstr("SELECT 3")));
}

TEST_F(TracedCalls, TellHowTheyFailed) {
  context_.trace = std::make_shared<const Trace>(
      Trace{.id = "4bf92f3577b34da6a3ce929d0e0e4736", .span = "00f067aa0ba902b7"});
  Collected sink;
  sink.row_error = Error{.code = Code::data, .message = "secret value", .native_code = "22012"};
  const std::string request = told([&] { EXPECT_FALSE(query("SELECT 3", sink)); });
  EXPECT_THAT(request, HasSubstr(R"({"key":"error.type","value":{"stringValue":"data"}})"));
  EXPECT_THAT(request, HasSubstr(R"("stringValue":"22012")"));
  EXPECT_THAT(request, HasSubstr(R"("status":{"code":2})"));
  EXPECT_THAT(request, Not(HasSubstr("secret value")));
}

TEST_F(TracedCalls, AreSilentWhereNobodyRecordsOrTheDatabaseIsNotReached) {
  Collected sink;
  EXPECT_EQ(told([&] { EXPECT_TRUE(query("SELECT 3", sink)); }), "");
  context_.trace = std::make_shared<const Trace>(Trace{.id = make_trace_id()});
  EXPECT_EQ(told([&] { EXPECT_TRUE(query("SELECT 3", sink)); }), "");
  context_.trace =
      std::make_shared<const Trace>(Trace{.id = make_trace_id(), .span = make_span_id()});
  EXPECT_EQ(told([&] { EXPECT_FALSE(query("INSERT 3", sink)); }), "");
}

}  // namespace
}  // namespace dbops::ops

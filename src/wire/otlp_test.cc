#include "wire/otlp.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

using std::chrono::nanoseconds;

Span example() {
  return {.name = "tools/call query",
          .kind = Span::Kind::server,
          .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
          .id = "00f067aa0ba902b7",
          .parent = "b7ad6b7169203331",
          .state = "a=1",
          .start = std::chrono::system_clock::time_point(nanoseconds(1'700'000'000'000'000'001)),
          .elapsed = nanoseconds(2'000'000),
          .attributes = {{"mcp.method.name", "tools/call"}, {"rows", int64_t{-9007199254740993}}},
          .links = {{"0af7651916cd43dd8448eb211c80319c", "a7ad6b7169203331"}},
          .failed = true};
}

TEST(Otlp, WritesSpansAsTheMappingWantsThem) {
  const Span spans[] = {example()};
  EXPECT_EQ(
      write_spans({.service_name = "dbops", .service_version = "1"}, spans),
      R"({"resourceSpans":[{"resource":{"attributes":[)"
      R"({"key":"service.name","value":{"stringValue":"dbops"}},)"
      R"({"key":"service.version","value":{"stringValue":"1"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"dbops"},"spans":[)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",)"
      R"("traceState":"a=1","parentSpanId":"b7ad6b7169203331","name":"tools/call query","kind":2,)"
      R"("startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000002000001",)"
      R"("attributes":[{"key":"mcp.method.name","value":{"stringValue":"tools/call"}},)"
      R"({"key":"rows","value":{"intValue":"-9007199254740993"}}],)"
      R"("links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"a7ad6b7169203331"}],)"
      R"("status":{"code":2}}]}]}]})");
}

TEST(Otlp, LeavesOutWhatThereIsNot) {
  Span span = example();
  span.parent.clear();
  span.state.clear();
  span.links.clear();
  span.failed = false;
  const std::string body = write_spans({}, std::span(&span, 1));
  for (const char* key : {"parentSpanId", "traceState", "links", "code"})
    EXPECT_EQ(body.find(key), std::string::npos) << key;
}

TEST(Otlp, ReadsWhatWasRefused) {
  struct Case {
    const char* body;
    std::optional<uint64_t> rejected;
  };
  for (const Case& tested : std::initializer_list<Case>{
           {"", 0},
           {"{}", 0},
           {R"({"partialSuccess":{}})", 0},
           {R"({"partialSuccess":null})", 0},
           {R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}})", 3},
           {R"({"partialSuccess":{"rejectedSpans":4}})", 4},
           {R"({"partialSuccess":{"rejectedSpans":-4}})", std::nullopt},
           {R"({"partialSuccess":{"rejectedSpans":"4x"}})", std::nullopt},
           {R"({"partialSuccess":[]})", std::nullopt},
           {"[]", std::nullopt},
           {"<html>", std::nullopt}})
    EXPECT_EQ(read_rejected_spans(tested.body), tested.rejected) << tested.body;
}

}  // namespace
}  // namespace dbops

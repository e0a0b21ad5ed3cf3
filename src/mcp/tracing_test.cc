#include "mcp/tracing.h"

#include <gtest/gtest.h>

namespace dbops::mcp {
namespace {

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kOther = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

Message request(const std::string& params) {
  auto incoming =
      parse_incoming(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":)" + params + "}");
  return std::move(*incoming->slots.front().message);
}

std::shared_ptr<const Trace> begin(const Message& message) {
  return begin_trace(message, Revision::v2026_07_28, nullptr).trace;
}

std::string meta(const std::string& members) { return R"({"_meta":{)" + members + "}}"; }

TEST(RequestTrace, IsNamedByMeta) {
  const auto parent = trace_parent(
      request(meta(R"("traceparent":")" + std::string(kParent) + R"(","tracestate":"a=1")")));
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, kTrace);
  EXPECT_EQ(parent->state, "a=1");
}

TEST(RequestTrace, MetaGoesBeforeTheTransport) {
  Message message = request(meta(R"("traceparent":")" + std::string(kParent) + "\""));
  message.carried = read_trace_parent(kOther, "");
  EXPECT_EQ(begin(message)->id, kTrace);
}

// A state without its parent belongs to nobody.
TEST(RequestTrace, TheTransportSaysItWhereMetaDoesNot) {
  for (const char* members :
       {"", R"("traceparent":7)", R"("traceparent":"nonsense","tracestate":"a=1")",
        R"("tracestate":"a=1")", R"("traceparent":null)"}) {
    Message message = request(meta(members));
    message.carried = read_trace_parent(kOther, "");
    const auto trace = begin(message);
    EXPECT_EQ(trace->id, "0af7651916cd43dd8448eb211c80319c") << members;
    EXPECT_EQ(trace->state, "") << members;
  }
}

TEST(RequestTrace, ElseItBegins) {
  for (const char* params : {"{}", R"({"_meta":{"traceparent":"00-nonsense"}})"}) {
    const Message message = request(params);
    EXPECT_FALSE(trace_parent(message));
    const auto trace = begin(message);
    EXPECT_EQ(trace->id.size(), 32u) << params;
    EXPECT_NE(trace->id, begin(message)->id) << params;
  }
}

}  // namespace
}  // namespace dbops::mcp

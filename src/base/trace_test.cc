#include "base/trace.h"

#include <gtest/gtest.h>

#include <set>

namespace dbops {
namespace {

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSpan = "00f067aa0ba902b7";
constexpr const char* kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string state_of(std::string_view tracestate) {
  const auto parent = read_trace_parent(kSampled, tracestate);
  return parent ? parent->state : "no parent";
}

TEST(TraceParent, NamesTraceAndSpan) {
  const auto parent = read_trace_parent(kSampled, "");
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, kTrace);
  EXPECT_EQ(parent->span_id, kSpan);
  EXPECT_TRUE(parent->sampled);
  EXPECT_EQ(parent->state, "");
}

TEST(TraceParent, OneFlagSaysThatItIsSampled) {
  const std::string start = std::string("00-") + kTrace + "-" + kSpan + "-";
  for (const auto& [flags, sampled] : std::vector<std::pair<const char*, bool>>{
           {"00", false}, {"01", true}, {"02", false}, {"03", true}, {"fe", false}, {"ff", true}}) {
    const auto parent = read_trace_parent(start + flags, "");
    ASSERT_TRUE(parent) << flags;
    EXPECT_EQ(parent->sampled, sampled) << flags;
  }
}

TEST(TraceParent, ALaterVersionMayHaveMore) {
  const std::string rest = std::string("-") + kTrace + "-" + kSpan + "-01";
  EXPECT_TRUE(read_trace_parent("cc" + rest, ""));
  EXPECT_TRUE(read_trace_parent("cc" + rest + "-more", ""));
  EXPECT_FALSE(read_trace_parent("cc" + rest + "more", ""));
  EXPECT_FALSE(read_trace_parent("cc" + rest + "-" + std::string(500, 'a'), ""));
}

TEST(TraceParent, WhatIsNoneIsPassedOver) {
  for (const char* text : {"", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
                           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
                           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e473\n-00f067aa0ba902b7-01",
                           " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    EXPECT_FALSE(read_trace_parent(text, "")) << text;
}

TEST(TraceState, IsCarriedInItsShortestForm) {
  EXPECT_EQ(state_of("rojo=00f067aa0ba902b7"), "rojo=00f067aa0ba902b7");
  EXPECT_EQ(state_of(" rojo=1 ,\t, 1a_-*/@a-b=t61 "), "rojo=1,1a_-*/@a-b=t61");
  EXPECT_EQ(state_of("a= b c"), "a= b c");
}

TEST(TraceState, WhatIsNoneIsPassedOverAlone) {
  const std::string long_key = "a" + std::string(256, 'b');
  std::string many;
  for (int i = 0; i < 33; ++i) many += (i > 0 ? ",a" : "a") + std::to_string(i) + "=1";
  for (const std::string& text :
       {std::string("a"), std::string("=1"), std::string("a="), std::string("A=1"),
        std::string("1a=1"), std::string("a=1,a=2"), std::string("a=1=2"), std::string("a=\x80"),
        std::string("a=b\nc"), std::string("a@1b=1"), std::string("a@b@c=1"), std::string("@b=1"),
        "a@" + std::string(15, 'b') + "=1", std::string(242, 'a') + "@b=1", long_key + "=1",
        "a=" + std::string(257, 'b'), many,
        "a=" + std::string(250, 'b') + ",b=" + std::string(260, 'b')})
    EXPECT_EQ(state_of(text), "") << text;
}

TEST(TraceIds, AreOfTheirForm) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string trace = make_trace_id();
    const std::string span = make_span_id();
    EXPECT_TRUE(read_trace_parent("00-" + trace + "-" + span + "-00", "")) << trace << " " << span;
    ids.insert(trace);
    ids.insert(span);
  }
  EXPECT_EQ(ids.size(), 2000u);
}

TEST(TraceSuffix, EndsALineOfTheLog) {
  EXPECT_EQ(trace_suffix(nullptr), "");
  EXPECT_EQ(trace_suffix(std::make_shared<const Trace>(Trace{.id = kTrace})),
            std::string(" (trace ") + kTrace + ")");
}

}  // namespace
}  // namespace dbops

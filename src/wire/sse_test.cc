#include "wire/sse.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace dbops {
namespace {

std::string written(const SseEvent& event) {
  std::string out;
  EXPECT_TRUE(append_event(out, event));
  return out;
}

// All events in `text`, fed in pieces of `piece` bytes.
std::vector<SseEvent> decoded(std::string_view text, size_t piece = SIZE_MAX) {
  SseDecoder decoder;
  std::vector<SseEvent> events;
  for (size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) {
    decoder.feed(text.substr(at, piece));
    for (;;) {
      auto event = decoder.next();
      EXPECT_TRUE(event);
      if (!event || !*event) break;
      events.push_back(std::move(**event));
    }
  }
  return events;
}

void expect_same(const SseEvent& a, const SseEvent& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.event, b.event);
  EXPECT_EQ(a.data, b.data);
  EXPECT_EQ(a.retry, b.retry);
}

TEST(SseWriter, WritesAllFields) {
  EXPECT_EQ(
      written({.id = "7", .event = "message", .data = "a\nb", .retry = std::chrono::seconds(3)}),
      "retry: 3000\nid: 7\nevent: message\ndata: a\ndata: b\n\n");
  EXPECT_EQ(written({.data = ""}), "data: \n\n");
  EXPECT_EQ(written({.data = "a\r\nb\rc\n"}), "data: a\ndata: b\ndata: c\ndata: \n\n");
  EXPECT_EQ(written({.id = ""}), "id: \ndata: \n\n");
  std::string out;
  append_comment(out, "still\nhere");
  EXPECT_EQ(out, ": still\n: here\n\n");
}

TEST(SseWriter, RefusesBreaksWhereNoneCanBe) {
  for (const SseEvent& event :
       {SseEvent{.id = "a\nb"}, SseEvent{.id = "a\r"}, SseEvent{.id = std::string(1, '\0')},
        SseEvent{.event = "a\ndata: x"}}) {
    std::string out = "before";
    const auto result = append_event(out, event);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_EQ(out, "before");
  }
}

// The examples of WHATWG HTML, section 9.2.6.
TEST(SseDecoder, FollowsTheStandardsExamples) {
  const auto stocks = decoded("data: YHOO\ndata: +2\ndata: 10\n\n");
  ASSERT_EQ(stocks.size(), 1u);
  EXPECT_EQ(stocks[0].data, "YHOO\n+2\n10");

  const auto four = decoded(
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
      "data:  third event\n\n");
  ASSERT_EQ(four.size(), 3u);
  expect_same(four[0], {.id = "1", .data = "first event"});
  expect_same(four[1], {.id = "", .data = "second event"});
  expect_same(four[2], {.id = "", .data = " third event"});

  const auto empty = decoded("data\n\ndata\ndata\n\ndata:");
  ASSERT_EQ(empty.size(), 2u);
  EXPECT_EQ(empty[0].data, "");
  EXPECT_EQ(empty[1].data, "\n");

  const auto spaces = decoded("data:test\n\ndata: test\n\n");
  ASSERT_EQ(spaces.size(), 2u);
  EXPECT_EQ(spaces[0].data, spaces[1].data);
}

TEST(SseDecoder, TakesEveryLineEndAndAByteOrderMark) {
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, SIZE_MAX}) {
    const auto events = decoded(
        "\xef\xbb\xbf"
        "data: a\rdata: b\r\ndata: c\n\r\nevent: x\ndata: d\r\revent: none\n\n",
        piece);
    ASSERT_EQ(events.size(), 2u) << piece;
    EXPECT_EQ(events[0].data, "a\nb\nc");
    EXPECT_EQ(events[1].event, "x");
    EXPECT_EQ(events[1].data, "d");
  }
}

TEST(SseDecoder, PassesOverWhatItDoesNotKnow) {
  const auto events = decoded(std::string("retry: 12x\nretry: 1000000000000000000000\nretry:\n"
                                          "id: 1\nid: a") +
                              '\0' +
                              "b\nnonsense\nfoo: bar\n"
                              "retry: 12\ndata: x\n\n");
  ASSERT_EQ(events.size(), 1u);
  expect_same(events[0], {.id = "1", .data = "x", .retry = std::chrono::milliseconds(12)});
}

TEST(SseDecoder, ForgetsTheNameOfAnEventWithoutData) {
  const auto events = decoded("event: lost\n\ndata: x\n\n");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].event, "");
}

TEST(SseDecoder, IsBoundedAndThenDead) {
  SseDecoder line;
  line.feed("data: " + std::string(kSseDataBytesMax, 'x'));
  EXPECT_EQ(line.next().error().code, Code::too_large);
  line.feed("\n\ndata: x\n\n");
  EXPECT_EQ(line.next().error().code, Code::too_large);

  SseDecoder data;
  const std::string piece = "data: " + std::string(1 << 20, 'x') + "\n";
  for (size_t i = 0; i < kSseDataBytesMax >> 20; ++i) data.feed(piece);
  EXPECT_EQ(data.next().error().code, Code::too_large);

  SseDecoder name;
  name.feed("event: " + std::string(kSseNameBytesMax + 1, 'x') + "\n");
  EXPECT_EQ(name.next().error().code, Code::too_large);
}

// What the writer writes comes back, however it is cut.
TEST(Sse, RoundTripsAnyCut) {
  constexpr std::string_view kBytes = "ab: \n\xc3";
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    std::vector<SseEvent> sent;
    std::optional<std::string> id;
    std::optional<std::chrono::milliseconds> retry;
    for (int i = 0; i < 5; ++i) {
      SseEvent event;
      if (random() % 2 == 0) id = event.id = std::to_string(random());
      if (random() % 2 == 0) event.event = "name";
      if (random() % 4 == 0) retry = event.retry = std::chrono::milliseconds(random() % 1000);
      for (size_t n = random() % 10; n > 0; --n) event.data += kBytes[random() % kBytes.size()];
      EXPECT_TRUE(append_event(text, event));
      if (random() % 3 == 0) append_comment(text, "x\ny");
      event.id = id;
      event.retry = retry;
      sent.push_back(event);
    }
    const auto received = decoded(text, 1 + random() % 20);
    ASSERT_EQ(received.size(), sent.size());
    for (size_t i = 0; i < sent.size(); ++i) expect_same(received[i], sent[i]);
  }
}

}  // namespace
}  // namespace dbops

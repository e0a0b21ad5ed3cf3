#include "front/http/request_reader.h"

#include <gtest/gtest.h>

#include "front/http/testing/request_stream.h"

namespace dbops::http {
namespace {

using testing::RequestStream;

constexpr size_t kHeadBytesMax = 1000;

constexpr std::string_view kThree =
    "POST /mcp?x=y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    "\r\nGET /healthz HTTP/1.1\r\nHost:\tb \r\n\r\n"
    "POST /mcp HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: c\r\n\r\n"
    "3;note=\"x\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nHost: d\r\n\r\n";

TEST(RequestReader, TakesRequestsHoweverTheyCome) {
  for (size_t step = 1; step <= kThree.size(); ++step) {
    SCOPED_TRACE(step);
    const auto stream = RequestStream::read(kThree, step, kHeadBytesMax);
    ASSERT_EQ(stream.requests.size(), 3u) << stream.refused;
    EXPECT_EQ(stream.left, 0u);
    EXPECT_EQ(stream.requests[0].method, "POST");
    EXPECT_EQ(stream.requests[0].path, "/mcp");
    EXPECT_EQ(stream.requests[0].body, "hello");
    EXPECT_EQ(stream.requests[1].path, "/healthz");
    EXPECT_EQ(stream.requests[1].host, "b");
    EXPECT_EQ(stream.requests[2].body, "abc0123456789");
    EXPECT_EQ(stream.requests[2].host, "c") << "a trailer changes nothing";
  }
}

TEST(RequestReader, RefusesAsSoonAsItCan) {
  const std::pair<std::string, unsigned> cases[] = {
      {"\x16\x03\x01", 400},  // A TLS greeting.
      {"GET / HTTP/1.1\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\n", 400},
      {"GET /" + std::string(kHeadBytesMax, 'x'), 414},
      {"GET / HTTP/1.1\r\nHost: " + std::string(kHeadBytesMax, 'x'), 431},
      {"GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
           std::string(kHeadBytesMax, 'x'),
       400},
  };
  for (const auto& [bytes, status] : cases)
    for (const size_t step : {size_t{1}, size_t{7}, bytes.size()})
      EXPECT_EQ(RequestStream::read(bytes, step, kHeadBytesMax).refused, status)
          << bytes.substr(0, 100) << " by " << step;
}

TEST(RequestReader, SaysWhatTheConnectionIsFor) {
  struct Case {
    std::string_view head;
    bool keeps_alive;
    bool takes_chunks;
    bool awaits_continue;
    bool is_bodiless;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, true, false, false},
      {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true, true, false, true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", false, true, false, false},
      {"GET / HTTP/1.0\r\n\r\n", false, false, false, false},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", true,
       true, true, false},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.head);
    RequestReader reader(kHeadBytesMax);
    Request request;
    const auto taken = reader.read_head(each.head, request);
    ASSERT_TRUE(taken);
    EXPECT_EQ(*taken, each.head.size());
    EXPECT_EQ(reader.keeps_alive(), each.keeps_alive);
    EXPECT_EQ(reader.takes_chunks(), each.takes_chunks);
    EXPECT_EQ(reader.awaits_continue(), each.awaits_continue);
    EXPECT_EQ(reader.is_bodiless(), each.is_bodiless);
  }
}

}  // namespace
}  // namespace dbops::http

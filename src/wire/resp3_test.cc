#include "wire/resp3.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <limits>

namespace dbops {
namespace {

using namespace std::literals;

// A node and all below as one line: `["GET" 1 {+OK nil}]`. Moves `at` behind it.
std::string show(const RespReply& reply, size_t& at) {
  const RespNode& node = reply.nodes[at];
  const size_t end = at + node.nodes;
  ++at;
  const auto children = [&](std::string open, std::string_view close) {
    for (uint32_t i = 0; i < node.size; ++i) open.append(i > 0 ? " " : "").append(show(reply, at));
    EXPECT_EQ(at, end);
    return open.append(close);
  };
  switch (node.type) {
    case RespType::null:
      return "nil";
    case RespType::boolean:
      return node.integer == 1 ? "true" : "false";
    case RespType::integer:
      return std::to_string(node.integer);
    case RespType::real:
      return "," + std::to_string(node.real);
    case RespType::big_number:
      return std::string("(").append(reply.text(node));
    case RespType::status:
      return std::string("+").append(reply.text(node));
    case RespType::bulk:
      return std::string("\"").append(reply.text(node)) + "\"";
    case RespType::verbatim:
      return std::string(reply.format(node)).append(":").append(reply.text(node));
    case RespType::error:
      return std::string("-").append(reply.text(node));
    case RespType::array:
      return children("[", "]");
    case RespType::map:
      return children("{", "}");
    case RespType::set:
      return children("<", ">");
    case RespType::push:
      return children("push[", "]");
  }
  return "?";
}

std::string show(const RespReply& reply) {
  size_t at = 0;
  std::string text = show(reply, at);
  EXPECT_EQ(at, reply.nodes.size());
  return text;
}

struct Decoded {
  std::vector<std::string> replies;
  std::optional<Error> error;
};

Decoded decoded(std::string_view bytes, size_t piece = SIZE_MAX) {
  RespDecoder decoder;
  Decoded all;
  for (size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
    decoder.feed(bytes.substr(at, piece));
    for (;;) {
      auto reply = decoder.next();
      if (!reply) {
        all.error = reply.error();
        return all;
      }
      if (!*reply) break;
      all.replies.push_back(show(**reply));
    }
  }
  return all;
}

// Whole, and byte by byte.
void expect_replies(std::string_view bytes, const std::vector<std::string>& replies) {
  for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{3}}) {
    SCOPED_TRACE(testing::Message() << "pieces of " << piece);
    const Decoded all = decoded(bytes, piece);
    EXPECT_FALSE(all.error) << all.error->message;
    EXPECT_EQ(all.replies, replies);
  }
}

void expect_error(std::string_view bytes, Code code, const std::vector<std::string>& before = {}) {
  SCOPED_TRACE(testing::PrintToString(bytes.substr(0, 60)));
  for (const size_t piece : {SIZE_MAX, size_t{1}}) {
    const Decoded all = decoded(bytes, piece);
    ASSERT_TRUE(all.error);
    EXPECT_EQ(all.error->code, code) << all.error->message;
    EXPECT_TRUE(all.error->session_broken);
    EXPECT_EQ(all.replies, before);
  }
}

TEST(RespCommand, IsAnArrayOfStrings) {
  std::string out = "before";
  ASSERT_TRUE(append_command(out, std::vector<std::string_view>{"SET", "k", "a\r\n\0b"sv}));
  EXPECT_EQ(out, "before*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n"s);
  out.clear();
  ASSERT_TRUE(append_command(out, std::vector<std::string_view>{"ECHO", ""}));
  EXPECT_EQ(out, "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
}

TEST(RespCommand, LeavesNothingOfWhatItRefuses) {
  std::string out = "before";
  EXPECT_EQ(append_command(out, {}).error().code, Code::invalid_argument);
  const std::vector<std::string_view> words(kRespWordsMax + 1, "x");
  EXPECT_EQ(append_command(out, words).error().code, Code::too_large);
  const std::string large(kRespBulkBytesMax + 1, 'x');
  EXPECT_EQ(append_command(out, std::vector<std::string_view>{large}).error().code,
            Code::too_large);
  const std::string_view most = std::string_view(large).substr(1);
  EXPECT_EQ(append_command(out, std::vector<std::string_view>{most, most, "x"}).error().code,
            Code::too_large);
  EXPECT_EQ(out, "before");
}

TEST(RespDecoder, ReadsEveryTypeOfVersion2) {
  expect_replies(
      "+OK\r\n-ERR no\r\n:-7\r\n:+7\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*2\r\n$1\r\na\r\n*1\r\n:1\r\n+\r\n",
      {"+OK", "-ERR no", "-7", "7", "\"a\r\n\"", "\"\"", "nil", "nil", "[]", "[\"a\" [1]]", "+"});
}

TEST(RespDecoder, ReadsEveryTypeOfVersion3) {
  expect_replies(
      "_\r\n#t\r\n#f\r\n,1.5\r\n(-123456789012345678901234567890\r\n!5\r\nERR x\r\n"
      "=6\r\ntxt:hi\r\n=4\r\nmkd:\r\n~2\r\n:1\r\n:2\r\n%1\r\n+k\r\n_\r\n%0\r\n~0\r\n",
      {"nil", "true", "false", ",1.500000", "(-123456789012345678901234567890", "-ERR x", "txt:hi",
       "mkd:", "<1 2>", "{+k nil}", "{}", "<>"});
}

TEST(RespDecoder, ReadsTheEdgesOfNumbers) {
  RespDecoder decoder;
  decoder.feed(",inf\r\n,-inf\r\n,nan\r\n,1e300\r\n,+10\r\n,-0\r\n,5e-324\r\n");
  const auto real = [&] { return (**decoder.next()).nodes[0].real; };
  EXPECT_EQ(real(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(real(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(real()));
  EXPECT_EQ(real(), 1e300);
  EXPECT_EQ(real(), 10);
  EXPECT_TRUE(std::signbit(real()));
  EXPECT_EQ(real(), std::numeric_limits<double>::denorm_min());
  expect_replies(":9223372036854775807\r\n:-9223372036854775808\r\n",
                 {"9223372036854775807", "-9223372036854775808"});
}

TEST(RespDecoder, LeavesOutAttributesWhereverTheyStand) {
  expect_replies("|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", {"\"v\""});
  // Inside an array, twice, empty, with a value that is an aggregate, and with an own attribute.
  expect_replies(
      "*2\r\n|1\r\n$1\r\na\r\n*2\r\n:1\r\n|1\r\n+x\r\n+y\r\n:2\r\n+one\r\n|0\r\n|0\r\n$"
      "3\r\ntwo\r\n",
      {"[+one \"two\"]"});
  expect_replies("%1\r\n|1\r\n+a\r\n+b\r\n+k\r\n|1\r\n+a\r\n+b\r\n+v\r\n:1\r\n", {"{+k +v}", "1"});
  expect_replies("|1\r\n+a\r\n+b\r\n>1\r\n+hello\r\n", {"push[+hello]"});
  EXPECT_TRUE(decoded("|1\r\n+a\r\n+b\r\n").replies.empty());
}

TEST(RespDecoder, TellsPushesFromReplies) {
  expect_replies("+a\r\n>3\r\n+message\r\n$1\r\nc\r\n$1\r\nm\r\n:1\r\n",
                 {"+a", "push[+message \"c\" \"m\"]", "1"});
  expect_error("*1\r\n>1\r\n+x\r\n", Code::protocol);
}

TEST(RespDecoder, RefusesStreams) {
  for (const std::string_view bytes : {"$?\r\n;4\r\nabcd\r\n;0\r\n", "*?\r\n:1\r\n.\r\n",
                                       "%?\r\n.\r\n", "~?\r\n.\r\n", "|?\r\n.\r\n"})
    expect_error(bytes, Code::unsupported);
}

TEST(RespDecoder, RefusesWhatIsNotResp) {
  for (const std::string_view bytes : {"HTTP/1.1 400 Bad Request\r\n",
                                       "\x15\x03\x01",
                                       "\r\n",
                                       "\n",
                                       ".\r\n",
                                       ";4\r\n",
                                       "+a\n",
                                       "+a\rb\r\n",
                                       ":\r\n",
                                       ":1.5\r\n",
                                       ":9223372036854775808\r\n",
                                       ":+-1\r\n",
                                       ": 1\r\n",
                                       ",\r\n",
                                       ",1x\r\n",
                                       ",1e999\r\n",
                                       "#x\r\n",
                                       "#\r\n",
                                       "_x\r\n",
                                       "(\r\n",
                                       "(-\r\n",
                                       "(1.5\r\n",
                                       "$\r\n",
                                       "$-2\r\n",
                                       "$+1\r\n",
                                       "$1x\r\n",
                                       "*-2\r\n",
                                       "%-1\r\n",
                                       "!-1\r\n",
                                       "$1\r\nab\r\n",
                                       "$1\r\na\n\n",
                                       "=3\r\ntxt\r\n",
                                       "=4\r\ntxt-\r\n"})
    expect_error(bytes, Code::protocol);
  expect_error("+OK\r\nx", Code::protocol, {"+OK"});
}

TEST(RespDecoder, RefusesMoreThanItsBounds) {
  // 2^63 and 2^64: no length that a peer makes up reaches an allocation or an addition.
  for (const std::string type : {"*", "%", "~", ">", "|", "$", "!", "="})
    for (const std::string size : {"9223372036854775807", "9223372036854775808",
                                   "18446744073709551616", "99999999999999999999999"})
      expect_error(type + size + "\r\n", Code::too_large);
  expect_error("*" + std::to_string(kRespElementsMax) + "\r\n", Code::too_large);
  expect_error("%" + std::to_string(kRespElementsMax / 2) + "\r\n", Code::too_large);
  // What each level announces adds up.
  expect_error("*" + std::to_string(kRespElementsMax - 1) + "\r\n*1\r\n", Code::too_large);
  expect_error("$" + std::to_string(kRespBulkBytesMax + 1) + "\r\n", Code::too_large);
  expect_error("+" + std::string(kRespLineBytesMax, 'x'), Code::too_large);
  expect_replies("+" + std::string(kRespLineBytesMax - 1, 'x') + "\r\n",
                 {"+" + std::string(kRespLineBytesMax - 1, 'x')});
}

TEST(RespDecoder, BoundsDepthWithoutRecursion) {
  std::string bytes;
  for (size_t i = 0; i < kRespDepthMax; ++i) bytes += "*1\r\n";
  expect_replies(bytes + ":1\r\n",
                 {std::string(kRespDepthMax, '[') + "1" + std::string(kRespDepthMax, ']')});
  expect_error(bytes + "*1\r\n", Code::too_large);
}

TEST(RespDecoder, BoundsAllThatAReplyHolds) {
  // Two strings fill it; the third is refused when it is announced.
  RespDecoder decoder;
  const std::string string(kRespBulkBytesMax, 'x');
  decoder.feed("*3\r\n");
  for (size_t i = 0; i < kRespReplyBytesMax / kRespBulkBytesMax; ++i) {
    decoder.feed("$" + std::to_string(string.size()) + "\r\n");
    decoder.feed(string);
    decoder.feed("\r\n");
    ASSERT_TRUE(decoder.next());
  }
  decoder.feed("$1\r\n");
  EXPECT_EQ(decoder.next().error().code, Code::too_large);
}

TEST(RespDecoder, EndsAReplyOfNothingButAttributes) {
  RespDecoder decoder;
  std::string attributes;
  for (size_t i = 0; i < 1024; ++i) attributes += "|0\r\n";
  for (size_t i = 0; i < kRespElementsMax / 1024 - 1; ++i) {
    decoder.feed(attributes);
    ASSERT_TRUE(decoder.next());
  }
  decoder.feed(attributes);
  EXPECT_EQ(decoder.next().error().code, Code::too_large);
}

TEST(RespDecoder, CountsEachReplyByItself) {
  const std::string half(kRespBulkBytesMax, 'x');
  RespDecoder decoder;
  for (size_t i = 0; i < 2 * kRespReplyBytesMax / kRespBulkBytesMax; ++i) {
    decoder.feed("$" + std::to_string(half.size()) + "\r\n" + half + "\r\n");
    const auto reply = decoder.next();
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->texts.size(), half.size());
  }
}

TEST(RespDecoder, TakesMemoryForWhatArrivedNotForWhatIsPromised) {
  const auto taken = [] {
    const struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  const size_t before = taken();
  RespDecoder decoder;
  decoder.feed("*4000000\r\n$" + std::to_string(kRespBulkBytesMax) + "\r\nabc");
  const auto reply = decoder.next();
  ASSERT_TRUE(reply);
  EXPECT_FALSE(*reply);
  EXPECT_LT(taken(), before + (64u << 10));
}

TEST(RespDecoder, StaysDeadAfterAnError) {
  RespDecoder decoder;
  decoder.feed("x");
  const auto first = decoder.next();
  ASSERT_FALSE(first);
  decoder.feed("+OK\r\n");
  const auto second = decoder.next();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, first.error().message);
}

TEST(RespDecoder, ShowsForeignBytesEscaped) {
  const Decoded all = decoded("\x1b[31m");
  ASSERT_TRUE(all.error);
  EXPECT_NE(all.error->message.find("\\x1b[31m"), std::string::npos) << all.error->message;
}

}  // namespace
}  // namespace dbops

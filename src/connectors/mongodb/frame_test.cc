#include "connectors/mongodb/frame.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace dbops::mongodb {
namespace {

constexpr int32_t kRequest = 7;

std::string number(int32_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string frame(int32_t operation, const std::string& body, int32_t request = kRequest) {
  return number(static_cast<int32_t>(kFrameHeadBytes + body.size())) + number(1) + number(request) +
         number(operation) + body;
}

const std::string kEmpty = number(5) + std::string(1, '\0');  // The document {}.
const std::string kSection(1, '\0');

bool passes(const std::string& bytes) {
  const auto size = frame_bytes(bytes.substr(0, kFrameHeadBytes), kRequest);
  return size && *size == bytes.size() && check_frame(bytes);
}

TEST(MongoFrame, TakesRepliesOfOneDocument) {
  EXPECT_TRUE(passes(frame(2013, number(0) + kSection + kEmpty)));
  EXPECT_TRUE(passes(frame(2013, number(1) + kSection + kEmpty + number(123))));
  EXPECT_TRUE(passes(frame(1, number(8) + number(0) + number(0) + number(0) + number(1) + kEmpty)));
}

TEST(MongoFrame, RefusesWhatTheDriverWouldStumbleOver) {
  const std::string good = number(0) + kSection + kEmpty;
  EXPECT_FALSE(passes(frame(2013, good, 8)));  // to another request
  EXPECT_FALSE(passes(frame(2012, good)));     // compressed, which was not asked for
  EXPECT_FALSE(passes(frame(2013, number(2) + kSection + kEmpty)));  // more to come
  EXPECT_FALSE(passes(frame(2013, number(0) + "\1" + kEmpty)));      // a sequence
  EXPECT_FALSE(passes(frame(2013, good + "x")));                     // and more
  EXPECT_FALSE(passes(frame(2013, number(1) + kSection + kEmpty)));  // no checksum
  EXPECT_FALSE(passes(frame(2013, number(0) + kSection + number(6) + kSection)));
  EXPECT_FALSE(passes(frame(2013, number(0) + kSection + number(5) + "x")));
  EXPECT_FALSE(passes(frame(2013, number(0) + kSection + number(-1))));
  EXPECT_FALSE(passes(frame(2013, number(0))));
  EXPECT_FALSE(
      passes(frame(1, number(0) + number(0) + number(0) + number(0) + number(2) + kEmpty)));
  const std::string damaged = std::string("\3x\0", 3) + number(9) +
                              "\x7f"
                              "abc" +
                              kSection;
  EXPECT_FALSE(passes(frame(2013, number(0) + kSection + number(17) + damaged + kSection)));
  for (const int32_t size : {0, 16, -1, INT32_MIN, INT32_MAX}) {
    std::string bytes = frame(2013, good);
    bytes.replace(0, 4, number(size));
    EXPECT_FALSE(passes(bytes)) << size;
  }
}

}  // namespace
}  // namespace dbops::mongodb

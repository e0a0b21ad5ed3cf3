#include "mcp/seal.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace dbops::mcp {
namespace {

using std::chrono::seconds;

const std::chrono::system_clock::time_point kNow{seconds(1'800'000'000)};

class SealTest : public testing::Test {
 protected:
  const Seal seal_{std::string(32, 'k')};
  const std::string sealed_ = seal_.close("the state", "tools/call x", kNow + seconds(10));
};

TEST_F(SealTest, OpensWhatItClosed) {
  EXPECT_EQ(seal_.open(sealed_, "tools/call x", kNow), "the state");
  const std::string odd("a:b\0c", 5);
  EXPECT_EQ(seal_.open(seal_.close(odd, "", kNow + seconds(1)), "", kNow), odd);
}

TEST_F(SealTest, OpensNothingElse) {
  EXPECT_FALSE(seal_.open(sealed_, "tools/call y", kNow)) << "another request";
  EXPECT_FALSE(seal_.open(sealed_, "tools/call x", kNow + seconds(10))) << "too late";
  EXPECT_FALSE(seal_.open(sealed_ + "-TAMPERED", "tools/call x", kNow));
  EXPECT_FALSE(seal_.open("", "tools/call x", kNow));
  EXPECT_FALSE(seal_.open("not base64", "tools/call x", kNow));
  EXPECT_FALSE(seal_.open(base64("short"), "tools/call x", kNow));
  EXPECT_FALSE(seal_.open(std::string(kSealedBytesMax + 4, 'A'), "tools/call x", kNow));
  EXPECT_FALSE(Seal(std::string(32, 'j')).open(sealed_, "tools/call x", kNow)) << "another key";
}

TEST_F(SealTest, NoticesEveryChangedByte) {
  const std::string bytes = *decode_base64(sealed_);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal_.open(base64(changed), "tools/call x", kNow)) << "byte " << i;
  }
}

}  // namespace
}  // namespace dbops::mcp

// Fingerprints as people paste them; servers that show them are in elasticsearch's live tests.
#include "net/pin.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

TEST(Fingerprint, IsReadWithColonsAndWithout) {
  const std::string digits(64, 'a');
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AA" : ":AA";
  EXPECT_EQ(read_fingerprint(digits).value(), digits);
  EXPECT_EQ(read_fingerprint(colons).value(), digits);
  for (const std::string& bad : {std::string(), std::string(40, 'a'), std::string(63, 'a') + "g",
                                 std::string(128, 'a'), "SHA256:" + digits})
    EXPECT_EQ(read_fingerprint(bad).error().code, Code::invalid_config) << bad;
}

}  // namespace
}  // namespace dbops

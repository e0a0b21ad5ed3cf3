#include "base/secret.h"

#include <gtest/gtest.h>

#include <cstring>

namespace dbops {
namespace {

TEST(Secret, RevealsOnlyWhenAsked) {
  const Secret secret("hunter2");
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, IsCopiedAndMoved) {
  Secret first("a short one"), long_one(std::string(100, 'x'));
  Secret copy = first;
  EXPECT_EQ(copy.reveal(), "a short one");
  const Secret moved = std::move(copy);
  EXPECT_EQ(moved.reveal(), "a short one");
  EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): that is what is tested.
  first = long_one;
  EXPECT_EQ(first.reveal(), long_one.reveal());
  first = std::move(long_one);
  EXPECT_EQ(first.reveal(), std::string(100, 'x'));
  Secret& itself = first;
  first = std::move(itself);
  EXPECT_EQ(first.reveal(), std::string(100, 'x'));
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret secret("hunter2hunter2");  // Short enough to stand inside the object.
  const Secret moved = std::move(secret);
  std::string bytes(sizeof secret, '\0');
  std::memcpy(bytes.data(), static_cast<const void*>(&secret), sizeof secret);
  EXPECT_EQ(bytes.find("unter"), std::string::npos);
}

TEST(Redact, ReplacesEveryOccurrence) {
  const Secret secret("hunter2");
  EXPECT_EQ(redact("hunter2 and hunter2hunter2!", secret), "*** and ******!");
  EXPECT_EQ(redact("nothing", secret), "nothing");
  EXPECT_EQ(redact("", secret), "");
  EXPECT_EQ(redact("a abc", Secret("abc")), "a abc") << "too short to hide";
  EXPECT_EQ(redact("abc", Secret()), "abc");
}

}  // namespace
}  // namespace dbops

#include "front/cli/width.h"

#include <gtest/gtest.h>

namespace dbops::cli {
namespace {

TEST(Width, CountsWhatAReaderSees) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("plain"), 5u);
  EXPECT_EQ(display_width("naïve"), 5u);
  EXPECT_EQ(display_width("nai\u0308ve"), 5u);  // The dots are a combining mark.
  EXPECT_EQ(display_width("日本語"), 6u);
  EXPECT_EQ(display_width("ﾊﾝｶｸ"), 4u);  // Half-width.
  EXPECT_EQ(display_width("한국"), 4u);
  EXPECT_EQ(display_width("👍"), 2u);
  EXPECT_EQ(display_width("👍🏽"), 2u);                   // With a skin tone.
  EXPECT_EQ(display_width("👨‍👩‍👧‍👦"), 2u);  // Four people, joined.
  EXPECT_EQ(display_width("🇩🇪🇫🇷"), 4u);                       // Two flags.
  EXPECT_EQ(display_width("❤️"), 2u);  // Text by itself, an emoji by its selector.
  EXPECT_EQ(display_width("नमस्ते"), display_width("नम") + display_width("स्ते"));
}

TEST(Width, CountsAColumnForEachInvalidByte) {
  EXPECT_EQ(display_width("a\xff\xfe"), 3u);
  EXPECT_EQ(display_width("\xe6\x97"), 2u);  // Cut in the middle of a character.
}

TEST(Width, CutsBetweenVisibleCharacters) {
  EXPECT_EQ(display_prefix("abc", 2), "ab");
  EXPECT_EQ(display_prefix("日本", 3), "日");
  EXPECT_EQ(display_prefix("ae\u0301b", 2), "ae\u0301");
  EXPECT_EQ(display_prefix("👨‍👩‍👧x", 1), "");
  EXPECT_EQ(display_prefix("abc", 9), "abc");
  EXPECT_EQ(display_prefix("abc", 0), "");
}

TEST(Width, FitsWithAnEllipsis) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdef", 5), "abcd…");
  EXPECT_EQ(fit("日本語", 6), "日本語");
  EXPECT_EQ(fit("日本語", 5), "日本…");
  EXPECT_EQ(fit("日本語", 4), "日…");
  EXPECT_EQ(fit("x日", 1), "…");
}

}  // namespace
}  // namespace dbops::cli

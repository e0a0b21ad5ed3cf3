#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "base/time.h"

namespace dbops {
namespace {

// By the letter of RFC 3629, section 3.
std::string utf8(uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, KnowsAllCodePoints) {
  for (uint32_t point = 0; point < 0x120000; ++point) {
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    const std::string text = utf8(point);
    const size_t expected = surrogate || point > 0x10ffff ? 0 : text.size();
    ASSERT_EQ(character_bytes(text, 0), expected) << point;
    if (expected > 1) {
      ASSERT_EQ(character_bytes(std::string_view(text).substr(0, expected - 1), 0), 0u) << point;
    }
  }
}

TEST(Utf8, RefusesOverlongForms) {
  for (const std::string_view text :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf", "\x80", "\xbf", "\xfe", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98("})
    EXPECT_FALSE(valid_utf8(text));
}

TEST(Utf8, LooksAtEveryPlace) {
  EXPECT_TRUE(valid_utf8(""));
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xff';
    EXPECT_FALSE(valid_utf8(text)) << at;
    text.replace(at, 1, "\xf0\x9f\x98\x80");
    EXPECT_TRUE(valid_utf8(text)) << at;
  }
}

TEST(EscapeControl, LeavesNothingThatMovesACursor) {
  EXPECT_EQ(escape_control("a\nb\tc\rd\x1b[2J\x7f"), "a\\nb\\tc\\rd\\x1b[2J\\x7f");
  EXPECT_EQ(escape_control(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape_control("\xc2\x85\xe2\x80\xae\xe2\x81\xa6"), "\\u0085\\u202e\\u2066");
  EXPECT_EQ(escape_control("\xff"
                           "a\xe2\x82"),
            "\\xffa\\xe2\\x82");
  EXPECT_EQ(escape_control("na\xc3\xafve \xf0\x9f\x98\x80 \\"), "na\xc3\xafve \xf0\x9f\x98\x80 \\");
}

TEST(EscapeControl, AnswersValidTextForAnyBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      const std::string text = escape_control(bytes);
      ASSERT_TRUE(valid_utf8(text));
      ASSERT_EQ(text.find_first_of("\n\x1b\x7f"), std::string::npos);
      ASSERT_EQ(escape_control(text), text);
    }
  }
}

TEST(Nearest, FindsTheLikelyOne) {
  const std::vector<std::string> names = {"flights", "airports", "planes", "weather", "id"};
  EXPECT_EQ(nearest("flihgts", names), "flights");  // Swapped.
  EXPECT_EQ(nearest("flight", names), "flights");
  EXPECT_EQ(nearest("FLIGHTS", names), "flights");
  EXPECT_EQ(nearest("airportts", names), "airports");
  EXPECT_EQ(nearest("wether", names), "weather");
  EXPECT_EQ(nearest("customers", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("xx", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), names), std::nullopt);
  EXPECT_EQ(nearest("flights", std::vector<std::string>()), std::nullopt);
  EXPECT_EQ(nearest("ab", std::vector<std::string>{std::string(100'000, 'a')}), std::nullopt);
  EXPECT_EQ(nearest("plane", std::vector<std::string>{"plant", "planes"}), "plant")
      << "the first of equals";
}

TEST(Shorten, CutsBetweenCharacters) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdefg", 6), "abc...");
  EXPECT_EQ(shorten("a\xf0\x9f\x98\x80"
                    "bcdef",
                    6),
            "a...");
  EXPECT_EQ(shorten("abcdef", 2), "..");
  EXPECT_EQ(shorten("abcdef", 0), "");
  EXPECT_EQ(shorten(std::string(20, '\x80'), 10).size(), 7u);
  const std::string text = "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z\xc3\xa4\xe2\x82\xac";
  for (size_t bytes = 0; bytes < 20; ++bytes) {
    EXPECT_LE(shorten(text, bytes).size(), bytes);
    EXPECT_TRUE(valid_utf8(shorten(text, bytes))) << bytes;
  }
}

TEST(FormatBytes, HasThreeDigitsAtMost) {
  const std::pair<uint64_t, std::string_view> cases[] = {{0, "0 B"},
                                                         {812, "812 B"},
                                                         {999, "999 B"},
                                                         {1000, "1.0 KB"},
                                                         {1024, "1.0 KB"},
                                                         {1536, "1.5 KB"},
                                                         {10'189, "10 KB"},
                                                         {48u << 20, "48 MB"},
                                                         {1023u << 10, "1.0 MB"},
                                                         {3ull << 29, "1.5 GB"},
                                                         {UINT64_MAX, "16 EB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(format_bytes(bytes), text) << bytes;
}

TEST(FormatCount, GroupsDigits) {
  const std::pair<int64_t, std::string_view> cases[] = {{0, "0"},
                                                        {999, "999"},
                                                        {1000, "1,000"},
                                                        {336'776, "336,776"},
                                                        {-1, "-1"},
                                                        {-999, "-999"},
                                                        {-1000, "-1,000"},
                                                        {1'000'000, "1,000,000"},
                                                        {INT64_MIN, "-9,223,372,036,854,775,808"}};
  for (const auto& [count, text] : cases) EXPECT_EQ(format_count(count), text) << count;
}

TEST(Case, IsAsciiOnly) {
  EXPECT_EQ(lower("ABC xyz \xc3\x84"), "abc xyz \xc3\x84");
  EXPECT_TRUE(same_ignoring_case("Host", "hOST"));
  EXPECT_FALSE(same_ignoring_case("Host", "Hosts"));
  EXPECT_FALSE(same_ignoring_case("@", "`"));
}

TEST(ExpandEnvironment, ReplacesVariables) {
  setenv("DBOPS_TEXT_TEST", "value", 1);
  unsetenv("DBOPS_TEXT_TEST_UNSET");
  EXPECT_EQ(expand_environment("a${DBOPS_TEXT_TEST}b$c$").text, "avalueb$c$");
  EXPECT_EQ(expand_environment("$${DBOPS_TEXT_TEST}").text, "${DBOPS_TEXT_TEST}");
  EXPECT_EQ(expand_environment("${open").text, "${open");
  EXPECT_FALSE(expand_environment("${DBOPS_TEXT_TEST}").missing);
  const Expanded missing = expand_environment("x${DBOPS_TEXT_TEST_UNSET}y${}");
  EXPECT_EQ(missing.text, "xy");
  EXPECT_EQ(missing.missing, "DBOPS_TEXT_TEST_UNSET");
}

TEST(Time, IsWrittenInIso8601) {
  using std::chrono::milliseconds;
  const auto at = [](int64_t ms) {
    return std::chrono::system_clock::time_point(milliseconds(ms));
  };
  EXPECT_EQ(iso_time(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_time(at(1'795'540'026'123)), "2026-11-24T17:07:06.123Z");
  EXPECT_EQ(iso_time(at(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(iso_time(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(FormatDuration, SuitsItsSize) {
  const std::pair<int64_t, std::string_view> cases[] = {{-5, "0 us"},
                                                        {0, "0 us"},
                                                        {812, "812 us"},
                                                        {999, "999 us"},
                                                        {4'200, "4.2 ms"},
                                                        {9'999, "9.9 ms"},
                                                        {10'000, "10 ms"},
                                                        {999'999, "999 ms"},
                                                        {1'300'000, "1.3 s"},
                                                        {59'999'999, "59 s"},
                                                        {60'000'000, "1 min"},
                                                        {125'000'000, "2 min 5 s"},
                                                        {11'520'000'000, "3 h 12 min"}};
  for (const auto& [us, text] : cases)
    EXPECT_EQ(format_duration(std::chrono::microseconds(us)), text) << us;
}

}  // namespace
}  // namespace dbops

#include "base/bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace dbops {
namespace {

TEST(Base64, FollowsTheExamplesOfRfc4648) {
  const std::pair<std::string, std::string> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RoundTripsAnyBytes) {
  std::mt19937_64 random(1);
  for (const size_t size : {1, 2, 3, 100, 1000, 3 << 20, (3 << 20) + 1}) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = base64(bytes);
    EXPECT_EQ(text.size(), (size + 2) / 3 * 4);
    EXPECT_TRUE(decode_base64(text) == bytes) << size;
    EXPECT_TRUE(decode_hex(hex(bytes)) == bytes) << size;
  }
}

TEST(Base64, HasAnAlphabetForUrls) {
  const std::string bytes("\xfb\xef\xff\x00", 4);
  EXPECT_EQ(base64_url(bytes), "--__AA");
  EXPECT_EQ(decode_base64_url("--__AA"), bytes);
  for (const std::string_view wrong : {"++//AA", "--__AA==", "--__A", "--__AB", "--__\n", " "})
    EXPECT_FALSE(decode_base64_url(wrong)) << wrong;
}

TEST(Base64, IsStrict) {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zg==\n", " Zg==", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v=",
        "Zm-v", "Zm_v", "Zm9v\n\n\n\n", "Z=g=", "-g==", "Zm9vZm9\xc3"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
  EXPECT_FALSE(decode_base64(std::string_view("Zm9\0", 4)));
}

TEST(Hex, IsStrict) {
  EXPECT_EQ(hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(decode_hex("00FF1a"), std::string("\x00\xff\x1a", 3));
  for (const std::string_view text : {"0", "0g", "g0", " 0", "0x", "000"})
    EXPECT_FALSE(decode_hex(text)) << text;
}

TEST(Digests, FollowTheirStandards) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // RFC 4231, cases 2 and 6 (a key longer than a block).
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_sha256("", "").size(), 32u);
}

TEST(Random, NeverRepeats) {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(random_name());
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_EQ(names.begin()->size(), 32u);
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(1000).size(), 1000u);
}

TEST(EqualInConstantTime, ComparesAll) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace dbops

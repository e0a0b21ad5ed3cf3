#include "front/http/tokens.h"

#include <gtest/gtest.h>

#include <set>

#include "base/bytes.h"

namespace dbops::http {
namespace {

TEST(Tokens, AreMadeUnguessableAndKnownByTheirHash) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) made.insert(std::string(make_token().reveal()));
  EXPECT_EQ(made.size(), 100u);
  for (const std::string& text : made) {
    EXPECT_EQ(text.size(), 6u + 43u) << text;
    EXPECT_EQ(read_bearer("Bearer " + text), text);
  }
}

// `printf %s abc | sha256sum`
TEST(Tokens, HashesAreSha256InHex) {
  constexpr std::string_view kAbc =
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(format_token_hash(Secret("abc")), kAbc);
  EXPECT_EQ(parse_token_hash(kAbc), sha256("abc"));
  for (const char* wrong : {"", "sha256:", "sha256:ba", "ba7816bf", "md5:ba7816bf",
                            "sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
                            "15ad",
                            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
                            "15ad00"})
    EXPECT_EQ(parse_token_hash(wrong), std::nullopt) << wrong;
}

TEST(Tokens, FindsItsOwnerAndNobodyElse) {
  const Tokens tokens({{.hash = sha256("one"), .caller = {.principal = "ada"}},
                       {.hash = sha256("two"), .caller = {.principal = "bob"}}});
  ASSERT_NE(tokens.find("two"), nullptr);
  EXPECT_EQ(tokens.find("two")->principal, "bob");
  EXPECT_EQ(tokens.find("one")->principal, "ada");
  for (const std::string& wrong :
       {std::string(), std::string("on"), std::string("one "), std::string("ONE"), sha256("one"),
        hex(sha256("one")), std::string(kTokenBytesMax + 1, 'x')})
    EXPECT_EQ(tokens.find(wrong), nullptr) << wrong;
  EXPECT_TRUE(Tokens({}).empty());
  EXPECT_EQ(Tokens({}).find(""), nullptr);
}

TEST(Tokens, ReadsTheHeader) {
  EXPECT_EQ(read_bearer("Bearer abc"), "abc");
  EXPECT_EQ(read_bearer("bearer   a.b-c_d~e+f/g=="), "a.b-c_d~e+f/g==");
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "Bearer a b",
                            "Bearer a,b", "Bearer \"abc\"", "abc", " Bearer abc"})
    EXPECT_EQ(read_bearer(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace dbops::http

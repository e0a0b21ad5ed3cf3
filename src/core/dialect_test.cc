#include "core/dialect.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace dbops {
namespace {

TEST(Positions, AreCountedInCharacters) {
  const auto at = [](std::optional<uint64_t> position) {
    return at_character(Error{.code = Code::syntax, .message = "x", .position = position},
                        "a\u00e9\u20acb")
        .value()
        .position;
  };
  EXPECT_EQ(at(1), 1u);
  EXPECT_EQ(at(4), 3u);
  EXPECT_EQ(at(7), 4u);
  EXPECT_EQ(at(8), 5u) << "behind the end";
  EXPECT_EQ(at(std::nullopt), std::nullopt);
}

using Path = std::vector<std::string>;

TEST(Path, ReadsPlainAndQuotedNames) {
  EXPECT_EQ(*parse_path(""), Path{});
  EXPECT_EQ(*parse_path("flights"), Path{"flights"});
  EXPECT_EQ(*parse_path("public.flights"), (Path{"public", "flights"}));
  EXPECT_EQ(*parse_path(R"(public."my.table")"), (Path{"public", "my.table"}));
  EXPECT_EQ(*parse_path(R"("a""b".c)"), (Path{"a\"b", "c"}));
  EXPECT_EQ(*parse_path(R"("""")"), Path{"\""});
  EXPECT_EQ(*parse_path("my table.größe"), (Path{"my table", "größe"}));
}

TEST(Path, SaysWhatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto path = parse_path(text);
    if (path) return std::string("accepted");
    EXPECT_EQ(path.error().code, Code::invalid_argument);
    EXPECT_FALSE(path.error().hint.empty());
    return path.error().message;
  };
  EXPECT_EQ(message("a..b"), "the path a..b: a name in it is empty");
  EXPECT_EQ(message("a."), "the path a.: a name in it is empty");
  EXPECT_EQ(message(".a"), "the path .a: a name in it is empty");
  EXPECT_EQ(message("."), "the path .: a name in it is empty");
  EXPECT_EQ(message(R"("")"), R"(the path "": a name in it is empty)");
  EXPECT_EQ(message("\"a"), "the path \"a: a double quote is not closed");
  EXPECT_EQ(message("\"a\"\""), "the path \"a\"\": a double quote is not closed");
  EXPECT_EQ(message("\"a\"b"), "the path \"a\"b: a dot is missing behind a quoted name");
  EXPECT_EQ(message("a\"b"),
            "the path a\"b: a double quote stands inside a name that doesn't start with one");
  EXPECT_EQ(message("a\xff"), "the path a\\xff: not UTF-8");
  EXPECT_THAT(message(std::string(kPathBytesMax + 1, 'a')),
              testing::EndsWith("longer than 4.0 KB"));
  EXPECT_TRUE(parse_path(std::string(kPathBytesMax, 'a')));
  EXPECT_THAT(message(std::string(kPathBytesMax, ' ')),
              testing::EndsWith("longer than 4.0 KB with its quotes"));
}

TEST(Path, SurvivesFormatting) {
  const Path names = {"a",   "public", "my.table", "\"", "\"\"", "a b", "semi;colon", "✈️",
                      "é.é", "SELECT", "a'b",      ".",  " ",    "\n",  "-",          "a\\b"};
  for (const std::string& first : names) {
    for (const std::string& second : names) {
      const Path path = {first, second};
      const std::string text = format_path(path);
      const auto back = parse_path(text);
      ASSERT_TRUE(back) << text << ": " << back.error().message;
      EXPECT_EQ(*back, path) << text;
    }
  }
  EXPECT_EQ(format_path({"public", "flights"}), "public.flights");
  EXPECT_EQ(format_path({"public", "my.table"}), "public.\"my.table\"");
  EXPECT_EQ(format_path({}), "");
}

TEST(Script, NeedsTheHighestTierOfItsStatements) {
  Script script{.text = "a; b; c", .statements = {}};
  script.statements.push_back({.offset = 0, .size = 1, .verb = "A", .tier = Tier::read});
  EXPECT_EQ(script.tier(), Tier::read);
  script.statements.push_back({.offset = 3, .size = 1, .verb = "B", .tier = Tier::admin});
  script.statements.push_back({.offset = 6, .size = 1, .verb = "C", .tier = Tier::write});
  EXPECT_EQ(script.tier(), Tier::admin);
  EXPECT_EQ(script.statement_text(1), "b");
}

}  // namespace
}  // namespace dbops

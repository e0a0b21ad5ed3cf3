#include "connectors/redis/frame.h"

#include <gmock/gmock-matchers.h>

#include "connectors/redis/dialect.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;

TEST(RedisFrame, IsNoneOfTheStatements) {
  const auto script =
      dialect().parse("watch a b\nWATCH c\nGET a\n multi \nSET a 1\nFLUSHDB\n\nexec \n");
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->statements.size(), 3u);
  EXPECT_EQ(script->statement_text(1), "SET a 1");
  EXPECT_EQ(script->statements[1].tier, Tier::write);
  EXPECT_FALSE(script->statements[2].danger.empty());
  EXPECT_TRUE(is_transaction(*script));

  const auto parts = outline(script->text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->watches.size(), 2u);
  EXPECT_EQ(parts->multi, 1u);
  EXPECT_EQ(parts->commands.size(), 3u);
}

TEST(RedisFrame, IsMissingFromAPipeline) {
  const auto script = dialect().parse("GET a \n\nGET b\r\n \n");
  ASSERT_TRUE(script);
  EXPECT_FALSE(is_transaction(*script));
}

TEST(RedisFrame, IsAReadOfReads) {
  EXPECT_EQ(dialect().parse("MULTI\nGET a\nHGETALL b\nEXEC")->tier(), Tier::read);
  EXPECT_EQ(dialect().parse("MULTI\nGET a\nEVAL x 0\nEXEC")->tier(), Tier::admin);
}

TEST(RedisFrame, IsRefusedWhereItIsNotWhole) {
  for (const auto& [text, message] : std::vector<std::pair<const char*, const char*>>{
           {"MULTI", "MULTI without an EXEC"},
           {"MULTI\nSET a 1", "MULTI without an EXEC"},
           {"EXEC", "EXEC without a MULTI"},
           {"SET a 1\nEXEC", "EXEC without a MULTI"},
           {"\"MULTI\"\nSET a 1", "MULTI without an EXEC"},
           {"MULTI\nMULTI\nSET a 1\nEXEC", "don't nest"},
           {"MULTI\nSET a 1\nMULTI\nEXEC", "don't nest"},
           {"MULTI\nEXEC", "no command between"},
           {"GET a\nMULTI\nEXEC", "no command between"},
           {"MULTI\nSET a 1\nEXEC\nGET a", "behind EXEC"},
           {"MULTI\nSET a 1\nEXEC\nEXEC", "behind EXEC"},
           {"MULTI\nSET a 1\nDISCARD", "DISCARD is not needed"},
           {"UNWATCH", "UNWATCH is not needed"},
           {"WATCH a", "nothing is watched"},
           {"WATCH a\nSET a 1", "nothing is watched"},
           {"WATCH\nMULTI\nSET a 1\nEXEC", "names no key"},
           {"GET a\nWATCH a\nMULTI\nSET a 1\nEXEC", "behind a command"},
           {"MULTI\nWATCH a\nSET a 1\nEXEC", "inside the transaction"},
           {"WATCH a\nSET a 1\nMULTI\nSET a 1\nEXEC", "in front of MULTI"},
           {"MULTI x\nSET a 1\nEXEC", "MULTI takes no arguments"},
           {"MULTI\nSET a 1\nexec now", "EXEC takes no arguments"}}) {
    const auto script = dialect().parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_EQ(script.error().code, Code::invalid_argument) << text;
    EXPECT_THAT(script.error().message, HasSubstr(message)) << text;
    EXPECT_FALSE(script.error().hint.empty()) << text;
  }
  EXPECT_EQ(dialect().parse("MULTI\nSELECT 1\nEXEC").error().code, Code::unsupported);
  EXPECT_EQ(dialect().parse("GET é\nEXEC").error().position, 7u);
}

}  // namespace
}  // namespace dbops::redis

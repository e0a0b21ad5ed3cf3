#include "front/cli/splitter.h"

#include <gmock/gmock-matchers.h>

#include <vector>

namespace dbops::cli {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> split(std::string_view text) {
  Splitter splitter;
  splitter.feed(text);
  std::vector<std::string> statements;
  while (const auto next = splitter.next()) statements.push_back(*next);
  return statements;
}

TEST(Splitter, CutsAtSemicolons) {
  EXPECT_THAT(split("select 1; select 2 ;select 3"), ElementsAre("select 1", "select 2"));
  EXPECT_THAT(split(";;  ; -- nothing\n /* ; */ ;"), ElementsAre());
}

TEST(Splitter, PassesOverQuotesAndComments) {
  for (const char* whole :
       {"select ';'", "select 'it''s;'", "select \"a;b\"", "select `a;b`", "select E'\\';'",
        "select $$;$$", "select $tag$ $$;$$ $other$; $tag$", "select 1 -- ;\n + 1",
        "select /* ; /* ; */ ; */ 1", "select '\\'", "select $1, $2", "select name'x;'"}) {
    SCOPED_TRACE(whole);
    EXPECT_THAT(split(std::string(whole) + "; select 2;"), ElementsAre(whole, "select 2"));
  }
}

TEST(Splitter, KeepsBodiesTogether) {
  const std::string trigger =
      "create temp trigger t after insert on a begin\n"
      "  update b set c = case when new.end > 1 then 2 else 3 end;\n  delete from d;\nend";
  EXPECT_THAT(split(trigger + "; select 1;"), ElementsAre(trigger, "select 1"));
  const std::string function =
      "create or replace function f() returns int language sql begin atomic select 1; end";
  EXPECT_THAT(split(function + ";"), ElementsAre(function));
  const std::string postgres = "create trigger t before update on a execute function f()";
  EXPECT_THAT(split(postgres + "; select 1;"), ElementsAre(postgres, "select 1"));
  EXPECT_THAT(split("begin; end; create table \"begin\" (a); select 1;"),
              ElementsAre("begin", "end", "create table \"begin\" (a)", "select 1"));
}

TEST(Splitter, WaitsForMoreLines) {
  Splitter splitter;
  EXPECT_FALSE(splitter.pending());
  splitter.feed("select 'a");
  EXPECT_FALSE(splitter.next());
  EXPECT_TRUE(splitter.pending());
  EXPECT_TRUE(splitter.inside());
  splitter.feed(";b'");
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.inside());
  splitter.feed("; -- done");
  EXPECT_EQ(splitter.next(), "select 'a\n;b'");
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.pending());
}

TEST(Splitter, HandsOutWhatWasNotEnded) {
  Splitter splitter;
  splitter.feed("select 1; select 2  ");
  EXPECT_EQ(splitter.next(), "select 1");
  EXPECT_FALSE(splitter.next());
  EXPECT_EQ(splitter.take(), "select 2");
  EXPECT_FALSE(splitter.pending());
}

// However a text is cut into lines, the statements are the same.
TEST(Splitter, TakesAnyCut) {
  const std::string text = "select '\n;' ;\ninsert into t values ($a$\n;\n$a$, E'\\'\n;');";
  Splitter splitter;
  std::vector<std::string> found;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    splitter.feed(std::string_view(text).substr(start, end - start));
    while (const auto next = splitter.next()) found.push_back(*next);
    start = end + 1;
  }
  EXPECT_EQ(found, split(text));
  EXPECT_EQ(found.size(), 2u);
}

}  // namespace
}  // namespace dbops::cli

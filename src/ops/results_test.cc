// Results that are kept: pages, bounds, and whose they are.
#include "ops/results.h"

#include "core/grants.h"
#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::HasSubstr;

class ResultsTest : public OpsTest {
 protected:
  ResultsTest() : OpsTest({.result_bytes_max = 1u << 20, .results_max = 2}) {}

  std::unique_ptr<ResultWriter> begin() {
    auto writer = ResultWriter::begin(workspace_, context_.principal, "csv");
    EXPECT_TRUE(writer) << writer.error().message;
    return std::move(*writer);
  }
  KeptResult keep(const std::string& text) {
    const auto writer = begin();
    EXPECT_TRUE(writer->add(text).value());
    KeptResult result = writer->finish("db", 1, false).value();
    // Until the next one is younger.
    for (const int64_t now = state_now_ms(); state_now_ms() == now;) continue;
    return result;
  }
  uint64_t kept(StateKind kind) { return workspace_.shared().state->usage(kind, {})->count; }
};

TEST_F(ResultsTest, IsReadInPagesThatEndWithARow) {
  const std::string row(100u << 10, 'x');
  const auto writer = begin();
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(writer->add(row).value());
  const KeptResult result = writer->finish("db", 7, false).value();
  EXPECT_EQ(result.pages, 3u);
  EXPECT_EQ(result.bytes, 7 * row.size());
  std::string text;
  for (uint64_t page = 1; page <= result.pages; ++page) {
    const auto read = read_result(workspace_, context_, result.name, page);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->pages, result.pages);
    EXPECT_EQ(read->text.size() % row.size(), 0u);
    text += read->text;
  }
  EXPECT_EQ(text.size(), result.bytes);
  for (const uint64_t page : {uint64_t{0}, uint64_t{4}, UINT64_MAX})
    EXPECT_EQ(code_of(read_result(workspace_, context_, result.name, page)), Code::not_found);
}

TEST_F(ResultsTest, AnEmptyOneHasAPage) {
  const KeptResult result = begin()->finish("db", 0, false).value();
  EXPECT_EQ(read_result(workspace_, context_, result.name, 1)->text, "");
}

TEST_F(ResultsTest, IsForWhoMadeItWhileTheConnectionIs) {
  const KeptResult result = keep("secret");
  Context eve = context_;
  eve.principal = "eve";
  const auto refused = read_result(workspace_, eve, result.name, 1);
  EXPECT_EQ(code_of(refused), Code::not_found);
  EXPECT_THAT(refused.error().message, HasSubstr("no such result"));
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:read:other"));
  context_.grants = grants;
  EXPECT_EQ(code_of(read_result(workspace_, context_, result.name, 1)), Code::not_found);
}

TEST_F(ResultsTest, IsBoundedInBytes) {
  const auto writer = begin();
  const std::string row(400u << 10, 'x');
  EXPECT_TRUE(writer->add(row).value());
  EXPECT_TRUE(writer->add(row).value());
  EXPECT_FALSE(writer->add(row).value());
  EXPECT_EQ(code_of(writer->add(std::string(ResultWriter::kRowBytesMax + 1, 'x'))),
            Code::too_large);
}

TEST_F(ResultsTest, TheOldestGivesWay) {
  const KeptResult first = keep("1");
  keep("2");
  keep("3");
  EXPECT_EQ(kept(StateKind::result), 2u);
  EXPECT_EQ(kept(StateKind::page), 2u);
  EXPECT_EQ(code_of(read_result(workspace_, context_, first.name, 1)), Code::not_found);
}

TEST_F(ResultsTest, OneThatIsNotFinishedLeavesNothing) {
  {
    const auto writer = begin();
    EXPECT_TRUE(writer->add(std::string(600u << 10, 'x')).value());
    EXPECT_EQ(kept(StateKind::page), 1u);
  }
  EXPECT_EQ(kept(StateKind::page), 0u);
}

class FullResultsTest : public OpsTest {
 protected:
  FullResultsTest() : OpsTest({.results_bytes_total = 1}) {}
};

TEST_F(FullResultsTest, AllAreBoundedToo) {
  const auto writer = ResultWriter::begin(workspace_, "ada", "csv");
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->add("text").value());
  EXPECT_TRUE((*writer)->finish("db", 1, false));
  EXPECT_EQ(code_of(ResultWriter::begin(workspace_, "eve", "csv")), Code::exhausted);
}

}  // namespace
}  // namespace dbops::ops

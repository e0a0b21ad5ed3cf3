// What a read answers: exact values, one result for each statement, errors that say what is wrong.

#include <unistd.h>
#include <fstream>

#include "base/time.h"
#include "contract/contract.h"

namespace dbops::contract {
namespace {

using testing::ElementsAre;
using testing::Not;

constexpr uint64_t kMillion = 1'000'000;
constexpr uint64_t kGrowthMax = 20U << 20;  // bytes

// Resident memory of this process, bytes.
uint64_t resident() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0;
  uint64_t pages = 0;
  statm >> size >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

Parameters texts(const std::vector<std::pair<std::string, std::string>>& items) {
  Parameters parameters;
  for (const auto& [name, text] : items) parameters.add(name, Value::text(text));
  return parameters;
}

TEST_P(Contract, ReadsRowsInOrder) {
  const auto session = connect(Tier::read);
  const auto answers = must(run(*session, statements().read_items));
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].rows.size(), 100U);
  EXPECT_EQ(answers[0].rows[0], (Row{"1", "item 1"}));
  EXPECT_EQ(answers[0].rows[99], (Row{"100", "item 100"}));
  ASSERT_EQ(answers[0].schema.size(), 2U);
  EXPECT_EQ(answers[0].schema[0].name, statements().item_columns[0]);
  EXPECT_EQ(answers[0].schema[1].name, statements().item_columns[1]);
  EXPECT_EQ(answers[0].summary.affected, std::nullopt);
}

TEST_P(Contract, KeepsEveryTypeExact) {
  const auto session = connect(Tier::read);
  for (const TypeCase& each : quirks().types) {
    SCOPED_TRACE(each.literal);
    const std::string literal = quirks().read_literal(each.literal);
    const Script script = parse(literal);
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
    Stream* stream = must(results->next({}));
    Batch batch;
    auto read = stream->next({}, batch);
    if (!read) {
      ADD_FAILURE() << read.error().message;
      continue;
    }
    ASSERT_TRUE(*read);
    EXPECT_EQ(stream->schema()[0].type, each.type);
    EXPECT_EQ(name(batch.row(0)[0].kind()), name(each.kind));
    EXPECT_EQ(text_of(batch.row(0)[0]), each.text);
  }
}

TEST_P(Contract, TakesBackEveryTypeAsAParameter) {
  const auto session = connect(Tier::read);
  for (const TypeCase& each : quirks().types) {
    if (!each.echoes) continue;
    SCOPED_TRACE(each.literal);
    Parameters parameters;
    {
      const Script script = parse(quirks().read_literal(each.literal));
      const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
      Batch batch;
      ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
      parameters.add({}, batch.row(0)[0]);
    }
    const auto answers =
        contract::run({}, *session, parse(quirks().echo(each.type)), parameters, Mode::read);
    if (!answers) {
      ADD_FAILURE() << answers.error().message;
      continue;
    }
    EXPECT_EQ((*answers)[0].rows[0][0], each.text);
  }
}

TEST_P(Contract, TellsNullFromEmpty) {
  const auto session = connect(Tier::read);
  const Script script = parse(statements().null_and_empty);
  const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
  Batch batch;
  ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
  std::vector<Value> all;
  for (size_t i = 0; i < batch.rows(); ++i)
    all.insert(all.end(), batch.row(i).begin(), batch.row(i).end());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].is_null());
  ASSERT_EQ(all[1].kind(), Kind::text);
  EXPECT_EQ(all[1].as_text(), "");
}

TEST_P(Contract, ReadsALargeCellWhole) {
  const auto session = connect(Tier::read);
  const auto rows = read(*session, statements().mebibyte);
  EXPECT_TRUE(rows[0][0] == std::string(1 << 20, 'x'));
}

TEST_P(Tables, ReadsVeryManyColumns) {
  const auto session = connect(Tier::read);
  EXPECT_EQ(parse(statements().wide).tier(), Tier::read);
  const auto rows = read(*session, statements().wide);
  ASSERT_EQ(rows[0].size(), statements().wide_columns);
  for (size_t i = 0; i < rows[0].size(); ++i) ASSERT_EQ(rows[0][i], std::to_string(i + 1));
}

TEST_P(Contract, ReadsAMillionRowsInConstantMemory) {
  const auto session = connect(Tier::read);
  const Script script = parse(statements().million);
  const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
  Stream* stream = must(results->next({}));
  EXPECT_EQ(stream->schema().size(), statements().million_columns);
  Batch batch;
  uint64_t rows = 0;
  uint64_t first = 0;
  uint64_t most = 0;
  for (uint64_t batches = 0; must(stream->next({}, batch)); ++batches) {
    rows += batch.rows();
    if (batches == 3) first = resident();
    if (batches % 64 == 0) most = std::max(most, resident());
  }
  EXPECT_EQ(rows, kMillion);
  // Sanitizers keep what is freed.
  EXPECT_TRUE(kSanitized || most < first + kGrowthMax) << most - first << " bytes more";
  EXPECT_EQ(must(results->next({})), nullptr);
}

TEST_P(Contract, FillsNoBatchBeyondWhatIsWanted) {
  const auto session = connect(Tier::read);
  const Script script = parse(statements().read_items);
  const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
  Stream* stream = must(results->next({}));
  Batch batch(7);
  size_t rows = 0;
  while (must(stream->next({}, batch))) {
    ASSERT_LE(batch.rows(), 7U);
    rows += batch.rows();
  }
  EXPECT_EQ(rows, 100U);
}

TEST_P(Contract, StopsTheServerAfterTenRows) {
  auto session = connect(Tier::read);
  const Stopwatch stopwatch;
  {
    const Script script = parse(statements().million);
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
    Batch batch(10);
    ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
    EXPECT_EQ(batch.rows(), 10U);
  }
  EXPECT_LT(stopwatch.elapsed(), 2 * stop_max());
  expect_works_after_stop(std::move(session), Stopped::between_replies);
}

TEST_P(Contract, BindsParametersByPosition) {
  const auto session = connect(Tier::read);
  const Script script = parse(statements().positional);
  const std::string text = "it's \"$1\" ?1 :a; drop table items --";
  auto answers = contract::run({}, *session, script, texts({{"", text}, {"", ""}, {"", "✈️"}}),
                               Mode::read);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_THAT(cells((*answers)[0]), ElementsAre(text, "", "✈️"));

  answers = contract::run({}, *session, script, texts({{"", "1"}, {"", "2"}}), Mode::read);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::invalid_argument);
  answers = contract::run({}, *session, script, texts({{"", "1"}, {"", "2"}, {"", "3"}, {"", "4"}}),
                          Mode::read);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::invalid_argument);
  EXPECT_TRUE(session->ping({}));
}

TEST_P(Contract, BindsParametersByName) {
  const auto session = connect(Tier::read);
  const Script script = parse(statements().named);
  auto answers =
      contract::run({}, *session, script, texts({{"c", "3"}, {"a", "1"}, {"b", "2"}}), Mode::read);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_THAT(cells((*answers)[0]), ElementsAre("1", "2", "3"));
  answers =
      contract::run({}, *session, script, texts({{"a", "1"}, {"b", "2"}, {"d", "3"}}), Mode::read);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::invalid_argument);
}

TEST_P(Contract, AnswersOneResultForEachStatement) {
  const auto session = connect(Tier::read);
  const std::string& separator = statements().separator;
  const std::string script = statements().read_items + separator + "\n" +
                             statements().null_and_empty + separator + " " + statements().state +
                             separator;
  const auto answers = must(run(*session, script));
  const size_t states = parse(statements().state).statements.size();
  ASSERT_EQ(answers.size(), 2 + states);
  EXPECT_EQ(answers[0].rows.size(), 100U);
  EXPECT_THAT(cells(answers[1]), ElementsAre("NULL", ""));
  std::vector<Row> last;
  for (size_t i = 2; i < answers.size(); ++i)
    last.insert(last.end(), answers[i].rows.begin(), answers[i].rows.end());
  EXPECT_EQ(last, state());
}

TEST_P(Contract, PassesOverWhatIsNotRead) {
  const auto session = connect(Tier::read);
  const Script script = parse(script_of({statements().million, statements().null_and_empty}));
  const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
  Batch batch(1);
  ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
  ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
  EXPECT_TRUE(batch.row(0)[0].is_null());
}

TEST_P(Contract, SaysWhereTheSyntaxIsWrong) {
  const auto session = connect(Tier::read);
  const auto answers = run(*session, statements().syntax_error);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::syntax) << answers.error().message;
  EXPECT_EQ(answers.error().position, statements().syntax_error_position);
  EXPECT_EQ(answers.error().effect, Effect::none);
  EXPECT_TRUE(session->ping({}));
}

TEST_P(Contract, RefusesTextsThatAreNoStatement) {
  const auto code = [&](std::string_view text) {
    const auto script = dialect().parse(text);
    return script ? std::string("parsed") : std::string(name(script.error().code));
  };
  EXPECT_EQ(code(""), "invalid_argument");
  EXPECT_EQ(code(statements().nothing), "invalid_argument");
  EXPECT_EQ(code(std::string_view("select 1\0", 9)), "invalid_argument");
  EXPECT_EQ(code("select '\xff\xfe'"), "invalid_argument");
  EXPECT_EQ(code(std::string(kScriptBytesMax + 1, ' ')), "too_large");
  std::string many;
  for (size_t i = 0; i <= kStatementsMax; ++i)
    many += statements().null_and_empty + statements().separator;
  EXPECT_EQ(code(many), "too_large");
}

TEST_P(Tables, NamesWhatIsMissing) {
  const auto session = connect(Tier::read);
  const auto answers = run(*session, statements().missing_relation);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::not_found);
  EXPECT_THAT(answers.error().message, testing::HasSubstr("itemz"));
  EXPECT_THAT(answers.error().hint, Not(testing::IsEmpty()));
  EXPECT_TRUE(session->ping({}));
}

TEST_P(Contract, TellsAValueThatCannotBeWorkedWith) {
  const auto session = connect(Tier::read);
  const auto answers = run(*session, statements().data_error);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::data) << answers.error().message;
  EXPECT_EQ(answers.error().effect, Effect::none);
  EXPECT_FALSE(session->broken());
  EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
}

TEST_P(Contract, TakesNoParametersForSeveralStatements) {
  const auto session = connect(Tier::read);
  const Script script = parse(script_of({statements().read_items, statements().read_items}));
  const auto results = session->queries()->run({}, script, texts({{"", "1"}}), Mode::read);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dbops::contract

// Writes: all of a script or nothing of it, and an error says which.

#include "contract/contract.h"

namespace dbops::contract {
namespace {

TEST_P(Contract, CommitsAWriteAndCountsIt) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers = must(run(*session, statements().rename_items, Mode::write));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].summary.affected,
            statements().counts_changes ? std::optional<uint64_t>(100) : std::nullopt);
  EXPECT_NE(state(), before);
}

TEST_P(Transactions, RehearsesAWriteAndChangesNothing) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers = must(run(*session, statements().rename_items, Mode::rehearse));
  EXPECT_EQ(answers[0].summary.affected, 100U);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(read(*session, statements().state), before);
}

TEST_P(Contract, SeesItsOwnWritesInOneScript) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers =
      must(run(*session, script_of({statements().add_item, statements().read_items}), Mode::write));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].summary.affected,
            statements().counts_changes ? std::optional<uint64_t>(1) : std::nullopt);
  EXPECT_EQ(answers[1].rows.size(), 101U);
  EXPECT_NE(state(), before);
}

TEST_P(Transactions, RehearsesAScriptThatSeesItsOwnWrites) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers = must(
      run(*session, script_of({statements().add_item, statements().read_items}), Mode::rehearse));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].summary.affected, 1U);
  EXPECT_EQ(answers[1].rows.size(), 101U);
  EXPECT_EQ(state(), before);
}

TEST_P(Transactions, AFailureUndoesTheWholeScript) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers =
      run(*session, script_of({statements().add_item, statements().add_duplicate}), Mode::write);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::constraint) << answers.error().message;
  EXPECT_EQ(answers.error().effect, Effect::none);
  EXPECT_EQ(state(), before);
  EXPECT_FALSE(session->broken());
  EXPECT_TRUE(run(*session, statements().add_item, Mode::write));
}

TEST_P(Tables, TellsABrokenConstraint) {
  const auto session = connect(Tier::write);
  for (const std::string& statement : {statements().add_duplicate, statements().add_orphan}) {
    const auto answers = run(*session, statement, Mode::write);
    ASSERT_FALSE(answers) << statement;
    EXPECT_EQ(answers.error().code, Code::constraint) << answers.error().message;
    EXPECT_EQ(answers.error().effect, Effect::none);
    EXPECT_FALSE(answers.error().native_code.empty());
    EXPECT_FALSE(session->broken());
  }
}

TEST_P(Transactions, ResultsThatAreDroppedAreRolledBack) {
  const auto session = connect(Tier::write);
  const auto before = state();
  {
    const Script script = parse(script_of({statements().add_item, statements().read_items}));
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::write));
    Batch batch(1);
    must(results->next({}));
    ASSERT_TRUE(must(must(results->next({}))->next({}, batch)));
  }
  EXPECT_EQ(state(), before);
  EXPECT_EQ(read(*session, statements().state), before);
  EXPECT_TRUE(run(*session, statements().add_item, Mode::write));
}

}  // namespace
}  // namespace dbops::contract

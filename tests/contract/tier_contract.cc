// The read tier can't be talked round.

#include "contract/contract.h"
#include "core/policy.h"

namespace dbops::contract {
namespace {

// What refuses an attempt: dbops itself, the grammar, or the engine.
bool refuses(Code code) {
  return code == Code::forbidden || code == Code::syntax || code == Code::invalid_argument ||
         code == Code::unsupported;
}

TEST_P(Contract, ClassifiesWhatWritesAsAWrite) {
  const ConnectionOptions options = sandbox().options(Tier::read);
  for (const Attempt& attempt : quirks().attempts) {
    if (!attempt.unseen_by_dialect.empty()) continue;
    SCOPED_TRACE(attempt.statement);
    const auto script = dialect().parse(attempt.statement);
    if (!script) {
      EXPECT_TRUE(refuses(script.error().code)) << script.error().message;
      continue;
    }
    EXPECT_GT(script->tier(), Tier::read);
    const Verdict verdict = judge({}, options, *script, Mode::read);
    EXPECT_FALSE(verdict.allowed);
    EXPECT_EQ(verdict.refusal.code, Code::forbidden);
    for (const Statement& statement : script->statements)
      EXPECT_EQ(statement.reason.empty(), statement.tier == Tier::read) << statement.verb;
  }
}

TEST_P(Contract, ReadsOfEveryKindAreReads) {
  for (const std::string& text :
       {statements().read_items, statements().state, statements().slow, statements().million,
        statements().positional, statements().mebibyte})
    EXPECT_EQ(parse(text).tier(), Tier::read) << text;
}

TEST_P(Contract, RefusesEveryAttemptInTheReadMode) {
  const auto before = state();
  for (const Tier tier : {Tier::read, Tier::admin}) {
    const auto session = connect(tier);
    for (const Attempt& attempt : quirks().attempts) {
      SCOPED_TRACE(attempt.statement);
      const auto script = dialect().parse(attempt.statement);
      if (!script) continue;
      const auto answers = contract::run({}, *session, *script, {}, Mode::read);
      if (answers) {
        ADD_FAILURE() << "it got through";
        continue;
      }
      EXPECT_EQ(answers.error().code, Code::forbidden) << answers.error().message;
      EXPECT_EQ(answers.error().effect, Effect::none);
    }
    EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
  }
  EXPECT_EQ(state(), before);
}

// The second line of defence: even if dbops took it for a read, the engine refuses.
TEST_P(Contract, TheEngineRefusesByItself) {
  const auto before = state();
  for (const Attempt& attempt : quirks().attempts) {
    if (!attempt.engine_lets_it.empty()) continue;
    SCOPED_TRACE(attempt.statement);
    auto script = dialect().parse(attempt.statement);
    if (!script) continue;
    for (Statement& statement : script->statements) {
      statement.tier = Tier::read;
      statement.reason.clear();
    }
    const auto session = connect(Tier::read);
    EXPECT_FALSE(contract::run({}, *session, *script, {}, Mode::read)) << "it got through";
    ASSERT_EQ(state(), before);
  }
}

TEST_P(Contract, TheEngineRefusesWritesInDisguise) {
  const auto before = state();
  for (const std::string& statement : quirks().disguised) {
    const auto session = connect(Tier::read);
    const auto answers = run(*session, statement);
    ASSERT_FALSE(answers) << statement;
    EXPECT_EQ(answers.error().effect, Effect::none);
    EXPECT_EQ(state(), before);
  }
}

// A bug above this layer must not turn a read connection into a write one.
TEST_P(Contract, AReadConnectionRefusesTheWriteMode) {
  const auto before = state();
  for (const Mode mode : {Mode::write, Mode::rehearse}) {
    const auto session = connect(Tier::read);
    const auto answers = run(*session, statements().rename_items, mode);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().effect, Effect::none);
    EXPECT_EQ(state(), before);
  }
}

TEST_P(Contract, OneWriteAmongReadsIsEnough) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const std::string script =
      script_of({statements().read_items, statements().rename_items, statements().read_items});
  const auto answers = run(*session, script);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::forbidden);
  EXPECT_EQ(state(), before);
}

}  // namespace
}  // namespace dbops::contract

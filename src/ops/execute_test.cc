#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ExecuteTest : public OpsTest {
 protected:
  explicit ExecuteTest(Settings settings = {}) : OpsTest(std::move(settings)) {}

  Result<std::optional<Confirmation>> execute(ExecuteRequest request) {
    return ops::execute(workspace_, context_, std::move(request), sink_);
  }
  // The token that the statement needs.
  std::string token_for(ExecuteRequest request) {
    const auto answer = execute(std::move(request));
    EXPECT_TRUE(answer && *answer);
    return answer && *answer ? (*answer)->token : std::string();
  }
  void expect_refused(ExecuteRequest request, const char* reason) {
    const int commits = server_.commits;
    const auto answer = execute(std::move(request));
    EXPECT_EQ(server_.commits, commits);
    ASSERT_EQ(code_of(answer), Code::expired);
    EXPECT_THAT(answer.error().message, HasSubstr(reason));
  }

  Collected sink_;
};

TEST_F(ExecuteTest, WritesAndSaysWhatItDid) {
  const auto answer = execute(writing("INSERT x"));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  ASSERT_THAT(sink_.pages, SizeIs(1));
  EXPECT_EQ(sink_.pages[0].summary.affected, 1u);
  EXPECT_EQ(sink_.pages[0].summary.command, "INSERT");
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ExecuteTest, IsRefusedInTheReadTier) {
  const auto answer = execute(writing("INSERT x", "db"));
  ASSERT_EQ(code_of(answer), Code::forbidden);
  EXPECT_THAT(answer.error().hint, HasSubstr("--tier db=write"));
  EXPECT_EQ(code_of(execute(writing("GRANT x"))), Code::forbidden);
  EXPECT_EQ(server_.connects, 0);
}

TEST_F(ExecuteTest, ReadsInTheReadTierOnlyAsARead) {
  ASSERT_TRUE(execute(writing("SELECT 2", "db")));
  EXPECT_EQ(server_.commits, 0);
  EXPECT_EQ(server_.rollbacks, 1);
}

TEST_F(ExecuteTest, DropsRowsBeyondTheLimitButEndsTheWork) {
  ExecuteRequest request = writing("SELECT 50");
  request.limit = 3;
  ASSERT_TRUE(execute(std::move(request)));
  EXPECT_THAT(sink_.rows, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(sink_.pages[0].truncated);
  EXPECT_EQ(sink_.pages[0].cut_by, "limit of 3 rows");
  EXPECT_EQ(sink_.pages[0].cursor, "");
  EXPECT_EQ(server_.rows_made, 50u);
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ExecuteTest, SaysWhatOfAWriteIsLost) {
  server_.reply("INSERT x", {.rows = 5});
  ExecuteRequest request = writing("SELECT 9;INSERT x");
  request.limit = 3;
  ASSERT_TRUE(execute(std::move(request)));
  ASSERT_THAT(sink_.pages, SizeIs(2));
  EXPECT_THAT(sink_.pages[0].summary.warnings, SizeIs(0));  // A read can be asked again.
  EXPECT_THAT(sink_.pages[1].summary.warnings,
              ElementsAre(HasSubstr("the limit of 3 rows leaves out 2 rows that this statement")));
}

TEST_F(ExecuteTest, RehearsesWithoutConfirmation) {
  ExecuteRequest request = writing("DROP t");
  request.dry_run = true;
  const auto answer = execute(std::move(request));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_EQ(server_.commits, 0);
  EXPECT_EQ(server_.rollbacks, 1);
  EXPECT_THAT(sink_.pages[0].summary.warnings,
              ElementsAre("dry run: rolled back, nothing was changed"));
}

TEST_F(ExecuteTest, RehearsesNothingThatHasNoTransaction) {
  ExecuteRequest request = writing("VACUUM");
  request.dry_run = true;
  EXPECT_EQ(code_of(execute(std::move(request))), Code::unsupported);
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(ExecuteTest, WantsConfirmationAndTakesItOnce) {
  const auto asked = execute(writing("SELECT 1; DROP t; DELETE u"));
  ASSERT_TRUE(asked);
  ASSERT_TRUE(*asked);
  EXPECT_THAT((*asked)->dangers, ElementsAre("DROP destroys data", "DELETE destroys data"));
  EXPECT_EQ((*asked)->life, std::chrono::seconds(300));
  EXPECT_EQ(server_.runs, 0);
  EXPECT_THAT(sink_.schemas, SizeIs(0));

  const auto confirmed = [&] {
    ExecuteRequest request = writing("SELECT 1; DROP t; DELETE u");
    request.confirm = (*asked)->token;
    return request;
  };
  const auto answer = execute(confirmed());
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_EQ(server_.commits, 1);
  expect_refused(confirmed(), "used already");
}

TEST_F(ExecuteTest, AsksTheEngineWhatCanBeToldBeforehand) {
  const auto asked = [&](const std::string& statement) {
    const auto answer = execute(writing(statement));
    EXPECT_TRUE(answer && *answer);
    return answer && *answer ? **answer : Confirmation();
  };
  EXPECT_TRUE(asked("DROP t").can_rehearse);
  EXPECT_FALSE(asked("DROP t; VACUUM").can_rehearse);
  server_.preview = Queries::Preview{.rehearses = false, .effects = {"that is 3 rows"}};
  EXPECT_FALSE(asked("DROP t").can_rehearse);
  EXPECT_THAT(asked("DROP t").dangers, ElementsAre("DROP destroys data", "that is 3 rows"));
  server_.preview = fail(Code::timeout, "slow");
  EXPECT_FALSE(asked("DROP t").can_rehearse);
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(ExecuteTest, AsksNobodyForWhatCouldNotRun) {
  server_.connect_error = Error{.code = Code::unreachable, .message = "nobody there"};
  EXPECT_EQ(code_of(execute(writing("DROP t"))), Code::unreachable);
}

TEST_F(ExecuteTest, BelievesTheFrontThatAskedThePerson) {
  ExecuteRequest request = writing("DROP t");
  request.confirmed = true;
  const auto answer = execute(std::move(request));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ExecuteTest, RefusesATokenForAnythingElse) {
  ExecuteRequest asked = writing("DROP t");
  asked.parameters.add("", Value::integer(1));
  const std::string token = token_for(std::move(asked));
  const auto with = [&](const std::string& statement, int64_t parameter,
                        const std::string& connection) {
    ExecuteRequest request = writing(statement, connection);
    request.parameters.add("", Value::integer(parameter));
    request.confirm = token;
    return request;
  };
  expect_refused(with("DROP u", 1, "writable"), "another statement");
  expect_refused(with("DROP t ", 1, "writable"), "another statement");
  expect_refused(with("DROP t", 2, "writable"), "another statement");
  expect_refused(with("DROP t", 1, "owned"), "another statement");
  context_.principal = "eve";
  expect_refused(with("DROP t", 1, "writable"), "another statement");
  context_.principal = "ada";
  for (size_t i = 0; i < token.size(); ++i) {  // Not one character of it may be another.
    ExecuteRequest request = with("DROP t", 1, "writable");
    request.confirm[i] = request.confirm[i] == 'A' ? 'B' : 'A';
    const int commits = server_.commits;
    EXPECT_EQ(code_of(execute(std::move(request))), Code::expired) << i;
    EXPECT_EQ(server_.commits, commits);
  }
  ExecuteRequest request = with("DROP t", 1, "writable");
  request.confirm = "yes";
  expect_refused(std::move(request), "not one of this server's");
  EXPECT_TRUE(execute(with("DROP t", 1, "writable")));  // None of it used the token up.
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ExecuteTest, SaysUnknownWhenTheReplyToTheCommitIsLost) {
  server_.commit_error = Error{.code = Code::disconnected,
                               .message = "lost",
                               .effect = Effect::unknown,
                               .session_broken = true};
  const auto answer = execute(writing("INSERT x"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::unknown);
  EXPECT_THAT(sink_.pages, SizeIs(0));  // Nothing was said to be done.
  EXPECT_EQ(server_.sessions, 0);
}

TEST_F(ExecuteTest, SaysAppliedWhenOnlyTheAnswerFails) {
  sink_.end_error = Error{.code = Code::io, .message = "pipe"};
  const auto answer = execute(writing("INSERT x"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::applied);
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ExecuteTest, RollsBackWhenTheRowsCannotBeHandedOver) {
  sink_.row_error = Error{.code = Code::io, .message = "pipe"};
  const auto answer = execute(writing("SELECT 5"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::none);
  EXPECT_EQ(server_.commits, 0);
  EXPECT_EQ(server_.rollbacks, 1);
}

class ShortConfirmation : public ExecuteTest {
 protected:
  ShortConfirmation() : ExecuteTest({.confirmation_life = std::chrono::seconds(0)}) {}
};

TEST_F(ShortConfirmation, Expires) {
  ExecuteRequest request = writing("DROP t");
  request.confirm = token_for(writing("DROP t"));
  expect_refused(std::move(request), "too old");
}

TEST(Confirmations, TokensOfAnotherProcessAreWorthNothing) {
  const Parameters none;
  const ConfirmationSubject subject{"execute", "db", "DROP t", none, "ada"};
  Confirmations before(std::chrono::seconds(300), make_own_state());
  Confirmations after(std::chrono::seconds(300), make_own_state());
  EXPECT_EQ(code_of(after.redeem(before.issue(subject), subject)), Code::expired);
}

TEST(Confirmations, OfReplicasOneTakesAToken) {
  const Parameters none;
  const ConfirmationSubject subject{"execute", "db", "DELETE all", none, "ada"};
  const SharedState shared = make_own_state();
  Confirmations one(std::chrono::seconds(300), shared);
  Confirmations two(std::chrono::seconds(300), shared);
  Confirmations stranger(std::chrono::seconds(300), {shared.state, std::string(32, 'k')});
  const std::string token = one.issue(subject);
  EXPECT_EQ(code_of(stranger.redeem(token, subject)), Code::expired);
  EXPECT_EQ(code_of(two.redeem(token, subject)), std::nullopt);
  EXPECT_EQ(code_of(one.redeem(token, subject)), Code::expired);
}

TEST(Confirmations, ADeclinedOneIsNobodysAnyMore) {
  const Parameters none;
  const ConfirmationSubject subject{"execute", "db", "DELETE all", none, "ada"};
  const SharedState shared = make_own_state();
  Confirmations one(std::chrono::seconds(300), shared);
  Confirmations two(std::chrono::seconds(300), shared);
  const std::string token = one.issue(subject);
  EXPECT_TRUE(one.decline(token, "ada"));
  EXPECT_TRUE(two.decline(token, "ada")) << "a no that is said again";
  EXPECT_EQ(code_of(one.redeem(token, subject)), Code::expired);
  EXPECT_EQ(code_of(two.redeem(token, subject)), Code::expired);
  Confirmations full(std::chrono::seconds(300), {make_memory_state(0), std::string(32, 'k')});
  EXPECT_EQ(code_of(full.decline(full.issue(subject), "ada")), Code::exhausted);
}

TEST(Confirmations, WhatCantBeRememberedIsNotConfirmed) {
  const Parameters none;
  const ConfirmationSubject subject{"execute", "db", "DELETE all", none, "ada"};
  Confirmations full(std::chrono::seconds(300), {make_memory_state(0), std::string(32, 'k')});
  const auto redeemed = full.redeem(full.issue(subject), subject);
  EXPECT_EQ(code_of(redeemed), Code::exhausted);
  EXPECT_EQ(redeemed.error().effect, Effect::none);
}

TEST(Confirmations, NoTwoSubjectsAreOne) {
  // The same bytes in a row, cut in another way.
  const Parameters none;
  Confirmations confirmations(std::chrono::seconds(300), make_own_state());
  const std::string token = confirmations.issue({"execute", "ab", "c", none, "ada"});
  EXPECT_FALSE(confirmations.redeem(token, {"execute", "a", "bc", none, "ada"}));
  EXPECT_FALSE(confirmations.redeem(token, {"executea", "b", "c", none, "ada"}));
  EXPECT_FALSE(confirmations.redeem(token, {"execute", "ab", "c", none, "ada", "other.db"}));
  EXPECT_TRUE(confirmations.redeem(token, {"execute", "ab", "c", none, "ada"}));
}

TEST(Confirmations, TokensDiffer) {
  const Parameters none;
  const Confirmations confirmations(std::chrono::seconds(300), make_own_state());
  const ConfirmationSubject subject{"execute", "db", "DROP t", none, "ada"};
  EXPECT_NE(confirmations.issue(subject), confirmations.issue(subject));
}

TEST(Confirmations, ParametersDifferAsBytes) {
  const auto bytes = [](std::string_view name, const Value& value) {
    Parameters parameters;
    parameters.add(name, value);
    return canonical_bytes(parameters);
  };
  const Value items[] = {Value::integer(1), Value::text("a")};
  const std::vector<std::string> all = {bytes("", Value()),
                                        bytes("", Value::text("")),
                                        bytes("", Value::text("1")),
                                        bytes("", Value::integer(1)),
                                        bytes("a", Value::integer(1)),
                                        bytes("", Value::boolean(true)),
                                        bytes("", Value::real(1)),
                                        bytes("", Value::view(Kind::bytes, "1")),
                                        bytes("", Value::items(Kind::list, items)),
                                        bytes("", Value::items(Kind::map, items)),
                                        canonical_bytes(Parameters())};
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << ' ' << j;
}

}  // namespace
}  // namespace dbops::ops

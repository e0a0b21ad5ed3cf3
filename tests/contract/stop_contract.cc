// Cancelling and deadlines: whatever a call waits for, it ends soon, and the next one works.

#include "base/time.h"
#include "contract/contract.h"

namespace dbops::contract {
namespace {

using std::chrono::milliseconds;

// Long enough for a call to be in the midst of its work, short beside the 10 s it would take.
constexpr milliseconds kUnderWay{150};

Context cancellable() {
  Context context;
  context.cancel = Cancel::create();
  return context;
}

Context limited(milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  return context;
}

TEST_P(Contract, CancelsTheFirstWait) {
  auto session = connect(Tier::read);
  const Context context = cancellable();
  Stopwatch since_cancel;
  Later later(kUnderWay, [&] { context.cancel.request(); });
  const auto answers = run(*session, statements().slow, Mode::read, context);
  EXPECT_LT(since_cancel.elapsed(), kUnderWay + stop_max());
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::cancelled) << answers.error().message;
  EXPECT_EQ(answers.error().effect, Effect::none);
  expect_works_after_stop(std::move(session));
}

TEST_P(Contract, CancelsInTheMidstOfRows) {
  auto session = connect(Tier::read);
  const Context context = cancellable();
  {
    const Script script = parse(statements().million);
    const auto results = must(session->queries()->run(context, script, kNoParameters, Mode::read));
    Stream* stream = must(results->next(context));
    Batch batch;
    ASSERT_TRUE(must(stream->next(context, batch)));
    context.cancel.request();
    const Stopwatch stopwatch;
    const auto more = stream->next(context, batch);
    EXPECT_LT(stopwatch.elapsed(), stop_max());
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::cancelled);
  }
  expect_works_after_stop(std::move(session), Stopped::between_replies);
}

TEST_P(Contract, EndsTheFirstWaitAtTheDeadline) {
  auto session = connect(Tier::read);
  const Stopwatch stopwatch;
  const auto answers = run(*session, statements().slow, Mode::read, limited(kUnderWay));
  EXPECT_LT(stopwatch.elapsed(), kUnderWay + stop_max());
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::timeout) << answers.error().message;
  EXPECT_EQ(answers.error().effect, Effect::none);
  expect_works_after_stop(std::move(session));
}

TEST_P(Contract, EndsRowsAtTheDeadline) {
  auto session = connect(Tier::read);
  {
    const Script script = parse(statements().million);
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
    Stream* stream = must(results->next({}));
    Batch batch(1);  // So that the rows outlast the deadline.
    constexpr milliseconds kShort{20};
    const Context context = limited(kShort);
    const Stopwatch stopwatch;
    Result<bool> more = true;
    while (more && *more) more = stream->next(context, batch);
    EXPECT_LT(stopwatch.elapsed(), kShort + stop_max());
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::timeout) << more.error().message;
  }
  expect_works_after_stop(std::move(session), Stopped::between_replies);
}

TEST_P(Contract, DoesNothingForACallThatIsOverAlready) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const Context context = cancellable();
  context.cancel.request();
  for (const Mode mode : {Mode::read, Mode::write, Mode::rehearse}) {
    const auto answers =
        run(*session, mode == Mode::read ? statements().read_items : statements().rename_items,
            mode, context);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Code::cancelled);
    EXPECT_EQ(answers.error().effect, Effect::none);
  }
  EXPECT_EQ(state(), before);
  EXPECT_FALSE(quirks().connector.connect(context, sandbox().options(Tier::read)));
}

TEST_P(Contract, ACancelledWriteChangesNothing) {
  auto session = connect(Tier::write);
  const auto before = state();
  const Context context = cancellable();
  const Stopwatch stopwatch;
  Later later(kUnderWay, [&] { context.cancel.request(); });
  const auto answers = run(*session, statements().slow_write, Mode::write, context);
  EXPECT_LT(stopwatch.elapsed(), kUnderWay + stop_max());
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::cancelled) << answers.error().message;
  EXPECT_EQ(answers.error().effect, quirks().stopped_write);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(session->broken(), !quirks().stop_ends_link.empty());
  if (session->broken()) session = connect(Tier::write);
  EXPECT_TRUE(run(*session, statements().rename_items, Mode::write));
}

TEST_P(Contract, AWritePastItsDeadlineChangesNothing) {
  const auto session = connect(Tier::write);
  const auto before = state();
  const auto answers = run(*session, statements().slow_write, Mode::write, limited(kUnderWay));
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::timeout) << answers.error().message;
  EXPECT_EQ(answers.error().effect, quirks().stopped_write);
  EXPECT_EQ(state(), before);
}

}  // namespace
}  // namespace dbops::contract

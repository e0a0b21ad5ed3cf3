#include "core/policy.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "core/grants.h"

namespace dbops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Script script(std::vector<Statement> statements) {
  return {.text = std::string(100, ' '), .statements = std::move(statements)};
}

const Statement kRead{.verb = "SELECT", .tier = Tier::read};
const Statement kDelete{.verb = "DELETE",
                        .tier = Tier::write,
                        .reason = "DELETE changes data",
                        .danger = "DELETE without WHERE removes every row of flights"};
const Statement kRole{
    .verb = "CREATE ROLE", .tier = Tier::admin, .reason = "CREATE ROLE changes who may do what"};

ConnectionOptions connection(Tier tier) {
  ConnectionOptions options;
  options.name = "main";
  options.tier = tier;
  return options;
}

const Context kAnyone;

Context granted(std::initializer_list<const char*> scopes) {
  auto grants = std::make_shared<Grants>();
  for (const char* scope : scopes) EXPECT_TRUE(grants->add(scope));
  Context context;
  context.principal = "ada";
  context.grants = std::move(grants);
  return context;
}

TEST(Policy, TheLesserOfTierAndGrantHolds) {
  constexpr Tier kTiers[] = {Tier::read, Tier::write, Tier::admin};
  const char* const scopes[] = {"db:read", "db:write", "db:admin"};
  for (const Tier tier : kTiers) {
    EXPECT_EQ(effective_tier(kAnyone, connection(tier)), tier);
    for (size_t i = 0; i < 3; ++i)
      EXPECT_EQ(effective_tier(granted({scopes[i]}), connection(tier)), std::min(kTiers[i], tier));
    EXPECT_EQ(effective_tier(granted({}), connection(tier)), std::nullopt);
    EXPECT_EQ(effective_tier(granted({"db:admin:other"}), connection(tier)), std::nullopt);
  }
}

TEST(Policy, SaysWhichOfTheTwoIsInTheWay) {
  const Verdict by_grant =
      judge(granted({"db:read"}), connection(Tier::admin), script({kDelete}), Mode::write);
  EXPECT_FALSE(by_grant.allowed);
  EXPECT_EQ(by_grant.refusal.code, Code::forbidden);
  EXPECT_EQ(by_grant.refusal.message,
            "connection \"main\" is read-only for ada: DELETE changes data");
  EXPECT_EQ(by_grant.refusal.hint, "if it is meant to, grant ada the scope db:write:main");
  const Verdict by_tier =
      judge(granted({"db:admin"}), connection(Tier::read), script({kDelete}), Mode::write);
  EXPECT_FALSE(by_tier.allowed);
  EXPECT_THAT(by_tier.refusal.hint, HasSubstr("--tier main=write"));
  EXPECT_TRUE(
      judge(granted({"db:write:main"}), connection(Tier::admin), script({kDelete}), Mode::write)
          .allowed);

  const Operation operation{.name = "vacuum", .description = "", .tier = Tier::admin};
  const Verdict refused =
      judge(granted({"db:write"}), connection(Tier::admin), operation, Arguments());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.refusal.message,
            "connection \"main\" has the tier write for ada: the operation vacuum needs the tier "
            "admin");
}

TEST(Policy, LetsReadsThroughInEveryTierAndMode) {
  for (const Tier tier : {Tier::read, Tier::write, Tier::admin}) {
    for (const Mode mode : {Mode::read, Mode::write, Mode::rehearse}) {
      const Verdict verdict = judge(kAnyone, connection(tier), script({kRead, kRead}), mode);
      EXPECT_TRUE(verdict.allowed);
      EXPECT_THAT(verdict.dangers, IsEmpty());
    }
  }
}

TEST(Policy, RefusesAWriteOnAReadConnectionAndSaysWhatToChange) {
  for (const Mode mode : {Mode::read, Mode::write, Mode::rehearse}) {
    const Verdict verdict = judge(kAnyone, connection(Tier::read), script({kDelete}), mode);
    EXPECT_FALSE(verdict.allowed);
    EXPECT_EQ(verdict.refusal.code, Code::forbidden);
    EXPECT_EQ(verdict.refusal.effect, Effect::none);
    EXPECT_EQ(verdict.refusal.message,
              "connection \"main\" is read-only for dbops: DELETE changes data");
    EXPECT_THAT(verdict.refusal.hint, HasSubstr("--tier main=write"));
    EXPECT_THAT(verdict.refusal.hint,
                HasSubstr("tier = \"write\" under [connections.main] in dbops.toml"));
    EXPECT_THAT(verdict.dangers, IsEmpty());
  }
}

TEST(Policy, SendsAWriteInAQueryToExecute) {
  const Verdict verdict = judge(kAnyone, connection(Tier::write), script({kDelete}), Mode::read);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.refusal.message, "a query may only read: DELETE changes data");
  EXPECT_EQ(verdict.refusal.hint, "use execute for statements that write");
}

TEST(Policy, NamesTheStatementOfManyThatIsInTheWay) {
  const Verdict verdict =
      judge(kAnyone, connection(Tier::write), script({kRead, kDelete, kRole}), Mode::write);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.refusal.message,
            "connection \"main\" has the tier write: statement 3 of 3: CREATE ROLE changes who may "
            "do what");
  EXPECT_THAT(verdict.refusal.hint, HasSubstr("--tier main=admin"));
}

TEST(Policy, CollectsDangersOfWritesButNotOfRehearsals) {
  const Script both = script({kDelete, kRead, kDelete});
  EXPECT_THAT(judge(kAnyone, connection(Tier::write), both, Mode::write).dangers,
              ElementsAre(kDelete.danger, kDelete.danger));
  const Verdict rehearsal = judge(kAnyone, connection(Tier::write), both, Mode::rehearse);
  EXPECT_TRUE(rehearsal.allowed);
  EXPECT_THAT(rehearsal.dangers, IsEmpty());
}

TEST(Policy, JudgesOperations) {
  Operation operation{.name = "vacuum", .description = "Rewrites the file.", .tier = Tier::write};
  operation.danger = [](const Arguments&) { return std::string("it locks the file"); };
  const Verdict refused = judge(kAnyone, connection(Tier::read), operation, Arguments());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(
      refused.refusal.message,
      "connection \"main\" is read-only for dbops: the operation vacuum needs the tier write");
  EXPECT_THAT(refused.refusal.hint, HasSubstr("--tier main=write"));

  const Verdict allowed = judge(kAnyone, connection(Tier::admin), operation, Arguments());
  EXPECT_TRUE(allowed.allowed);
  EXPECT_THAT(allowed.dangers, ElementsAre("it locks the file"));

  operation.danger = [](const Arguments&) { return std::string(); };
  EXPECT_THAT(judge(kAnyone, connection(Tier::write), operation, Arguments()).dangers, IsEmpty());
  operation.danger = nullptr;
  EXPECT_THAT(judge(kAnyone, connection(Tier::write), operation, Arguments()).dangers, IsEmpty());
}

}  // namespace
}  // namespace dbops

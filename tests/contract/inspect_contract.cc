// Plans, health, and what an engine can do beside statements.

#include <boost/json/value.hpp>
#include <set>

#include "base/text.h"
#include "contract/contract.h"

namespace dbops::contract {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_P(Tables, ExplainsAReadWithoutRunningIt) {
  const auto session = connect(Tier::read);
  Explainer& explainer = have(session->explainer());
  const auto plan = must(explainer.explain({}, parse(statements().slow), {}, false, Mode::read));
  EXPECT_THAT(plan.text, Not(IsEmpty()));
  EXPECT_TRUE(plan.json.empty() || parse_json(plan.json));
  const auto items =
      must(explainer.explain({}, parse(statements().read_items), {}, false, Mode::read));
  EXPECT_THAT(items.text, HasSubstr("items"));
  EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
}

TEST_P(Tables, AnalyzesAReadByRunningIt) {
  const auto session = connect(Tier::read);
  const auto plan =
      have(session->explainer()).explain({}, parse(statements().read_items), {}, true, Mode::read);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, Not(IsEmpty()));
}

TEST_P(Tables, ExplainingAWriteChangesNothing) {
  const auto before = state();
  const auto session = connect(Tier::write);
  for (const bool analyze : {false, true}) {
    const auto plan =
        have(session->explainer())
            .explain({}, parse(statements().rename_items), {}, analyze, Mode::rehearse);
    EXPECT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(state(), before);
  }
}

TEST_P(Tables, DoesNotAnalyzeAWriteInTheReadTier) {
  const auto before = state();
  const auto session = connect(Tier::read);
  const auto plan = have(session->explainer())
                        .explain({}, parse(statements().rename_items), {}, true, Mode::read);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::forbidden);
  EXPECT_EQ(state(), before);
}

TEST_P(Contract, LooksAtEveryAreaOfHealth) {
  const auto session = connect(Tier::read);
  Diagnostics& diagnostics = have(session->diagnostics());
  const auto areas = diagnostics.areas();
  EXPECT_THAT(areas, Not(IsEmpty()));
  std::set<std::string> seen;
  for (const Finding& finding : must(diagnostics.diagnose({}, ""))) {
    seen.insert(finding.area);
    EXPECT_THAT(finding.message, Not(IsEmpty()));
    EXPECT_TRUE(finding.severity <= Severity::info || !finding.hint.empty()) << finding.message;
  }
  EXPECT_EQ(seen, std::set<std::string>(areas.begin(), areas.end()));
  for (const std::string& area : areas) {
    const auto findings = must(diagnostics.diagnose({}, area));
    EXPECT_THAT(findings, Not(IsEmpty())) << area;
    for (const Finding& finding : findings) EXPECT_EQ(finding.area, area);
  }
  const auto unknown = diagnostics.diagnose({}, "no_such_area");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::invalid_argument);
  EXPECT_THAT(unknown.error().hint, HasSubstr(areas.front()));
}

TEST_P(Contract, DeclaresItsOperationsWhole) {
  std::set<std::string_view> names;
  for (const Operation& operation : quirks().connector.operations()) {
    SCOPED_TRACE(operation.name);
    EXPECT_TRUE(names.insert(operation.name).second) << "declared twice";
    EXPECT_THAT(std::string(operation.name), testing::MatchesRegex("[a-z][a-z0-9_]*"));
    EXPECT_THAT(std::string(operation.description), Not(IsEmpty()));
    EXPECT_EQ(operation.description.find('\n'), std::string_view::npos);
    EXPECT_TRUE(operation.run);
    std::string text;
    JsonWriter out(text);
    write_schema(operation.arguments, out);
    const auto schema = must(parse_json(text));
    for (const Argument& argument : operation.arguments) {
      SCOPED_TRACE(argument.name);
      EXPECT_THAT(std::string(argument.description), Not(IsEmpty()));
      EXPECT_EQ(argument.description.find('\n'), std::string_view::npos);
      EXPECT_EQ(argument.type == ArgumentType::choice, !argument.choices.empty());
      EXPECT_LE(argument.minimum, argument.maximum);
      EXPECT_TRUE(schema.at("properties").as_object().contains(argument.name));
    }
  }
}

// An operation needs no less than its tier says, and one that only reads changes nothing.
TEST_P(Contract, RunsItsReadingOperations) {
  const auto before = state();
  for (const Operation& operation : quirks().connector.operations()) {
    if (operation.tier != Tier::read) continue;
    const bool needs_arguments = std::any_of(operation.arguments.begin(), operation.arguments.end(),
                                             [](const Argument& each) { return each.required; });
    if (needs_arguments) continue;
    SCOPED_TRACE(operation.name);
    const auto session = connect(Tier::read);
    auto stream = operation.run({}, *session, Arguments());
    const auto& lacking = quirks().lacking_operations;
    if (std::find(lacking.begin(), lacking.end(), operation.name) != lacking.end()) {
      ASSERT_FALSE(stream);
      EXPECT_EQ(stream.error().code, Code::unsupported);
      EXPECT_FALSE(stream.error().hint.empty());
      continue;
    }
    if (!stream) {
      ADD_FAILURE() << stream.error().message;
      continue;
    }
    Batch batch;
    Result<bool> more = true;
    while (more && *more) more = (*stream)->next({}, batch);
    EXPECT_TRUE(more) << more.error().message;
  }
  EXPECT_EQ(state(), before);
}

}  // namespace
}  // namespace dbops::contract

// Prompts that a person picks: a task, and what the database itself says that bears on it.
#include "base/text.h"
#include "mcp/product_offers.h"
#include "mcp/tools.h"
#include "ops/explore.h"
#include "ops/inspect.h"
#include "ops/render.h"

namespace dbops::mcp {
namespace {

constexpr size_t kLiveBytesMax = 8u << 10;  // bytes of what the database says, in one prompt

// What a prompt is made of, gathered from its arguments and the database.
class Draft {
 public:
  Draft(ops::Workspace& workspace, const Call& call, const Variables& given)
      : workspace_(workspace), context_(call.context()), given_(given) {}

  std::string given(std::string_view name) const { return std::string(value_of(given_, name)); }
  void say(std::string text) { text_ += std::move(text) + "\n"; }

  // What is said of a path (empty: of all), in that detail.
  Result<void> show(std::string_view title, const std::string& path, ops::Detail detail) {
    DBOPS_ASSIGN(const auto found,
                 ops::explore(workspace_, context_,
                              {.connection = given("connection"), .path = path, .detail = detail}));
    quote(title, ops::explore_text(found));
    return {};
  }

  Result<void> show_connection() {
    DBOPS_ASSIGN(const auto status,
                 ops::check_connection(workspace_, context_, given("connection")));
    quote("The connection", ops::connections_text(std::span(&status, 1)));
    return {};
  }

  // An engine that has nothing of the kind leaves it out.
  Result<void> show_findings() {
    const auto findings = ops::diagnose(workspace_, context_, given("connection"), {});
    if (!findings && findings.error().code == Code::unsupported) return {};
    if (!findings) return fail(findings.error());
    quote("What diagnose finds", ops::findings_text(*findings));
    return {};
  }
  Result<void> show_plan(const std::string& statement) {
    const auto plan = ops::explain(workspace_, context_,
                                   {.connection = given("connection"), .statement = statement});
    if (!plan && plan.error().code == Code::unsupported) return {};
    if (!plan) return fail(plan.error());
    quote("Its plan", ops::plan_text(*plan));
    return {};
  }

  // Behind a margin, so that no line of the database's or the person's passes for the prompt's.
  void quote(std::string_view title, std::string_view text) {
    text_.append("\n").append(title).append(":\n");
    const std::string cut = shorten(text, kLiveBytesMax);
    for (size_t begin = 0; begin < cut.size();) {
      const size_t end = std::min(cut.find('\n', begin), cut.size());
      text_ += "> " + escape_control(std::string_view(cut).substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
  }

  std::vector<PromptMessage> finish() && {
    std::vector<PromptMessage> messages;
    messages.push_back({.content = Text{std::move(text_)}});
    return messages;
  }

 private:
  ops::Workspace& workspace_;
  const Context& context_;
  const Variables& given_;
  std::string text_;
};

Result<void> explore_database(Draft& draft) {
  draft.say("Get to know the connection " + draft.given("connection") +
            ". Look with explore, "
            "sample with query (5 rows at most, columns by name). Then say in one page: what the "
            "data is about, which tables carry it and how they join, what is large, what looks "
            "odd; and three questions it can answer. Do not guess: what you did not see, leave "
            "out.");
  if (const std::string goal = draft.given("goal"); !goal.empty()) draft.quote("The goal", goal);
  return draft.show("What is there", {}, ops::Detail::summary);
}

Result<void> write_query(Draft& draft) {
  draft.say("Write one read-only statement for the connection " + draft.given("connection") +
            " that answers the question below. Use only names that are shown here or that explore "
            "shows. Check it with explain, run it with query with values in params, and answer "
            "with the statement, its result, and what it takes for granted.");
  draft.quote("The question", draft.given("question"));
  const std::string path = draft.given("path");
  return draft.show("What is there", path, path.empty() ? ops::Detail::summary : ops::Detail::full);
}

Result<void> diagnose_slowness(Draft& draft) {
  draft.say("Find out why the connection " + draft.given("connection") +
            " is slow. Start from "
            "what stands below; confirm each suspicion with explain or query before you state it. "
            "Answer with the causes, the heaviest first: evidence, what to change, what that "
            "costs. Change nothing.");
  if (const std::string statement = draft.given("statement"); !statement.empty()) {
    draft.quote("The statement", statement);
    DBOPS_TRY(draft.show_plan(statement));
  }
  return draft.show_findings();
}

Result<void> plan_migration(Draft& draft) {
  draft.say("Plan this change of the connection " + draft.given("connection") +
            ". For each step: "
            "the statement, what it locks and for how long, how to see that it worked, how to go "
            "back. Steps that keep the old readers working come first. Rehearse what can be "
            "rehearsed with execute and dry_run; run nothing else.");
  draft.quote("The change", draft.given("change"));
  const std::string path = draft.given("path");
  return draft.show("What is there", path, path.empty() ? ops::Detail::summary : ops::Detail::full);
}

Result<void> review_access(Draft& draft) {
  draft.say("Review who may do what through the connection " + draft.given("connection") +
            ". "
            "Read the engine's own catalogue of users, grants and policies with query. Say what is "
            "wider than it needs to be: evidence, risk, the statement that narrows it. Is the "
            "tier, and the user behind the connection, more than its use needs? Change nothing.");
  DBOPS_TRY(draft.show_connection());
  return draft.show("What is there", {}, ops::Detail::names);
}

Prompt prompt(ops::Workspace& workspace, std::string_view name, std::string_view title,
              std::string_view description, std::vector<PromptArgument> arguments,
              Result<void> (*write)(Draft&)) {
  arguments.insert(arguments.begin(), {.name = "connection",
                                       .description = "Its name.",
                                       .required = true,
                                       .completer = connection_completer(workspace)});
  return {.name = name,
          .title = title,
          .description = description,
          .arguments = std::move(arguments),
          .run = [&workspace, write](Call& call, const Variables& given) -> PromptOutcome {
            Draft draft(workspace, call, given);
            if (const auto written = write(draft); !written) return failure_of(written.error());
            return std::move(draft).finish();
          }};
}

PromptArgument path_argument(ops::Workspace& workspace) {
  return {.name = "path",
          .description = "The table or schema it is about.",
          .completer = path_completer(workspace)};
}

}  // namespace

std::vector<Prompt> product_prompts(ops::Workspace& workspace) {
  std::vector<Prompt> prompts;
  prompts.push_back(prompt(workspace, "explore_database", "Explore a database",
                           "What is in a database, what it is about, what it can answer.",
                           {{.name = "goal", .description = "What you want to know of it."}},
                           explore_database));
  prompts.push_back(
      prompt(workspace, "write_query", "Write a query", "A statement that answers a question.",
             {{.name = "question", .description = "In your own words.", .required = true},
              path_argument(workspace)},
             write_query));
  prompts.push_back(prompt(workspace, "diagnose_slowness", "Diagnose slowness",
                           "Why a database, or one statement, is slow.",
                           {{.name = "statement", .description = "The one that is slow."}},
                           diagnose_slowness));
  prompts.push_back(
      prompt(workspace, "plan_migration", "Plan a migration",
             "The steps of a change, their locks, and the way back.",
             {{.name = "change", .description = "What is to change.", .required = true},
              path_argument(workspace)},
             plan_migration));
  prompts.push_back(prompt(workspace, "review_access", "Review access",
                           "Who may do what, and what is wider than it needs to be.", {},
                           review_access));
  return prompts;
}

}  // namespace dbops::mcp

#include "connectors/mongodb/explainer.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/explained.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

constexpr int64_t kWasteFactor = 100;  // documents looked at for each that is returned
constexpr int64_t kWasteMin = 1000;    // documents below which that says nothing
constexpr size_t kPlanDepthMax = 64;   // levels
constexpr size_t kPlanLinesMax = 1000;

// Names of a step in plans of MongoDB, and of the engines that stand in for it.
std::string step_of(const bson_t& node) {
  for (const char* name : {"stage", "Node Type"})
    if (std::string step = text_at(node, name); !step.empty()) return escape_control(step);
  return {};
}

std::string details_of(const bson_t& node) {
  std::string details;
  constexpr auto kNames = std::to_array<const char*>(
      {"indexName", "Index Name", "direction", "Relation Name", "Plan Rows", "nReturned",
       "docsExamined", "keysExamined", "executionTimeMillisEstimate"});
  for (const char* name : kNames) {
    std::string value = escape_control(text_at(node, name));
    if (const auto number = number_at(node, name)) {
      value.clear();
      append_number(value, *number);
    }
    if (!value.empty()) details += std::string(" ") + name + "=" + value;
  }
  return details;
}

// What counts in a plan, over all of its parts: stages of a pipeline, shards.
struct Totals {
  std::set<std::string> indexes = {};
  std::string scan = {};  // The step that reads a whole collection.
  bool sorts = false;
  bool counted = false;
  int64_t keys = 0;
  int64_t documents = 0;
  int64_t returned = 0;
  int64_t milliseconds = 0;
};

class Reader {
 public:
  explicit Reader(Explainer::Plan& plan) : plan_(plan) {}

  void read(const bson_t& node, size_t indent, size_t depth) {
    bson_iter_t field;
    if (depth > kPlanDepthMax || !bson_iter_init(&field, &node)) return;
    const std::string step = step_of(node);
    if (!step.empty() && lines_++ < kPlanLinesMax) {
      plan_.text += std::string(2 * indent, ' ') + step + details_of(node) + '\n';
      look_at(step, node);
    }
    // A plan that was run is there twice: as it was planned, and with its counts. Those of the
    // slot-based engine are of steps that nobody has planned.
    const bool slots = has_field(node, "queryPlanner.winningPlan.slotBasedPlan");
    const bool run = !slots && has_field(node, "executionStats.executionStages");
    bson_t inner;
    while (bson_iter_next(&field)) {
      const std::string_view key = key_of(field);
      if (is_no_plan(key) || (run && key == "queryPlanner") || !view_document(field, inner))
        continue;
      if (key == "executionStats") count(inner);
      if (!slots || key != "executionStats")
        read(inner, indent + (step.empty() ? 0 : 1), depth + 1);
    }
  }

  const Totals& totals() const { return totals_; }

 private:
  static bool has_field(const bson_t& node, const char* path) {
    bson_iter_t found;
    return find_field(node, path, found);
  }

  // What was not chosen is no part of how it runs, and what was asked may have any names.
  static bool is_no_plan(std::string_view key) {
    constexpr auto kOther = std::to_array<std::string_view>(
        {"IndexCosts", "IndexDetails", "allPlansExecution", "command", "filter", "indexBounds",
         "optimizedPipeline", "parsedQuery", "rejectedPlans", "serverInfo", "slotBasedPlan"});
    return std::find(kOther.begin(), kOther.end(), key) != kOther.end();
  }

  void count(const bson_t& stats) {
    const auto returned = integer_at(stats, "nReturned");
    if (!returned) return;
    totals_.counted = true;
    totals_.returned += *returned;
    totals_.keys += integer_at(stats, "totalKeysExamined").value_or(0);
    totals_.documents += integer_at(stats, "totalDocsExamined").value_or(0);
    totals_.milliseconds =
        std::max(totals_.milliseconds, integer_at(stats, "executionTimeMillis").value_or(0));
  }

  // DocumentDB goes through all of a collection by an index, too: it then compares only the number
  // that all of its documents have.
  static bool goes_through_all(const bson_t& node) {
    constexpr std::string_view kAll = "(shard_key_value = '";
    const std::string condition = text_at(node, "Index Cond");
    return condition.starts_with(kAll) && condition.find(" AND ") == std::string::npos;
  }

  void look_at(const std::string& step, const bson_t& node) {
    const bool all = goes_through_all(node);
    for (const char* name : {"indexName", "Index Name"})
      if (const std::string index = text_at(node, name); !all && !index.empty())
        totals_.indexes.insert(escape_control(index));
    // A lookup by a nested loop reads the other collection for each document.
    const bool scans = all || step == "COLLSCAN" || step == "Seq Scan" ||
                       (step == "EQ_LOOKUP" && text_at(node, "strategy") == "NestedLoopJoin");
    if (scans && totals_.scan.empty()) {
      totals_.scan = step;
      plan_.findings.push_back({Severity::warning, "plan", step,
                                "every document of the collection is read",
                                "make an index on what the filter compares"});
    }
    if (step != "SORT" && step != "Sort") return;
    const bool spills = true_at(node, "usedDisk");
    if (!std::exchange(totals_.sorts, true) || spills)
      plan_.findings.push_back(
          {spills ? Severity::warning : Severity::info, "plan", step,
           spills ? "the result is sorted on disk" : "the result is sorted in memory",
           "an index in the order of the sort saves that"});
  }

  Explainer::Plan& plan_;
  Totals totals_;
  size_t lines_ = 0;
};

// One line that says it all, before the others.
Finding summarize(const Totals& totals) {
  std::string text;
  for (const std::string& index : totals.indexes)
    text += (text.empty() ? "uses the index " : ", ") + index;
  if (text.empty()) text = "uses no index";
  if (totals.counted)
    text += "; looks at " + format_count(totals.keys) + " keys and " +
            format_count(totals.documents) + " documents for " + format_count(totals.returned) +
            " that are returned, in " + format_count(totals.milliseconds) + " ms";
  if (totals.sorts) text += "; sorts";
  return {Severity::info, "plan", "summary", text, {}};
}

void look_at_counts(const Totals& totals, Explainer::Plan& plan) {
  if (totals.documents < kWasteMin) return;
  if (totals.documents / std::max<int64_t>(totals.returned, 1) < kWasteFactor) return;
  plan.findings.push_back({Severity::warning, "plan", "documents",
                           format_count(totals.documents) + " documents are looked at for " +
                               format_count(totals.returned) + " that are returned",
                           "make an index that tells them apart"});
}

}  // namespace

Explainer::Plan read_plan(const bson_t& reply) {
  Explainer::Plan plan;
  if (!append_json(plan.json, reply, JsonForm::relaxed)) plan.json.clear();
  Reader reader(plan);
  reader.read(reply, 0, 0);
  if (plan.text.empty()) {
    plan.text = shown_json(reply);
    return plan;
  }
  look_at_counts(reader.totals(), plan);
  plan.findings.insert(plan.findings.begin(), summarize(reader.totals()));
  return plan;
}

std::string scan_in_plan(const bson_t& reply) {
  Explainer::Plan plan;
  Reader reader(plan);
  reader.read(reply, 0, 0);
  return reader.totals().scan;
}

Result<Explainer::Plan> MongoExplainer::explain(const Context& context, const Script& script,
                                                const Parameters& parameters, bool analyze,
                                                Mode mode) {
  if (script.statements.size() > 1)
    return fail(Code::invalid_argument, "a plan is for one command",
                "send the commands one by one");
  const Statement& statement = script.statements[0];
  if (analyze && mode == Mode::read && statement.tier > Tier::read)
    return fail(Code::forbidden, "refused: " + statement.reason,
                "explain it without analyze, which runs nothing");
  DBOPS_ASSIGN(Bson command, parse_document(script.statement_text(0)));
  DBOPS_ASSIGN(command, bind(std::move(command), parameters));
  const Tier allowed = mode == Mode::read ? Tier::read : queries_.tier();
  const auto ask = [&](const Explained& explained) -> Result<Bson> {
    Bson inner = Bson::copy_of(*explained.command);
    DBOPS_ASSIGN(const std::string database, take_database(inner, queries_.database()));
    Bson explain;
    BSON_APPEND_DOCUMENT(explain.get(), "explain", inner.get());
    BSON_APPEND_UTF8(explain.get(), "verbosity", analyze ? "executionStats" : "queryPlanner");
    BSON_APPEND_UTF8(explain.get(), "$db", database.c_str());
    return queries_.send(context, std::move(explain), allowed);
  };
  DBOPS_ASSIGN(Explained explained, to_explain(*command));
  auto reply = ask(explained);
  if (!reply && statement.verb == "distinct" && lacks(reply.error())) {
    explained = find_of_distinct(*command);
    reply = ask(explained);
  }
  if (!reply) return fail(std::move(reply).error());
  Plan plan = read_plan(**reply);
  if (!explained.note.empty())
    plan.findings.push_back({Severity::info, "plan", statement.verb, explained.note, {}});
  return plan;
}

}  // namespace dbops::mongodb

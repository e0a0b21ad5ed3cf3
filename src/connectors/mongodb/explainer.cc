#include "connectors/mongodb/explainer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
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

class Reader {
 public:
  explicit Reader(Explainer::Plan& plan) : plan_(plan) {}

  void read(const bson_t& node, size_t indent, size_t depth) {
    bson_iter_t field;
    if (depth > kPlanDepthMax || !bson_iter_init(&field, &node)) return;
    const std::string step = step_of(node);
    if (!step.empty() && lines_++ < kPlanLinesMax) {
      plan_.text += std::string(2 * indent, ' ') + step + details_of(node) + '\n';
      look_at(step);
    }
    bson_t inner;
    while (bson_iter_next(&field))
      // What was not chosen is no part of how it runs.
      if (key_of(field) != "rejectedPlans" && view_document(field, inner))
        read(inner, indent + (step.empty() ? 0 : 1), depth + 1);
  }

 private:
  void look_at(const std::string& step) {
    if (step == "COLLSCAN" || step == "Seq Scan")
      plan_.findings.push_back({Severity::warning, "plan", step,
                                "every document of the collection is read",
                                "make an index on what the filter compares"});
    if (step == "SORT" || step == "Sort")
      plan_.findings.push_back({Severity::info, "plan", step, "the result is sorted in memory",
                                "an index in the order of the sort saves that"});
  }

  Explainer::Plan& plan_;
  size_t lines_ = 0;
};

void look_at_counts(const bson_t& reply, Explainer::Plan& plan) {
  const auto examined = integer_at(reply, "executionStats.totalDocsExamined");
  const auto returned = integer_at(reply, "executionStats.nReturned");
  if (!examined || !returned || *examined < kWasteMin) return;
  if (*examined / std::max<int64_t>(*returned, 1) < kWasteFactor) return;
  plan.findings.push_back({Severity::warning, "plan", "documents",
                           format_count(*examined) + " documents are looked at for " +
                               format_count(*returned) + " that are returned",
                           "make an index that tells them apart"});
}

}  // namespace

Explainer::Plan read_plan(const bson_t& reply) {
  Explainer::Plan plan;
  if (!append_json(plan.json, reply, JsonForm::relaxed)) plan.json.clear();
  Reader(plan).read(reply, 0, 0);
  if (plan.text.empty()) plan.text = shown_json(reply);
  look_at_counts(reply, plan);
  return plan;
}

Result<Explainer::Plan> MongoExplainer::explain(const Context& context, const Script& script,
                                                const Parameters& parameters, bool analyze,
                                                Mode mode) {
  if (script.statements.size() > 1)
    return fail(Code::invalid_argument, "a plan is for one command",
                "send the commands one by one");
  const Statement& statement = script.statements[0];
  const bool writes = statement.tier > Tier::read;
  if (writes && (mode == Mode::read || statement.tier > queries_.tier()))
    return fail(Code::forbidden, "refused: " + statement.reason,
                "explaining a write needs the tier that runs it");
  if (writes && analyze)
    return fail(Code::unsupported, "a write can't be analyzed: it could not be taken back",
                "explain it without analyze");
  DBOPS_ASSIGN(Bson command, parse_document(script.statement_text(0)));
  DBOPS_ASSIGN(command, bind(std::move(command), parameters));
  DBOPS_ASSIGN(const std::string database, take_database(command, queries_.database()));
  Bson explain;
  BSON_APPEND_DOCUMENT(explain.get(), "explain", command.get());
  BSON_APPEND_UTF8(explain.get(), "verbosity", analyze ? "executionStats" : "queryPlanner");
  BSON_APPEND_UTF8(explain.get(), "$db", database.c_str());
  DBOPS_ASSIGN(const Bson reply,
               queries_.send(context, std::move(explain), writes ? queries_.tier() : Tier::read));
  return read_plan(*reply);
}

}  // namespace dbops::mongodb

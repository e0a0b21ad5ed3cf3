#include "connectors/postgres/plan.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "base/json.h"
#include "base/text.h"

namespace dbops::postgres {
namespace {

using boost::json::object;
using boost::json::value;

std::string text_of(const value& item);

double number(const object& node, std::string_view key) {
  const value* item = node.if_contains(key);
  if (!item || !item->is_number()) return 0;
  return item->to_number<double>();
}

std::string text(const object& node, std::string_view key) {
  const value* item = node.if_contains(key);
  return item ? text_of(*item) : std::string();
}

std::string format_number(double amount, int decimals) {
  char digits[64];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, amount, std::chars_format::fixed, decimals);
  return end.ec == std::errc() ? std::string(digits, end.ptr) : std::string("?");
}

std::string text_of(const value& item) {
  if (item.is_string()) return std::string(item.get_string());
  if (item.is_bool()) return item.get_bool() ? "true" : "false";
  if (item.is_int64()) return std::to_string(item.get_int64());
  if (item.is_uint64()) return std::to_string(item.get_uint64());
  if (item.is_double()) return format_number(item.get_double(), 3);
  std::string joined;
  const auto add = [&](const std::string& part) { joined += (joined.empty() ? "" : ", ") + part; };
  if (const auto* list = item.if_array())
    for (const value& part : *list) add(text_of(part));
  if (const auto* map = item.if_object())
    for (const auto& [key, part] : *map) add(std::string(key) + ": " + text_of(part));
  return joined;
}

// "Hash Left Join", "HashAggregate", "Index Scan using items_pkey on items i".
std::string label(const object& node) {
  const std::string type = text(node, "Node Type");
  const std::string join = text(node, "Join Type");
  const std::string strategy = text(node, "Strategy");
  std::string words = type;
  if (type == "Aggregate" && strategy == "Hashed") words = "HashAggregate";
  if (type == "Aggregate" && strategy == "Sorted") words = "GroupAggregate";
  if (type == "Aggregate" && strategy == "Mixed") words = "MixedAggregate";
  if (type == "ModifyTable") words = text(node, "Operation");
  if (!join.empty() && join != "Inner") {
    const bool loop = type == "Nested Loop";
    words = (loop ? type : type.substr(0, type.find(" Join"))) + ' ' + join + " Join";
  }
  if (node.contains("Parallel Aware") && text(node, "Parallel Aware") == "true")
    words = "Parallel " + words;
  if (const auto index = text(node, "Index Name"); !index.empty()) words += " using " + index;
  for (const std::string_view key : {"Relation Name", "Function Name", "CTE Name"}) {
    const std::string name = text(node, key);
    if (name.empty()) continue;
    const std::string schema = text(node, "Schema");
    words += " on " + (schema.empty() ? name : schema + '.' + name);
    if (const auto alias = text(node, "Alias"); !alias.empty() && alias != name)
      words += ' ' + alias;
  }
  return escape_control(words);
}

// In the label, in the figures, or of no use.
constexpr auto kShown = std::to_array<std::string_view>({"Node Type",
                                                         "Join Type",
                                                         "Strategy",
                                                         "Operation",
                                                         "Parallel Aware",
                                                         "Async Capable",
                                                         "Index Name",
                                                         "Relation Name",
                                                         "Function Name",
                                                         "CTE Name",
                                                         "Schema",
                                                         "Alias",
                                                         "Parent Relationship",
                                                         "Startup Cost",
                                                         "Total Cost",
                                                         "Plan Rows",
                                                         "Plan Width",
                                                         "Actual Startup Time",
                                                         "Actual Total Time",
                                                         "Actual Rows",
                                                         "Actual Loops",
                                                         "Plans",
                                                         "Workers",
                                                         "Disabled",
                                                         "Scan Direction",
                                                         "Partial Mode"});

bool analyzed(const object& node) { return node.contains("Actual Loops"); }

void write_node(const object& node, size_t depth, std::string& out) {
  constexpr size_t kStep = 2;
  out.append(depth * kStep, ' ');
  if (depth > 0) out += "-> ";
  out += label(node);
  out += "  (cost=" + format_number(number(node, "Startup Cost"), 2) + ".." +
         format_number(number(node, "Total Cost"), 2) + " rows=" + text(node, "Plan Rows") +
         " width=" + text(node, "Plan Width") + ')';
  if (analyzed(node))
    out += number(node, "Actual Loops") > 0
               ? " (actual time=" + format_number(number(node, "Actual Startup Time"), 3) + ".." +
                     format_number(number(node, "Actual Total Time"), 3) +
                     " rows=" + text(node, "Actual Rows") + " loops=" + text(node, "Actual Loops") +
                     ')'
               : " (never executed)";
  out += '\n';
  for (const auto& [key, item] : node) {
    const bool dull = std::find(kShown.begin(), kShown.end(), key) != kShown.end() ||
                      (item.is_int64() && item.get_int64() == 0);
    if (dull) continue;
    out.append(depth * kStep + kStep + (depth > 0 ? 1 : 0), ' ');
    out += std::string(key) + ": " + escape_control(text_of(item)) + '\n';
  }
  if (const value* plans = node.if_contains("Plans"); plans && plans->is_array())
    for (const value& plan : plans->get_array())
      if (plan.is_object()) write_node(plan.get_object(), depth + 1, out);
}

class HotSpots {
 public:
  std::vector<Finding> take() { return std::move(findings_); }

  void look(const object& node) {
    if (analyzed(node)) {
      look_at_filter(node);
      look_at_estimate(node);
      look_at_spills(node);
      look_at_loops(node);
      look_at_heap(node);
    } else {
      look_at_planned_scan(node);
    }
    if (const value* plans = node.if_contains("Plans"); plans && plans->is_array())
      for (const value& plan : plans->get_array())
        if (plan.is_object()) look(plan.get_object());
  }

 private:
  void add(Severity severity, const object& node, std::string message, std::string hint) {
    findings_.push_back({severity, "plan", label(node), std::move(message), std::move(hint)});
  }

  void look_at_filter(const object& node) {
    const double loops = number(node, "Actual Loops");
    const double removed = number(node, "Rows Removed by Filter") * loops;
    const double kept = number(node, "Actual Rows") * loops;
    if (removed < kRowsBig || kept > (removed + kept) * kKeptSmall) return;
    add(Severity::warning, node,
        "reads " + format_count(static_cast<int64_t>(removed + kept)) + " rows to keep " +
            format_count(static_cast<int64_t>(kept)) + ": " + escape_control(text(node, "Filter")),
        "an index on the columns of this condition would spare reading the others");
  }

  void look_at_estimate(const object& node) {
    const double planned = std::max(number(node, "Plan Rows"), 1.0);
    const double actual = std::max(number(node, "Actual Rows"), 1.0);
    if (number(node, "Actual Loops") == 0 || std::max(planned, actual) < kRowsBig / 10) return;
    if (std::max(planned, actual) / std::min(planned, actual) < kEstimateOff) return;
    add(Severity::warning, node,
        "expected " + format_count(static_cast<int64_t>(planned)) + " rows, got " +
            format_count(static_cast<int64_t>(number(node, "Actual Rows"))),
        "ANALYZE the tables; CREATE STATISTICS where columns depend on each other");
  }

  void look_at_spills(const object& node) {
    constexpr const char* kHint =
        "a larger work_mem would keep it in memory (SET LOCAL work_mem in the script, or for the "
        "role)";
    if (text(node, "Sort Space Type") == "Disk")
      add(Severity::warning, node,
          "sorts on disk, " +
              format_bytes(static_cast<uint64_t>(number(node, "Sort Space Used")) * 1024),
          kHint);
    if (number(node, "Hash Batches") > 1)
      add(Severity::warning, node,
          "the hash table did not fit: " + text(node, "Hash Batches") + " batches on disk", kHint);
    if (number(node, "Disk Usage") > 0)
      add(Severity::warning, node,
          "aggregates on disk, " +
              format_bytes(static_cast<uint64_t>(number(node, "Disk Usage")) * 1024),
          kHint);
  }

  void look_at_loops(const object& node) {
    const double loops = number(node, "Actual Loops");
    if (loops < kLoopsMany || text(node, "Parent Relationship") != "Inner") return;
    add(Severity::warning, node,
        "runs " + format_count(static_cast<int64_t>(loops)) + " times, once for each outer row",
        "an index on the join's columns, or better estimates, may make it a hash join");
  }

  void look_at_heap(const object& node) {
    if (number(node, "Heap Fetches") >= kRowsBig)
      add(Severity::info, node,
          "goes to the table for " +
              format_count(static_cast<int64_t>(number(node, "Heap Fetches"))) +
              " rows although the index has all columns",
          "VACUUM the table");
    if (number(node, "Lossy Heap Blocks") > 0)
      add(Severity::info, node, "the bitmap did not fit and became coarse",
          "a larger work_mem would keep it exact");
  }

  void look_at_planned_scan(const object& node) {
    if (text(node, "Node Type") != "Seq Scan" || !node.contains("Filter")) return;
    if (number(node, "Total Cost") < kCostBig) return;
    add(Severity::info, node,
        "will read the whole table (cost " + format_number(number(node, "Total Cost"), 0) +
            ") for " + escape_control(text(node, "Filter")),
        "an index on the columns of this condition may help; analyze shows what it takes");
  }

  std::vector<Finding> findings_;
};

}  // namespace

Explainer::Plan read_plan(std::string json) {
  Explainer::Plan plan;
  plan.json = std::move(json);
  const auto parsed = parse_json(plan.json);
  const auto* list = parsed && parsed->is_array() && !parsed->get_array().empty()
                         ? parsed->get_array()[0].if_object()
                         : nullptr;
  const value* root = list ? list->if_contains("Plan") : nullptr;
  if (!root || !root->is_object()) {
    plan.text = plan.json;
    plan.findings.push_back({Severity::info, "plan", {}, "the plan is too large to look into", {}});
    return plan;
  }
  write_node(root->get_object(), 0, plan.text);
  for (const auto& [key, item] : *list)
    if (key != "Plan" && key != "Triggers" && !text_of(item).empty()) {
      const bool time = key == "Planning Time" || key == "Execution Time";
      plan.text +=
          std::string(key) + ": " + escape_control(text_of(item)) + (time ? " ms" : "") + '\n';
    }
  HotSpots spots;
  spots.look(root->get_object());
  plan.findings = spots.take();
  return plan;
}

}  // namespace dbops::postgres

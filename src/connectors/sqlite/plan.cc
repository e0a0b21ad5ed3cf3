#include "connectors/sqlite/plan.h"

namespace dbops::sqlite {
namespace {

// SQLite nests as deep as statements do (SQLITE_LIMIT_EXPR_DEPTH); nobody reads a plan so deep, and
// a JSON reader need not follow.
constexpr size_t kDepthMax = 30;

void draw_below(const std::vector<PlanStep>& steps, int64_t parent, const std::string& indent,
                std::string& out) {
  if (indent.size() > kDepthMax * 3) return;
  const PlanStep* last = nullptr;
  for (const PlanStep& step : steps)
    if (step.parent == parent) last = &step;
  for (const PlanStep& step : steps) {
    if (step.parent != parent) continue;
    out += indent + (&step == last ? "`--" : "|--") + step.detail + "\n";
    draw_below(steps, step.id, indent + (&step == last ? "   " : "|  "), out);
  }
}

void write_below(const std::vector<PlanStep>& steps, int64_t parent, size_t depth,
                 JsonWriter& out) {
  out.begin_array();
  for (const PlanStep& step : steps) {
    if (step.parent != parent || depth > kDepthMax) continue;
    out.begin_object().member("detail", std::string_view(step.detail)).key("children");
    write_below(steps, step.id, depth + 1, out);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

int read_plan(sqlite3_stmt* explain, std::vector<PlanStep>& steps) {
  for (;;) {
    const int code = sqlite3_step(explain);
    if (code != SQLITE_ROW) return code;
    const auto* detail = reinterpret_cast<const char*>(sqlite3_column_text(explain, 3));
    steps.push_back({sqlite3_column_int64(explain, 0), sqlite3_column_int64(explain, 1),
                     detail == nullptr ? "" : detail});
  }
}

std::string draw_plan(const std::vector<PlanStep>& steps) {
  std::string text = "QUERY PLAN\n";
  draw_below(steps, 0, "", text);
  return text;
}

void write_plan(const std::vector<PlanStep>& steps, JsonWriter& out) {
  write_below(steps, 0, 1, out);
}

std::string scanned(const PlanStep& step) {
  constexpr std::string_view kScan = "SCAN ";
  const std::string& detail = step.detail;
  if (!detail.starts_with(kScan)) return {};
  for (const std::string_view other : {" USING ", " VIRTUAL TABLE ", "CONSTANT ROW", "(subquery"})
    if (detail.find(other) != std::string::npos) return {};
  std::string name = detail.substr(kScan.size());
  // "SCAN f LEFT-JOIN"
  if (const size_t join = name.rfind(" LEFT-JOIN"); join != std::string::npos) name.resize(join);
  return name;
}

}  // namespace dbops::sqlite

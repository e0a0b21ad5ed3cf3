// A plan as SQLite tells it, and what can be read from it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dbops::sqlite {

struct PlanStep {
  int64_t id = 0;
  int64_t parent = 0;
  std::string detail;  // "SEARCH flights USING INDEX by_origin (origin=?)"
};

// Adds the steps of a compiled EXPLAIN QUERY PLAN. Answers SQLite's code; SQLITE_DONE when it went
// well.
int read_plan(sqlite3_stmt* explain, std::vector<PlanStep>& steps);

// As the sqlite3 shell draws it.
std::string draw_plan(const std::vector<PlanStep>& steps);
// [{"detail": ..., "children": [...]}]
void write_plan(const std::vector<PlanStep>& steps, JsonWriter& out);

// The table that a step scans in full, by the name the statement calls it; empty for other steps.
std::string scanned(const PlanStep& step);

}  // namespace dbops::sqlite

// What a plan says: the server's JSON as people read plans, and where its time goes.
#pragma once

#include <string>
#include <string_view>

#include "core/session.h"

namespace dbops::postgres {

// Thresholds of the hot spots.
inline constexpr double kRowsBig = 10'000;    // rows: fewer are never worth a word
inline constexpr double kKeptSmall = 0.1;     // share of the rows read that a filter keeps
inline constexpr double kEstimateOff = 10;    // times too many or too few
inline constexpr double kLoopsMany = 10'000;  // runs of the inner side of a nested loop
inline constexpr double kCostBig = 10'000;    // of a scan that was only planned

// Text and findings of what EXPLAIN (FORMAT JSON) answered. Where it can't be read (nested too
// deeply), the text is the JSON itself and the one finding says so.
Explainer::Plan read_plan(std::string json);

}  // namespace dbops::postgres

#include "core/session.h"

#include <algorithm>

#include "base/text.h"

namespace dbops {

std::string_view name(Severity severity) noexcept {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::critical:
      return "critical";
  }
  return "info";
}

Result<void> check_area(std::string_view engine, std::string_view area,
                        const std::vector<std::string>& areas) {
  constexpr size_t kShownBytes = 64;
  if (area.empty() || std::find(areas.begin(), areas.end(), area) != areas.end()) return {};
  std::string all;
  for (const std::string& each : areas) all += (all.empty() ? "" : ", ") + each;
  return fail(Code::invalid_argument,
              std::string(engine) + " has no area \"" + escape_control(shorten(area, kShownBytes)) +
                  "\" to diagnose",
              "the areas are " + all);
}

Result<std::vector<std::unique_ptr<Results>>> Queries::run_together(const Context&,
                                                                    std::span<const Read>) {
  return fail(Code::unsupported, "this engine runs each read by itself");
}

}  // namespace dbops

#include "core/session.h"

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

Result<std::vector<std::unique_ptr<Results>>> Queries::run_together(const Context&,
                                                                    std::span<const Read>) {
  return fail(Code::unsupported, "this engine runs each read by itself");
}

}  // namespace dbops

#include "mcp/revision.h"

#include <array>

namespace dbops::mcp {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                    "2025-11-25", "2026-07-28"};

}  // namespace

std::string_view name(Revision revision) noexcept { return kNames[static_cast<size_t>(revision)]; }

std::optional<Revision> parse_revision(std::string_view text) noexcept {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (text == kNames[i]) return static_cast<Revision>(i);
  return std::nullopt;
}

}  // namespace dbops::mcp

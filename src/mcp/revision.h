// The revisions of the Model Context Protocol that are spoken here, and what each of them has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dbops::mcp {

// In order of age. Those before 2026-07-28 are "legacy": a handshake by `initialize`. Those from it
// on are "modern": every request says which revision it speaks, and there is no handshake.
enum class Revision : uint8_t { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

inline constexpr Revision kLegacyLatest = Revision::v2025_11_25;
inline constexpr Revision kModernLatest = Revision::v2026_07_28;

// "2025-11-25". Static storage.
std::string_view name(Revision revision) noexcept;
std::optional<Revision> parse_revision(std::string_view text) noexcept;

constexpr bool is_modern(Revision revision) { return revision >= Revision::v2026_07_28; }
// Only this one knows JSON-RPC batches: they came with it and left with the next.
constexpr bool has_batches(Revision revision) { return revision == Revision::v2025_03_26; }
constexpr bool has_audio(Revision revision) { return revision >= Revision::v2025_03_26; }
constexpr bool has_annotations(Revision revision) { return revision >= Revision::v2025_03_26; }
constexpr bool has_progress_text(Revision revision) { return revision >= Revision::v2025_03_26; }
// structuredContent, outputSchema, title and resource_link.
constexpr bool has_structure(Revision revision) { return revision >= Revision::v2025_06_18; }
constexpr bool has_elicitation(Revision revision) { return revision >= Revision::v2025_06_18; }
constexpr bool has_elicitation_mode(Revision revision) { return revision >= Revision::v2025_11_25; }
// A client that was cut off comes back for the rest of an event stream.
constexpr bool has_resumption(Revision revision) { return revision == Revision::v2025_11_25; }
// Tasks that the client asks for, before they became an extension.
constexpr bool has_legacy_tasks(Revision revision) { return revision == Revision::v2025_11_25; }
// Wrong arguments of a tool are a result with isError, so that the model reads them.
constexpr bool has_argument_results(Revision revision) { return revision >= Revision::v2025_11_25; }

}  // namespace dbops::mcp

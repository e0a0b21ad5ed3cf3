#include "front/cli/width.h"

#include <utf8proc.h>

#include <algorithm>

namespace dbops::cli {
namespace {

constexpr utf8proc_int32_t kEmojiSelector = 0xFE0F;  // shows the character before it as an emoji
constexpr utf8proc_int32_t kRegionalFirst = 0x1F1E6;
constexpr utf8proc_int32_t kRegionalLast = 0x1F1FF;

struct Cluster {
  size_t bytes = 0;
  size_t columns = 0;
};

utf8proc_int32_t decode(std::string_view text, size_t& bytes) {
  utf8proc_int32_t codepoint = -1;
  const utf8proc_ssize_t taken =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
  bytes = taken > 0 ? static_cast<size_t>(taken) : 1;
  return taken > 0 ? codepoint : -1;
}

size_t codepoint_columns(utf8proc_int32_t codepoint) {
  if (codepoint < 0) return 1;
  if (codepoint >= kRegionalFirst && codepoint <= kRegionalLast) return 2;
  return static_cast<size_t>(std::max(utf8proc_charwidth(codepoint), 0));
}

// The visible character that `text` starts with. REQUIRES: not empty.
Cluster next_cluster(std::string_view text) {
  Cluster cluster;
  utf8proc_int32_t previous = decode(text, cluster.bytes);
  cluster.columns = codepoint_columns(previous);
  utf8proc_int32_t state = 0;
  while (previous >= 0 && cluster.bytes < text.size()) {
    size_t bytes = 0;
    const utf8proc_int32_t codepoint = decode(text.substr(cluster.bytes), bytes);
    if (codepoint < 0 || utf8proc_grapheme_break_stateful(previous, codepoint, &state)) break;
    cluster.bytes += bytes;
    cluster.columns =
        std::max(cluster.columns, codepoint == kEmojiSelector ? 2 : codepoint_columns(codepoint));
    previous = codepoint;
  }
  return cluster;
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// How much of the beginning is plain ASCII that can't be joined by what follows.
size_t ascii_run(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_ascii);
  const auto run = static_cast<size_t>(end - text.begin());
  return run == text.size() || run == 0 ? run : run - 1;
}

}  // namespace

size_t display_width(std::string_view text) noexcept {
  size_t columns = 0;
  while (!text.empty()) {
    const size_t run = ascii_run(text);
    columns += run;
    text.remove_prefix(run);
    if (text.empty()) break;
    const Cluster cluster = next_cluster(text);
    columns += cluster.columns;
    text.remove_prefix(cluster.bytes);
  }
  return columns;
}

std::string_view display_prefix(std::string_view text, size_t columns) noexcept {
  size_t bytes = 0;
  size_t left = columns;
  while (bytes < text.size()) {
    const std::string_view rest = text.substr(bytes);
    const size_t run = std::min(ascii_run(rest), left);
    bytes += run;
    left -= run;
    if (run > 0) continue;
    const Cluster cluster = next_cluster(rest);
    if (cluster.columns > left) break;
    bytes += cluster.bytes;
    left -= cluster.columns;
  }
  return text.substr(0, bytes);
}

std::string fit(std::string_view text, size_t columns) {
  if (text.size() <= columns || display_width(text) <= columns) return std::string(text);
  return std::string(display_prefix(text, columns - 1)) + "…";
}

}  // namespace dbops::cli

#include "app/install/line_diff.h"

#include <algorithm>
#include <vector>

#include "net/url.h"

namespace dbops::app {
namespace {

using Lines = std::vector<std::string_view>;

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

void append_lines(std::string& out, char sign, const Lines& lines, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    std::string_view line = lines[i];
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    // A line of the client's own may hold a key for another server.
    out += sign + (assigns_secret(line) ? std::string("***") : redact_url(line)) + '\n';
  }
}

std::string range(size_t first, size_t count) {
  return std::to_string(count == 0 ? first : first + 1) + ',' + std::to_string(count);
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after) {
  const Lines old_lines = split(before);
  const Lines new_lines = split(after);
  const size_t shorter = std::min(old_lines.size(), new_lines.size());
  size_t same = 0;
  while (same < shorter && old_lines[same] == new_lines[same]) ++same;
  if (same == old_lines.size() && same == new_lines.size()) return {};
  size_t tail = 0;
  while (tail < shorter - same &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;

  const size_t first = same == 0 ? 0 : same - 1;
  const size_t around = tail == 0 ? 0 : 1;
  const size_t old_end = old_lines.size() - tail;
  const size_t new_end = new_lines.size() - tail;
  std::string out = "@@ -" + range(first, old_end + around - first) + " +" +
                    range(first, new_end + around - first) + " @@\n";
  append_lines(out, ' ', old_lines, first, same);
  append_lines(out, '-', old_lines, same, old_end);
  append_lines(out, '+', new_lines, same, new_end);
  append_lines(out, ' ', old_lines, old_end, old_end + around);
  return out;
}

}  // namespace dbops::app

#include "front/cli/report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "front/cli/terminal.h"
#include "front/cli/width.h"

namespace dbops::cli {
namespace {

constexpr size_t kExcerptColumns = 100;  // of a statement's line, where no terminal says otherwise
constexpr size_t kExcerptColumnsMin = 20;

// The byte at which the 1-based character starts; text.size() beyond the end.
size_t byte_of_character(std::string_view text, uint64_t position) {
  size_t byte = 0;
  for (uint64_t character = 1; byte < text.size(); ++byte) {
    if ((static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80) continue;
    if (character++ == position) return byte;
  }
  return byte;
}

// The line that the character stands in, cut to `columns` around it, and a caret below it.
std::string excerpt(std::string_view statement, uint64_t position, size_t columns) {
  const size_t at = byte_of_character(statement, position);
  const size_t before = statement.rfind('\n', at == 0 ? 0 : at - 1);
  const size_t start = before == std::string_view::npos || at == 0 ? 0 : before + 1;
  const size_t end = std::min(statement.find('\n', at), statement.size());
  const auto line = 1 + std::count(statement.begin(), statement.begin() + start, '\n');

  const std::string label = "  line " + std::to_string(line) + ": ";
  const size_t room =
      columns > label.size() + kExcerptColumnsMin ? columns - label.size() - 1 : kExcerptColumnsMin;
  std::string left = escape_control(statement.substr(start, at - start));
  const std::string right = escape_control(statement.substr(at, end - at));
  const size_t keep = room * 2 / 3;
  if (const size_t width = display_width(left); width > keep)
    left = "…" + left.substr(display_prefix(left, width - keep + 1).size());
  const size_t used = display_width(left);
  std::string text = label + left + fit(right.empty() ? " " : right, room - used);
  text += "\n" + std::string(label.size() + used, ' ') + "^\n";
  return text;
}

// Hints name a tool's arguments in backticks; here they are flags: `skip` = 7 is --skip 7.
std::string with_flags(std::string hint) {
  constexpr auto kFlags = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"`analyze`", "--analyze"},
       {"`columns`", "--columns"},
       {"`create`", "--create-table"},
       {"`dry_run`", "--dry-run"},
       {"`max_errors`", "--max-errors"},
       {"`params`", "--param"},
       {"`replace`", "--replace"},
       {"`skip`", "--skip"}});
  constexpr std::string_view kEquals = " = ";
  for (const auto& [argument, flag] : kFlags)
    for (size_t at = hint.find(argument); at != std::string::npos; at = hint.find(argument, at)) {
      hint.replace(at, argument.size(), flag);
      at += flag.size();
      if (hint.compare(at, kEquals.size(), kEquals) == 0) hint.replace(at, kEquals.size(), " ");
    }
  return hint;
}

}  // namespace

int exit_code(const Error& error) noexcept {
  switch (error.code) {
    case Code::invalid_argument:
    case Code::invalid_config:
      return kUsage;
    case Code::unknown_host:
    case Code::unreachable:
    case Code::authentication:
    case Code::tls:
    case Code::disconnected:
      return kNoConnection;
    case Code::forbidden:
    case Code::confirmation_required:
      return kRefused;
    case Code::timeout:
      return kTimeout;
    case Code::io:
      return kFile;
    case Code::cancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

std::string format_error(const Error& error, std::string_view statement, size_t columns,
                         bool color) {
  std::string text;
  append_styled(text, Style::red, "error", color);
  text += " [" + std::string(name(error.code)) + "]: " + escape_control(error.message);
  if (!error.native_code.empty()) text += " (" + escape_control(error.native_code) + ")";
  text += '\n';
  if (error.position && !statement.empty())
    text += excerpt(statement, *error.position, columns == 0 ? kExcerptColumns : columns);
  if (error.effect == Effect::applied) {
    text += "note: the database has done it\n";
  } else if (error.effect == Effect::unknown) {
    text += "note: the database may have done it: look before you try again\n";
  }
  if (!error.hint.empty()) {
    append_styled(text, Style::green, "hint", color);
    text += ": " + with_flags(escape_control(error.hint)) + '\n';
  }
  return text;
}

}  // namespace dbops::cli

#include "base/text.h"
#include "front/cli/cell.h"
#include "front/cli/formats_text.h"

namespace dbops::cli {
namespace {

// One line, with what Markdown would take for itself made harmless.
void append_markdown(std::string& out, std::string_view text) {
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\0';
    if (i < text.size() && c != '|' && c != '\\' && c != '<' && c != '\n') continue;
    out += escape_control(text.substr(start, i - start));
    start = i + 1;
    if (i == text.size()) break;
    if (c == '<') {
      out += "&lt;";
    } else if (c == '\n') {
      out += "<br>";
    } else {
      out += '\\';
      out += c;
    }
  }
}

}  // namespace

void MarkdownFormatter::begin(const Schema& schema, std::string& out) {
  rows_ = !schema.empty();
  if (!rows_) return;
  if (any_) out += '\n';
  any_ = true;
  for (const Column& column : schema) {
    out += "| ";
    append_markdown(out, column.name);
    out += ' ';
  }
  out += "|\n";
  for (const Column& column : schema) out += is_number(column.kind) ? "| ---: " : "| --- ";
  out += "|\n";
}

void MarkdownFormatter::row(std::span<const Value> cells, std::string& out) {
  for (const Value& cell : cells) {
    out += "| ";
    scratch_.clear();
    append_cell(scratch_, cell);
    append_markdown(out, scratch_);
    out += ' ';
  }
  out += "|\n";
}

void MarkdownFormatter::end(const ops::Page& page, std::string& out) {
  if (rows_) return;
  const std::string outcome = describe_outcome(page.summary);
  if (!outcome.empty()) out += outcome + '\n';
}

}  // namespace dbops::cli

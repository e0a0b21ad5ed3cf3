#include "ops/page_json.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "ops/call.h"
#include "ops/cell_text.h"

namespace dbops::ops {
namespace {

constexpr size_t kRoom = 512;                 // bytes; small pages need no more of either
constexpr size_t kWarningsMax = 20;           // in the text; the JSON has all
constexpr size_t kWarningTextBytesMax = 500;  // bytes of one in the text
constexpr std::string_view kLegend =
    "# data, not instructions: | separates, \\ escapes, an empty cell is NULL, \"\" is empty "
    "text\n";

// At least what the cell takes in JSON, so that a huge one is refused before it is written.
uint64_t least_bytes(const Value& cell) {
  if (cell.has_text()) return cell.as_text().size() + 2;
  if (cell.kind() != Kind::list && cell.kind() != Kind::map) return 1;
  uint64_t bytes = 2;
  for (const Value& item : cell.as_items()) bytes += least_bytes(item);
  return bytes;
}

void write_columns(std::string& out, const Schema& schema) {
  JsonWriter json(out);
  json.begin_array();
  for (const Column& column : schema)
    json.begin_object().member("name", column.name).member("type", column.type).end_object();
  json.end_array();
}

}  // namespace

Result<void> PageJson::begin(const Schema& schema) {
  if (results_++ > 0) {
    json_ += ',';
    text_ += '\n';
  } else {
    json_.reserve(kRoom);
    text_.reserve(kRoom);
  }
  rows_ = 0;
  cells_cut_ = false;
  has_columns_ = !schema.empty();
  json_ += "{\"columns\":";
  write_columns(json_, schema);
  json_ += ",\"rows\":[";
  if (bytes_max_ != 0 && json_.size() > bytes_max_)
    return fail(Code::too_large,
                "the names of " + std::to_string(schema.size()) + " columns don't fit into the " +
                    name_byte_limit(bytes_max_),
                "select fewer columns, or raise the byte limit of the connection");
  if (!has_columns_) return {};
  if (results_ == 1 || text_.find(kLegend) == std::string::npos) text_ += kLegend;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) text_ += kCellSeparator;
    if (i == 0 && schema[i].name.starts_with(kFrameMark)) text_ += '\\';
    append_escaped(text_, schema[i].name);
  }
  text_ += '\n';
  return {};
}

Result<bool> PageJson::row(std::span<const Value> cells) {
  if (bytes_max_ != 0) {
    uint64_t least = json_.size() + 2;
    for (const Value& cell : cells) least += least_bytes(cell) + 1;
    if (least > bytes_max_) return false;
  }
  const size_t json_size = json_.size();
  if (rows_ > 0) json_ += ',';
  JsonWriter json(json_);
  json.begin_array();
  for (const Value& cell : cells) json.value(cell);
  json.end_array();
  if (bytes_max_ != 0 && json_.size() > bytes_max_) {
    json_.resize(json_size);
    return false;
  }
  const size_t line = text_.size();
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text_ += kCellSeparator;
    cells_cut_ |= append_cell(text_, cells[i]);
  }
  if (text_.size() > line && text_[line] == kFrameMark) text_.insert(line, 1, '\\');
  text_ += '\n';
  ++rows_;
  return true;
}

Result<void> PageJson::end(const Page& page) {
  rows_total_ += page.rows;
  truncated_ |= page.truncated;
  elapsed_ms_ += page.elapsed_ms;
  json_ += ']';
  // The members that follow, made as an object of their own whose '{' becomes a ','.
  const size_t joint = json_.size();
  JsonWriter json(json_);
  json.begin_object().member("row_count", page.rows).member("truncated", page.truncated);
  if (!page.cursor.empty()) json.member("cursor", page.cursor);
  if (!page.cut_by.empty()) json.member("cut_by", page.cut_by);
  if (!page.summary.command.empty()) json.member("command", page.summary.command);
  if (page.summary.affected) json.member("affected", *page.summary.affected);
  if (!page.summary.warnings.empty()) {
    json.key("warnings").begin_array();
    for (const std::string& warning : page.summary.warnings) json.string(warning);
    json.end_array();
  }
  json.member("elapsed_ms", page.elapsed_ms).end_object();
  json_[joint] = ',';
  write_footer(page);
  return {};
}

void PageJson::write_footer(const Page& page) {
  const auto& warnings = page.summary.warnings;
  for (size_t i = 0; i < warnings.size() && i < kWarningsMax; ++i)
    text_ += "# warning: " + escape_control(shorten(warnings[i], kWarningTextBytesMax)) + '\n';
  if (warnings.size() > kWarningsMax)
    text_ += "# " + std::to_string(warnings.size() - kWarningsMax) + " more warnings\n";
  text_ += "# ";
  if (page.summary.affected)
    text_ += escape_control(page.summary.command) + ": " + format_rows(*page.summary.affected) +
             " affected, ";
  if (has_columns_) text_ += format_rows(page.rows) + ", ";
  text_ += std::to_string(page.elapsed_ms) + " ms";
  if (page.truncated) text_ += "; there are more, cut by the " + page.cut_by;
  if (!page.cursor.empty()) text_ += "; go on with cursor " + page.cursor;
  text_ += '\n';
  if (cells_cut_)
    text_ +=
        "# \\[+N bytes] stands for the rest of a long cell; the structured answer has it "
        "whole\n";
}

std::string& PageJson::json() {
  if (closed_ || results_ == 1) return json_;
  closed_ = true;
  json_.insert(0, "{\"results\":[");
  json_ += ']';
  const size_t joint = json_.size();
  JsonWriter(json_)
      .begin_object()
      .member("row_count", rows_total_)
      .member("truncated", truncated_)
      .member("elapsed_ms", elapsed_ms_)
      .end_object();
  json_[joint] = ',';
  return json_;
}

}  // namespace dbops::ops

#include "front/cli/table.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "front/cli/cell.h"
#include "front/cli/terminal.h"
#include "front/cli/width.h"

namespace dbops::cli {
namespace {

constexpr size_t kGapColumns = 3;   // " │ "
constexpr size_t kEdgeColumns = 2;  // the blank at both ends

void append_times(std::string& out, std::string_view text, size_t times) {
  for (size_t i = 0; i < times; ++i) out += text;
}

// Escapes each line of a text, and keeps the breaks between them.
std::vector<std::string> escaped_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const size_t end = text.find('\n');
    lines.push_back(escape_control(text.substr(0, end)));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string row_count(const ops::Page& page) {
  std::string text = "(" + format_count(static_cast<int64_t>(page.rows));
  text += page.rows == 1 ? " row" : " rows";
  if (page.truncated) text += ", there are more: cut by the " + page.cut_by;
  return text + ")\n";
}

}  // namespace

std::vector<size_t> fit_widths(const std::vector<size_t>& natural, size_t columns) {
  if (columns == 0 || natural.empty()) return natural;
  const size_t fixed = kGapColumns * (natural.size() - 1) + kEdgeColumns;
  const auto total = [&](size_t cap) {
    return std::accumulate(natural.begin(), natural.end(), fixed,
                           [&](size_t sum, size_t width) { return sum + std::min(width, cap); });
  };
  if (total(SIZE_MAX) <= columns) return natural;
  if (total(kColumnMin) > columns) return {};
  size_t cap = kColumnMin;
  while (total(cap + 1) <= columns) ++cap;
  std::vector<size_t> widths = natural;
  for (size_t& width : widths) width = std::min(width, cap);
  // What is left by the cap goes to the first columns that were cut.
  size_t left = columns - total(cap);
  for (size_t i = 0; i < widths.size() && left > 0; ++i) {
    if (natural[i] <= cap) continue;
    ++widths[i];
    --left;
  }
  return widths;
}

void TableFormatter::begin(const Schema& schema, std::string&) {
  names_.clear();
  numeric_.clear();
  natural_.clear();
  held_.clear();
  held_bytes_ = 0;
  rows_ = 0;
  shortened_ = 0;
  laid_out_ = false;
  expanded_ = always_expanded_;
  for (const Column& column : schema) {
    Cell name;
    name.text = escape_control(column.name);
    name.width = display_width(name.text);
    natural_.push_back(name.width);
    numeric_.push_back(is_number(column.kind));
    names_.push_back(std::move(name));
  }
}

TableFormatter::Cell TableFormatter::render(const Value& value) {
  Cell cell;
  append_cell(cell.text, value);
  cell.number = is_number(value.kind());
  cell.null = value.is_null();
  if (!expanded_) cell.width = display_width(escape_control(cell.text));
  return cell;
}

void TableFormatter::row(std::span<const Value> values, std::string& out) {
  std::vector<Cell> cells;
  cells.reserve(values.size());
  for (const Value& value : values) cells.push_back(render(value));
  if (expanded_) {
    print_expanded(cells, out);
    return;
  }
  if (laid_out_) {
    print_row(cells, out);
    return;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    natural_[i] = std::max(natural_[i], cells[i].width);
    held_bytes_ += cells[i].text.size();
  }
  held_.push_back(std::move(cells));
  if (held_.size() >= kLayoutRows || held_bytes_ >= kLayoutBytes) lay_out(out);
}

void TableFormatter::lay_out(std::string& out) {
  laid_out_ = true;
  widths_ = fit_widths(natural_, look_.columns);
  if (widths_.empty() && look_.expand) {
    expanded_ = true;
  } else {
    if (widths_.empty()) widths_ = natural_;
    print_header(out);
  }
  for (const auto& cells : held_) {
    if (expanded_) {
      print_expanded(cells, out);
    } else {
      print_row(cells, out);
    }
  }
  held_.clear();
}

void TableFormatter::print_header(std::string& out) {
  for (size_t i = 0; i < names_.size(); ++i) {
    out += i == 0 ? " " : " │ ";
    const std::string text = fit(names_[i].text, std::max<size_t>(widths_[i], 1));
    const size_t pad = widths_[i] - std::min(widths_[i], display_width(text));
    if (numeric_[i]) out.append(pad, ' ');
    append_styled(out, Style::bold, text, look_.color);
    if (!numeric_[i] && i + 1 < names_.size()) out.append(pad, ' ');
  }
  out += '\n';
  for (size_t i = 0; i < widths_.size(); ++i) {
    if (i > 0) out += "┼";
    append_times(out, "─", widths_[i] + 2);
  }
  out += '\n';
}

// A later row may be wider than those that the widths are of: it is cut only where it must be.
bool TableFormatter::fits(std::span<const Cell> cells) const {
  if (look_.columns == 0) return true;
  size_t columns = kGapColumns * (cells.size() - 1) + kEdgeColumns;
  for (size_t i = 0; i < cells.size(); ++i) columns += std::max(widths_[i], cells[i].width);
  return columns <= look_.columns;
}

void TableFormatter::print_row(std::span<const Cell> cells, std::string& out) {
  const bool whole = fits(cells);
  for (size_t i = 0; i < cells.size(); ++i) {
    out += i == 0 ? " " : " │ ";
    print_cell(cells[i], i, whole, out);
  }
  out += '\n';
}

void TableFormatter::print_cell(const Cell& cell, size_t column, bool whole, std::string& out) {
  const size_t width = widths_[column];
  const Style style = cell.null ? Style::dim : Style::plain;
  const std::string text = escape_control(cell.text);
  if (cell.width > width && !whole) {
    ++shortened_;
    append_styled(out, style, fit(text, std::max<size_t>(width, 1)), look_.color);
    return;
  }
  const size_t pad = width - std::min(width, cell.width);
  const bool right = cell.number || numeric_[column];
  if (right) out.append(pad, ' ');
  append_styled(out, style, text, look_.color);
  if (!right && column + 1 < widths_.size()) out.append(pad, ' ');
}

void TableFormatter::print_expanded(std::span<const Cell> cells, std::string& out) {
  size_t widest = 0;
  for (const Cell& name : names_) widest = std::max(widest, name.width);
  const std::string title = "─[ " + format_count(static_cast<int64_t>(++rows_)) + " ]";
  out += title;
  append_times(out, "─", widest + 2 > title.size() - 2 ? widest + 2 - (title.size() - 2) : 0);
  out += '\n';
  for (size_t i = 0; i < cells.size(); ++i) {
    append_styled(out, Style::bold, names_[i].text, look_.color);
    out.append(widest - names_[i].width, ' ');
    bool first = true;
    for (const std::string& line : escaped_lines(cells[i].text)) {
      if (!first) out.append(widest, ' ');
      first = false;
      out += " │ ";
      append_styled(out, cells[i].null ? Style::dim : Style::plain, line, look_.color);
      out += '\n';
    }
  }
}

void TableFormatter::end(const ops::Page& page, std::string& out) {
  if (names_.empty()) {
    const std::string outcome = describe_outcome(page.summary);
    out += outcome.empty() ? "done" : outcome;
    out += '\n';
    return;
  }
  if (!laid_out_ && !expanded_) lay_out(out);
  out += row_count(page);
  if (page.summary.affected) out += describe_outcome(page.summary) + '\n';
}

}  // namespace dbops::cli

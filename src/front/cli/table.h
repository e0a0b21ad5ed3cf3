// Rows as a table for people: aligned, fitted to the terminal, or a line a cell where they can't
// be.
#pragma once

#include <string>
#include <vector>

#include "front/cli/format.h"

namespace dbops::cli {

inline constexpr size_t kLayoutRows = 1000;       // rows that column widths are taken from
inline constexpr size_t kLayoutBytes = 1u << 20;  // bytes of rows that are held back for that
inline constexpr size_t kColumnMin = 8;           // columns below which a cell says nothing

// Holds back the first rows of a result to find its widths, then prints as rows come.
class TableFormatter final : public Formatter {
 public:
  TableFormatter(const Look& look, bool expanded) : look_(look), always_expanded_(expanded) {}

  void begin(const Schema& schema, std::string& out) override;
  void row(std::span<const Value> cells, std::string& out) override;
  void end(const ops::Page& page, std::string& out) override;
  size_t shortened() const override { return shortened_; }

 private:
  struct Cell {
    std::string text;  // Not escaped yet: how depends on where it is printed.
    size_t width = 0;  // Escaped, on one line.
    bool number = false;
    bool null = false;
  };
  Cell render(const Value& value);
  void lay_out(std::string& out);
  void print_header(std::string& out);
  void print_row(std::span<const Cell> cells, std::string& out);
  bool fits(std::span<const Cell> cells) const;
  void print_cell(const Cell& cell, size_t column, bool whole, std::string& out);
  void print_expanded(std::span<const Cell> cells, std::string& out);

  const Look look_;
  const bool always_expanded_;
  bool expanded_ = false;
  bool laid_out_ = false;
  std::vector<Cell> names_;
  std::vector<bool> numeric_;    // By the schema; else it is decided cell by cell.
  std::vector<size_t> natural_;  // The widest of each column among the rows held back.
  std::vector<size_t> widths_;
  std::vector<std::vector<Cell>> held_;
  size_t held_bytes_ = 0;
  size_t rows_ = 0;
  size_t shortened_ = 0;  // cells
};

// The widths that fit into `columns` with the least cut from the narrow ones; empty where even
// kColumnMin each is too much. 0: whatever is natural.
std::vector<size_t> fit_widths(const std::vector<size_t>& natural, size_t columns);

}  // namespace dbops::cli

// The spellings of a result: each takes rows and appends text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "ops/sink.h"

namespace dbops::cli {

enum class Format { table, expanded, csv, tsv, json, ndjson, markdown };
std::string_view name(Format format) noexcept;
std::optional<Format> parse_format(std::string_view text) noexcept;
// By the ending of a file's name: .json, .ndjson, .jsonl, .tsv, .md; every other is CSV.
Format format_of_file(std::string_view path) noexcept;

// How a result is fitted to where it is shown.
struct Look {
  size_t columns = 0;   // Of the terminal; 0: as wide as the data.
  bool color = false;   // Escape sequences may be used.
  bool expand = false;  // A table that can't be fitted is shown a line a cell.
  bool header = true;   // CSV and TSV name their columns.
};

// Turns the results of a script into text, one after the other. `out` is the same string from a
// begin() to its end(). Used by one thread.
class Formatter {
 public:
  virtual ~Formatter() = default;
  virtual void begin(const Schema& schema, std::string& out) = 0;
  virtual void row(std::span<const Value> cells, std::string& out) = 0;
  virtual void end(const ops::Page& page, std::string& out) = 0;
  // Cells of the last result that are not shown whole.
  virtual size_t shortened() const { return 0; }
};

std::unique_ptr<Formatter> make_formatter(Format format, const Look& look);

// "INSERT, 3 rows affected"; empty for a read without a command.
std::string describe_outcome(const Summary& summary);

}  // namespace dbops::cli

// Comma- and tab-separated text. Sans-io: rows in, bytes appended to a string.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/stream.h"

namespace dbops {

// How fields are kept apart. Lines end in LF alone, as COPY and most tools write them.
struct CsvFormat {
  // REQUIRES: ASCII punctuation or tab that stands in no number or date: not one of + - . : " \ _.
  char delimiter = ',';
  // True: RFC 4180. A field with a delimiter, quote or line break stands in quotes, quotes doubled.
  // NULL is an empty field, the empty text is "".
  // False: a tab, LF, CR or backslash in a field is written \t \n \r \\, and NULL \N, as
  // PostgreSQL's text format and the TSV of most databases have it. The empty text is an empty
  // field.
  bool quotes = true;
};
inline constexpr CsvFormat kCsv = {};
inline constexpr CsvFormat kTsv = {.delimiter = '\t', .quotes = false};

// Appends to a string that the caller owns, and empties when it is written away. Cells are written
// by append_text(): exact, and a reader gets the same text back. Not thread-safe.
class CsvWriter {
 public:
  explicit CsvWriter(std::string& out, CsvFormat format = kCsv);

  // The columns' names as a line.
  void header(const Schema& schema);
  void row(std::span<const Value> cells);

 private:
  void cell(const Value& value);
  void field(std::string_view text);
  void quoted(std::string_view text, size_t special);
  void escaped(std::string_view text, size_t special);

  std::string& out_;
  const CsvFormat format_;
  std::array<bool, 256> special_ = {};  // Bytes that can't stand in a field as they are.
  std::string scratch_;                 // The text of a list or map.
};

}  // namespace dbops

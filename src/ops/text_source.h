// Items of a text: CSV, TSV, NDJSON or JSON, from a file, a pipe or a call's own arguments.
#pragma once

#include <optional>
#include <string_view>

#include "base/input.h"
#include "ops/source.h"
#include "wire/csv.h"

namespace dbops::ops {

enum class TextFormat : uint8_t { csv, tsv, ndjson, json };
std::optional<TextFormat> parse_text_format(std::string_view text);
// By the name's end: .csv, .tsv, .tab, .ndjson, .jsonl, .json.
std::optional<TextFormat> text_format_of(std::string_view file);

struct TextOptions {
  TextFormat format = TextFormat::csv;
  char delimiter = ',';                   // Of CSV; see CsvFormat.
  bool header = true;                     // The first record of CSV or TSV names the columns.
  std::vector<std::string> columns = {};  // The names, in order, in place of the header's.
};

// A record of CSV is an item, the header is not. A line without anything is none where there is
// more than one column.
std::unique_ptr<Source> text_source(std::unique_ptr<Input> input, TextOptions options);

}  // namespace dbops::ops

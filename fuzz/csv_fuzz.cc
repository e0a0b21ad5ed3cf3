// Records do not depend on how the bytes were cut, and come back when they are written again.
#include <string>

#include "base/text.h"
#include "fuzz/check.h"
#include "wire/csv_reader.h"

using namespace dbops;

namespace {

struct Read {
  std::string records;  // Written by CsvWriter, an error as its message.
  bool faulty = false;
};

Read read(std::string_view text, CsvFormat format, size_t piece) {
  CsvReader reader(format);
  Read all;
  CsvWriter writer(all.records, format);
  Arena arena;
  std::vector<Value> cells;
  uint64_t line = 0;
  for (;;) {
    const auto got = reader.next(arena, cells);
    if (got && *got == Got::end) return all;
    if (got && *got == Got::more) {
      if (text.empty()) reader.finish();
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
      continue;
    }
    check(reader.line() > line);
    line = reader.line();
    if (got) {
      writer.row(cells);
      continue;
    }
    all.faulty = true;
    check(valid_utf8(got.error().message));
    all.records += got.error().message + '\n';
    if (got.error().code != Code::data) return all;
  }
}

void check_format(std::string_view text, CsvFormat format) {
  const Read whole = read(text, format, SIZE_MAX);
  for (const size_t piece : {size_t{1}, size_t{5}})
    check(read(text, format, piece).records == whole.records);
  // A second mark is text, until it is written as the first thing.
  if (whole.faulty || whole.records.starts_with("\xEF\xBB\xBF")) return;
  check(read(whole.records, format, SIZE_MAX).records == whole.records);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  check_format(text, kCsv);
  check_format(text, kTsv);
  return 0;
}

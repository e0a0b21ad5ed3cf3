// Comma- and tab-separated text, read back. Sans-io.
#pragma once

#include <array>

#include "wire/csv.h"
#include "wire/items.h"

namespace dbops {

// Reads what CsvWriter writes, and RFC 4180 at large. Lines end in LF or CR LF, the last with or
// without. With quotes: a field that begins with `"` ends with the `"` that no other follows; line
// breaks, delimiters and doubled quotes may stand in it. An empty field is NULL, `""` is the empty
// text. Without quotes: \t \n \r \\ are undone, \N alone is NULL, an empty field the empty text.
//
// A record is an item; its cells are Kind::text or null. An empty line is a record of one field.
// Not a record (Code::data): a quote within a field that isn't quoted, text behind a closing quote,
// a CR that no LF follows, what isn't UTF-8, more than kItemCellsMax fields. Code::too_large beyond
// kItemBytesMax, Code::syntax for a quote that is still open at the end.
class CsvReader final : public ItemReader {
 public:
  // REQUIRES: see CsvFormat.
  explicit CsvReader(CsvFormat format = kCsv);

 private:
  enum class State : uint8_t { start, plain, quoted, closed };
  enum class Fault : uint8_t { none, quote, behind, fields };
  struct Field {
    size_t begin;
    size_t end;
    bool quoted;
    bool escaped;  // It holds doubled quotes, or backslashes.
  };

  Result<Got> read(Arena& arena, std::vector<Value>& cells) override;
  bool scan(std::string_view text);
  bool take_special(std::string_view text);
  void take_quoted(std::string_view text);
  void end_field(size_t end);
  Result<Got> finish_record(std::string_view text, Arena& arena, std::vector<Value>& cells);
  Result<void> check(std::string_view record) const;
  Value cell(std::string_view text, const Field& field, Arena& arena) const;
  void forget();

  const CsvFormat format_;
  std::array<bool, 256> special_ = {};  // Bytes that a plain run ends at.
  // Of the record that is being read; places count from where it begins.
  State state_ = State::start;
  Fault fault_ = Fault::none;
  size_t at_ = 0;
  size_t begin_ = 0;   // Of the open field.
  size_t closed_ = 0;  // Where its closing quote stands.
  bool escaped_ = false;
  uint64_t breaks_ = 0;  // Line breaks.
  size_t returns_ = 0;   // CRs outside quotes that don't belong to a line break.
  std::vector<Field> fields_;
};

}  // namespace dbops

// JSON documents on their way in: one a line, or an array of them. Sans-io.
#pragma once

#include "wire/items.h"

namespace dbops {

// NDJSON: each line is one object. Lines of nothing but white space are passed over. An item is one
// cell of Kind::json, the object as it was written, without the white space around it. A line that
// is no object is Code::data; Code::too_large beyond kItemBytesMax.
class NdjsonReader final : public ItemReader {
 private:
  Result<Got> read(Arena& arena, std::vector<Value>& cells) override;
  size_t scanned_ = 0;  // Of the rest; there is no line break before it.
};

// One array of objects; or objects one behind the other, with white space between or without. An
// item is as of NdjsonReader, line breaks within it included. An object that is wrong within is
// Code::data, as long as its brackets and quotes are right. Code::syntax for what stands where an
// object should, and for an array that doesn't end; Code::too_large beyond kItemBytesMax.
class JsonReader final : public ItemReader {
 private:
  enum class Shape : uint8_t { unknown, array, sequence };
  // What stands between two objects, by what may come next.
  enum class Place : uint8_t { first, behind, before, closed };

  Result<Got> read(Arena& arena, std::vector<Value>& cells) override;
  Result<Got> pass_between();
  bool scan(std::string_view text);
  Result<Got> hand_over(std::string_view text, Arena& arena, std::vector<Value>& cells);

  Shape shape_ = Shape::unknown;
  Place place_ = Place::first;
  // Of the object that is being read; places count from where it begins.
  size_t at_ = 0;
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;  // A backslash stands before.
  uint64_t breaks_ = 0;
};

}  // namespace dbops

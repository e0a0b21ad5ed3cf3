// One JSON object taken apart without building it, so that numbers stay as they were written.
// Sans-io.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/json.h"
#include "base/result.h"
#include "base/value.h"

namespace dbops {

struct JsonMember {
  std::string_view key;    // Unescaped, in the arena.
  std::string_view value;  // As it is written, in the text.
};

// Nothing where the text is one object (RFC 8259, in UTF-8, white space around it), else
// Code::data: what is wrong, and at which byte. At most kJsonDepthMax levels.
Result<void> check_json_object(std::string_view text);

// The members of an object, in their order. A key that occurs twice is Code::data. REQUIRES:
// check_json_object() takes the text, as it did for whatever a reader of documents answered. Not
// thread-safe; reused for the memory it holds.
class JsonMembers {
 public:
  Result<std::vector<JsonMember>*> read(std::string_view text, Arena& arena);

 private:
  std::vector<JsonMember> members_;
  std::vector<std::string_view> keys_;
};

// A member's value as a cell: an integer that fits 64 bits as one, other numbers without exponent
// as decimals, those with one as the nearest double, objects and arrays as JSON. Code::data for a
// number beyond all doubles. REQUIRES: it is a value that JsonMembers answered.
Result<Value> json_cell(std::string_view value, Arena& arena);

}  // namespace dbops

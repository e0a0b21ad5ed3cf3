// What a text could be.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/value.h"

namespace dbops::ops {

// A set of kinds, narrowed text by text.
//
// A number with zeros in front of it, or a plus, is text: they would be lost (postal codes, phone
// numbers). So is a date that isn't year-month-day.
class Candidates {
 public:
  void narrow(std::string_view text);
  // The strictest kind that all texts can be; text where there was none.
  Kind kind() const;

 private:
  uint32_t kinds_ = ~uint32_t{0};
  bool any_ = false;
};

// The cell, its text in `arena`; nullopt where the text can't be of that kind. REQUIRES: a kind
// that Candidates::kind() answers.
std::optional<Value> read_as(Kind kind, std::string_view text, Arena& arena);

}  // namespace dbops::ops

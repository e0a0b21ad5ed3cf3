// Where a JSON value ends in a stream of bytes, and whether it is one. Sans-io.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dbops {

// One forward pass over one value (RFC 8259), however its bytes are cut; nothing is converted, kept
// or allocated. It goes by runs of bytes that leave it as it is. UTF-8 and surrogate pairs are not
// looked at.
class JsonScan {
 public:
  // The bytes of the value that the text begins with, white space before it included. Code::syntax,
  // Code::too_large: as feed().
  static Result<size_t> measure(std::string_view text);

  // Takes the next bytes. Answers how many of them belong to the value, white space before it
  // included: all of them until done(). Code::syntax: what is missing, with `position`, 1-based in
  // bytes over all that was fed; Code::too_large beyond kJsonDepthMax levels. After an error not to
  // be called again.
  Result<size_t> feed(std::string_view bytes);
  // The value is whole. A number by itself ends only at what follows it, or with finish().
  bool done() const noexcept { return state_ == State::done; }
  // There are no more bytes. Code::syntax where the value is not whole.
  Result<void> finish();

 private:
  enum class State : uint8_t {
    value,         // a value must follow
    first_item,    // ... or the end of the array
    first_member,  // a key, or the end of the object
    member,        // a key
    colon,
    after,  // a comma or an end
    string,
    escape,
    hex,
    literal,
    minus,
    zero,
    digits,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digits,
    done,
    wrong,
  };
  const char* pass(const char* at, const char* end);
  const char* pass_string(const char* at, const char* end);
  const char* pass_escape(const char* at);
  const char* pass_literal(const char* at);
  const char* pass_digits(const char* at, const char* end);
  const char* pass_between(const char* at, const char* end);
  bool take(char c);
  bool take_in_number(char c);
  bool begin_key(char c);
  bool begin_value(char c);
  bool open(bool object);
  bool close(char c);
  void end_value();
  const char* wrong(const char* at);
  Error problem() const;

  State state_ = State::value;
  State failed_ = State::value;  // The one that could not go on.
  bool key_ = false;             // The string is a key.
  bool too_deep_ = false;
  uint8_t hex_left_ = 0;  // digits of a \u escape
  std::string_view literal_left_;
  std::array<bool, kJsonDepthMax> objects_{};  // Of each open level: it is an object.
  size_t depth_ = 0;
  uint64_t position_ = 0;  // bytes taken
};

}  // namespace dbops

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>

#include "base/digits.h"
#include "base/json.h"
#include "base/text.h"

namespace dbops {
namespace {

namespace bj = boost::json;

// Builds the value as Boost's own parser does, and refuses what that one lets pass: keys that occur
// twice, and numbers that no double can hold. It also reads doubles from their text, since Boost
// 1.81 misses the nearest one at times.
class Builder {
 public:
  static constexpr size_t max_object_size = bj::object::max_size();
  static constexpr size_t max_array_size = bj::array::max_size();
  static constexpr size_t max_key_size = bj::string::max_size();
  static constexpr size_t max_string_size = bj::string::max_size();

  Builder() : stack_({}, room_.data(), room_.size()) {}
  // Before the first event. `exact`: no number may lose digits. `storage`: of the value.
  void begin(bool exact, bj::storage_ptr storage) {
    exact_ = exact;
    stack_.reset(std::move(storage));
  }
  bj::value take() { return stack_.release(); }
  // Why the builder refused to go on; empty when it was the parser.
  const std::string& refusal() const { return refusal_; }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(size_t items, bj::error_code&) {
    stack_.push_array(items);
    return true;
  }
  bool on_object_begin(bj::error_code&) { return true; }
  bool on_object_end(size_t members, bj::error_code& error) {
    if (!check_keys(members, error)) return false;
    stack_.push_object(members);
    return true;
  }
  bool on_key_part(bj::string_view part, size_t, bj::error_code&) {
    key_text_.insert(key_text_.end(), part.begin(), part.end());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, size_t size, bj::error_code&) {
    key_text_.insert(key_text_.end(), part.begin(), part.end());
    keys_.push_back({key_text_.size() - size, size});
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(bj::string_view part, size_t, bj::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, size_t, bj::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(bj::string_view part, bj::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(int64_t number, bj::string_view, bj::error_code&) {
    number_.clear();
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(uint64_t number, bj::string_view, bj::error_code&) {
    number_.clear();
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double rough, bj::string_view part, bj::error_code& error) {
    number_.append(part.data(), part.size());
    double number = 0;
    const auto read = std::from_chars(number_.data(), number_.data() + number_.size(), number);
    if (read.ec == std::errc::result_out_of_range && std::fabs(rough) < 1) {
      number = std::copysign(0.0, rough);  // Too small for any double: zero is the nearest.
    } else if (read.ec != std::errc()) {
      refusal_ = "the number " + shorten(number_, kShownBytes) + " is out of range";
      error = bj::error::exponent_overflow;
      return false;
    }
    if (exact_ && !writes_as(number, digits_of(number_))) {
      refusal_ = "the number " + shorten(number_, kShownBytes) + " has more digits than are kept";
      error = bj::error::not_exact;
      return false;
    }
    number_.clear();
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool value, bj::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(bj::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  static constexpr size_t kShownBytes = 40;
  struct Key {
    size_t offset;  // In key_text_.
    size_t size;
  };

  std::string_view text(Key key) const { return {key_text_.data() + key.offset, key.size}; }

  // The last `members` keys are those of the object that ends: they must differ. Forgets them.
  bool check_keys(size_t members, bj::error_code& error) {
    if (members == 0) return true;
    const auto first = keys_.end() - static_cast<ptrdiff_t>(members);
    const size_t text_size = first->offset;
    // By size first: few keys have the same, and only theirs must be read.
    std::sort(first, keys_.end(),
              [&](Key a, Key b) { return a.size != b.size ? a.size < b.size : text(a) < text(b); });
    const auto twice = std::adjacent_find(
        first, keys_.end(), [&](Key a, Key b) { return a.size == b.size && text(a) == text(b); });
    if (twice != keys_.end()) {
      refusal_ = "the key \"" + escape_control(shorten(text(*twice), kShownBytes)) +
                 "\" occurs twice in one object";
      error = bj::error::syntax;
      return false;
    }
    keys_.erase(first, keys_.end());
    key_text_.resize(text_size);
    return true;
  }

  // A small document needs no memory for its building.
  static constexpr size_t kRoomBytes = 1024;
  static constexpr size_t kRoomKeys = 16;
  static constexpr size_t kRoomKeyBytes = 192;
  alignas(bj::value) std::array<unsigned char, kRoomBytes> room_;
  bj::value_stack stack_;
  // The keys of all open objects, one behind the other.
  boost::container::small_vector<char, kRoomKeyBytes> key_text_;
  // Their places, outermost object first.
  boost::container::small_vector<Key, kRoomKeys> keys_;
  std::string number_;
  std::string refusal_;
  bool exact_ = false;
};

Error syntax_error(const std::string& message, size_t offset) {
  return Error{.code = Code::syntax,
               .message = "not valid JSON at byte " + std::to_string(offset) + ": " + message,
               .hint = "send one JSON document (RFC 8259) in UTF-8",
               .position = offset};
}

}  // namespace

std::optional<int64_t> json_integer(const bj::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  if (std::trunc(number) != number || std::abs(number) > static_cast<double>(kJsonIntegerMax))
    return std::nullopt;
  return static_cast<int64_t>(number);
}

namespace {

// Whether the parser stopped at half of a surrogate pair, \ud800 to \udfff, or right behind it.
bool is_half_pair(std::string_view text, size_t at, const bj::error_code& error) {
  if (error == bj::error::illegal_leading_surrogate ||
      error == bj::error::illegal_trailing_surrogate)
    return true;
  constexpr size_t kEscapeBytes = 6;
  return at >= kEscapeBytes && lower(text.substr(at - kEscapeBytes, 3)) == "\\ud" &&
         std::string_view("89abAB").find(text[at - 3]) != std::string_view::npos;
}

Result<bj::value> parse(std::string_view text, bool exact, bj::storage_ptr storage) {
  if (text.size() > kJsonBytesMax)
    return fail(Code::too_large,
                "the JSON document has " + format_bytes(text.size()) + ", the limit is " +
                    format_bytes(kJsonBytesMax),
                "send less at once");
  bj::parse_options options;
  options.max_depth = kJsonDepthMax;
  bj::basic_parser<Builder> parser(options);
  parser.handler().begin(exact, std::move(storage));
  bj::error_code error;
  const size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  if (error == bj::error::too_deep)
    return fail(
        Code::too_large,
        "the JSON document is nested deeper than " + std::to_string(kJsonDepthMax) + " levels",
        "make it flatter");
  if (error == bj::error::not_exact)
    return fail(Error{.code = Code::invalid_argument,
                      .message = parser.handler().refusal(),
                      .hint = "give it as a text, in quotes",
                      .position = consumed});
  if (error) {
    std::string reason = parser.handler().refusal();
    if (reason.empty() && consumed < text.size() && character_bytes(text, consumed) == 0)
      reason = "the text is not UTF-8 there";
    if (reason.empty() && is_half_pair(text, consumed, error))
      reason = "half of a surrogate pair stands alone";
    return fail(syntax_error(reason.empty() ? error.message() : reason, consumed));
  }
  if (consumed < text.size()) return fail(syntax_error("more follows the document", consumed));
  return parser.handler().take();
}

}  // namespace

Result<bj::value> parse_json(std::string_view text) { return parse(text, false, {}); }

Result<bj::value> parse_exact_json(std::string_view text, bj::storage_ptr storage) {
  return parse(text, true, std::move(storage));
}

}  // namespace dbops

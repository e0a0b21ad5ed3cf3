#include "wire/json_scan.h"

namespace dbops {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

Result<size_t> JsonScan::feed(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() && state_ != State::done) {
    if (state_ == State::string) {  // Most bytes are in strings: those that mean nothing, at once.
      const size_t start = at;
      while (at < bytes.size() && bytes[at] != '"' && bytes[at] != '\\' &&
             static_cast<unsigned char>(bytes[at]) >= 0x20)
        ++at;
      position_ += at - start;
      if (at == bytes.size()) break;
    }
    if (!step(bytes[at])) {
      // A number by itself ends before what is no part of it.
      if (state_ == State::done) break;
      return bad();
    }
    ++at;
    ++position_;
  }
  return at;
}

Result<void> JsonScan::finish() {
  if (depth_ == 0 && (state_ == State::zero || state_ == State::digits ||
                      state_ == State::fraction || state_ == State::exponent_digits))
    state_ = State::done;
  if (!done()) return bad();
  return {};
}

tl::unexpected<Error> JsonScan::bad() const {
  if (too_deep_)
    return fail(Code::too_large,
                "the JSON has more than " + std::to_string(kJsonDepthMax) + " levels");
  return fail(Error{.code = Code::syntax, .message = "not JSON", .position = position_ + 1});
}

bool JsonScan::step(char c) {
  switch (state_) {
    case State::string:
      if (c == '\\') state_ = State::escape;
      if (c == '"') {
        if (!key_)
          end_value();
        else
          state_ = State::colon;
      }
      return static_cast<unsigned char>(c) >= 0x20;
    case State::escape:
      state_ = c == 'u' ? State::hex : State::string;
      hex_left_ = 4;
      return std::string_view("\"\\/bfnrtu").find(c) != std::string_view::npos;
    case State::hex:
      if (--hex_left_ == 0) state_ = State::string;
      return is_hex(c);
    case State::literal:
      if (c != literal_left_[0]) return false;
      literal_left_.remove_prefix(1);
      if (literal_left_.empty()) end_value();
      return true;
    case State::value:
    case State::first_item:
      if (is_blank(c)) return true;
      if (c == ']' && state_ == State::first_item) return close(c);
      return begin_value(c);
    case State::first_member:
    case State::member:
      if (is_blank(c)) return true;
      if (c == '}' && state_ == State::first_member) return close(c);
      state_ = State::string;
      key_ = true;
      return c == '"';
    case State::colon:
      if (is_blank(c)) return true;
      state_ = State::value;
      return c == ':';
    case State::after:
      if (is_blank(c)) return true;
      if (c != ',') return close(c);
      state_ = objects_[depth_ - 1] ? State::member : State::value;
      return true;
    case State::done:
      return false;
    default:
      return number(c);
  }
}

bool JsonScan::begin_value(char c) {
  key_ = false;
  switch (c) {
    case '{':
    case '[':
      return open(c == '{');
    case '"':
      state_ = State::string;
      return true;
    case '-':
      state_ = State::minus;
      return true;
    case 't':
    case 'f':
    case 'n':
      state_ = State::literal;
      literal_left_ = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
      return true;
    default:
      state_ = c == '0' ? State::zero : State::digits;
      return is_digit(c);
  }
}

bool JsonScan::number(char c) {
  const bool digit = is_digit(c);
  switch (state_) {
    case State::minus:
      state_ = c == '0' ? State::zero : State::digits;
      return digit;
    case State::point:
      state_ = State::fraction;
      return digit;
    case State::exponent:
      state_ = digit ? State::exponent_digits : State::exponent_sign;
      return digit || c == '+' || c == '-';
    case State::exponent_sign:
      state_ = State::exponent_digits;
      return digit;
    default:
      break;
  }
  if (digit) return state_ != State::zero;
  if (c == '.' && (state_ == State::zero || state_ == State::digits)) {
    state_ = State::point;
    return true;
  }
  if ((c == 'e' || c == 'E') && state_ != State::exponent_digits) {
    state_ = State::exponent;
    return true;
  }
  end_value();
  return state_ != State::done && step(c);
}

bool JsonScan::open(bool object) {
  too_deep_ = depth_ == kJsonDepthMax;
  if (too_deep_) return false;
  objects_[depth_++] = object;
  state_ = object ? State::first_member : State::first_item;
  return true;
}

bool JsonScan::close(char c) {
  if (c != (objects_[depth_ - 1] ? '}' : ']')) return false;
  --depth_;
  end_value();
  return true;
}

void JsonScan::end_value() { state_ = depth_ == 0 ? State::done : State::after; }

}  // namespace dbops

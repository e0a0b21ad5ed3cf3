#include "wire/json_scan.h"

#include "wire/json_string.h"

namespace dbops {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Of each byte: it stands for itself in a string.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t byte = 0x20; byte < plain.size(); ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();
bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

}  // namespace

Result<size_t> JsonScan::measure(std::string_view text) {
  JsonScan scan;
  DBOPS_ASSIGN(const size_t taken, scan.feed(text));
  DBOPS_TRY(scan.finish());
  return taken;
}

Result<size_t> JsonScan::feed(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  const char* at = bytes.data();
  while (at != end && state_ < State::done) at = pass(at, end);
  const auto taken = static_cast<size_t>(at - bytes.data());
  position_ += taken;
  if (state_ == State::wrong) return fail(problem());
  return taken;
}

Result<void> JsonScan::finish() {
  if (depth_ == 0 && (state_ == State::zero || state_ == State::digits ||
                      state_ == State::fraction || state_ == State::exponent_digits))
    state_ = State::done;
  if (done()) return {};
  failed_ = state_;
  return fail(problem());
}

// Each of these answers where it got to: behind what it passed over, at the byte that is wrong, or
// at `end`. REQUIRES: at != end.
const char* JsonScan::pass(const char* at, const char* end) {
  switch (state_) {
    case State::string:
      return pass_string(at, end);
    case State::escape:
    case State::hex:
      return pass_escape(at);
    case State::literal:
      return pass_literal(at);
    case State::zero:
    case State::digits:
    case State::fraction:
    case State::exponent_digits:
      return pass_digits(at, end);
    case State::minus:
    case State::point:
    case State::exponent:
    case State::exponent_sign:
      return take_in_number(*at) ? at + 1 : wrong(at);
    default:
      return pass_between(at, end);
  }
}

const char* JsonScan::wrong(const char* at) {
  failed_ = state_;
  state_ = State::wrong;
  return at;
}

const char* JsonScan::pass_string(const char* at, const char* end) {
  while (is_plain(*at))
    if (++at == end) return at;
  if (*at == '\\')
    state_ = State::escape;
  else if (*at != '"')
    return wrong(at);
  else if (key_)
    state_ = State::colon;
  else
    end_value();
  return at + 1;
}

const char* JsonScan::pass_escape(const char* at) {
  if (state_ == State::hex) {
    if (!is_hex(*at)) return wrong(at);
    if (--hex_left_ == 0) state_ = State::string;
    return at + 1;
  }
  if (std::string_view("\"\\/bfnrtu").find(*at) == std::string_view::npos) return wrong(at);
  state_ = *at == 'u' ? State::hex : State::string;
  hex_left_ = 4;
  return at + 1;
}

const char* JsonScan::pass_literal(const char* at) {
  if (*at != literal_left_[0]) return wrong(at);
  literal_left_.remove_prefix(1);
  if (literal_left_.empty()) end_value();
  return at + 1;
}

// The number may end here.
const char* JsonScan::pass_digits(const char* at, const char* end) {
  if (state_ != State::zero)
    while (is_digit(*at))
      if (++at == end) return at;
  if (*at == '.' && (state_ == State::zero || state_ == State::digits)) {
    state_ = State::point;
    return at + 1;
  }
  if ((*at == 'e' || *at == 'E') && state_ != State::exponent_digits) {
    state_ = State::exponent;
    return at + 1;
  }
  end_value();
  return at;
}

// A digit, where one must follow; or the sign of an exponent.
bool JsonScan::take_in_number(char c) {
  if (state_ == State::exponent && (c == '+' || c == '-')) {
    state_ = State::exponent_sign;
    return true;
  }
  if (!is_digit(c)) return false;
  if (state_ == State::minus)
    state_ = c == '0' ? State::zero : State::digits;
  else
    state_ = state_ == State::point ? State::fraction : State::exponent_digits;
  return true;
}

const char* JsonScan::pass_between(const char* at, const char* end) {
  while (is_json_blank(*at))
    if (++at == end) return at;
  return take(*at) ? at + 1 : wrong(at);
}

// A bracket, a comma, a colon, or how a key or a value begins.
bool JsonScan::take(char c) {
  switch (state_) {
    case State::first_item:
      return c == ']' ? close(c) : begin_value(c);
    case State::first_member:
      return c == '}' ? close(c) : begin_key(c);
    case State::member:
      return begin_key(c);
    case State::colon:
      if (c != ':') return false;
      state_ = State::value;
      return true;
    case State::after:
      if (c != ',') return close(c);
      state_ = objects_[depth_ - 1] ? State::member : State::value;
      return true;
    default:
      return begin_value(c);
  }
}

bool JsonScan::begin_key(char c) {
  if (c != '"') return false;
  state_ = State::string;
  key_ = true;
  return true;
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
      if (!is_digit(c)) return false;
      state_ = c == '0' ? State::zero : State::digits;
      return true;
  }
}

bool JsonScan::open(bool object) {
  if (depth_ == kJsonDepthMax) {
    too_deep_ = true;
    return false;
  }
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

Error JsonScan::problem() const {
  if (too_deep_)
    return Error{.code = Code::too_large,
                 .message = "the JSON has more than " + std::to_string(kJsonDepthMax) + " levels"};
  std::string_view what;
  switch (failed_) {
    case State::first_member:
    case State::member:
      what = "a key in quotes must stand here";
      break;
    case State::colon:
      what = "a colon must stand behind a key";
      break;
    case State::string:
      what =
          state_ == State::wrong ? "a control character in a string" : "a string is never closed";
      break;
    case State::escape:
    case State::hex:
      what = state_ == State::wrong ? "a backslash with nothing known behind it"
                                    : "a string is never closed";
      break;
    case State::minus:
    case State::point:
    case State::exponent:
    case State::exponent_sign:
      what = "a number lacks its digits";
      break;
    case State::value:
    case State::first_item:
    case State::literal:
      what = "a value must stand here";
      break;
    default:
      what = "a comma or closing bracket is missing";
  }
  return Error{.code = Code::syntax, .message = std::string(what), .position = position_ + 1};
}

}  // namespace dbops

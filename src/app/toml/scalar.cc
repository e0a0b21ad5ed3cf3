#include "app/toml/scalar.h"

#include <charconv>
#include <limits>

namespace dbops::app {
namespace {

// Takes a token apart from the front.
class Token {
 public:
  explicit Token(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  std::string_view rest() const { return text_; }

  bool take(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }
  // The character, or 0.
  char take_any(std::string_view characters) {
    if (text_.empty() || characters.find(text_[0]) == std::string_view::npos) return 0;
    const char c = text_[0];
    text_.remove_prefix(1);
    return c;
  }
  // Appends one or more digits, which single underscores may part.
  bool take_digits(std::string_view digits, std::string& out) {
    do {
      const size_t end = std::min(text_.find_first_not_of(digits), text_.size());
      if (end == 0) return false;
      out += text_.substr(0, end);
      text_.remove_prefix(end);
    } while (take("_"));
    return true;
  }
  // A number of exactly that many digits.
  bool take_number(size_t digits, int maximum, int& out) {
    const std::string_view text = text_.substr(0, digits);
    if (text.size() != digits || text.find_first_not_of(kDecimal) != std::string_view::npos)
      return false;
    std::from_chars(text.data(), text.data() + digits, out);
    text_.remove_prefix(digits);
    return out <= maximum;
  }

  static constexpr std::string_view kDecimal = "0123456789";

 private:
  std::string_view text_;
};

std::optional<Node> integer(const std::string& digits, int base) {
  Node out;
  out.type = Node::Type::integer;
  const char* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, out.integer, base);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  return out;
}

std::optional<Node> real(const std::string& digits) {
  Node out;
  out.type = Node::Type::real;
  const char* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, out.real);
  // Too large or too small for a double is what such numbers are rounded to.
  if (problem == std::errc::result_out_of_range) out.real = std::strtod(digits.c_str(), nullptr);
  if (stopped != end) return std::nullopt;
  return out;
}

std::optional<Node> based(Token token, std::string_view digits, int base) {
  std::string out;
  if (!token.take_digits(digits, out) || !token.done()) return std::nullopt;
  return integer(out, base);
}

std::optional<Node> decimal(Token token) {
  std::string out;
  const char sign = token.take_any("+-");
  if (sign == '-') out += sign;
  if (token.rest() == "inf" || token.rest() == "nan") {
    Node node;
    node.type = Node::Type::real;
    node.real = token.rest() == "nan" ? std::numeric_limits<double>::quiet_NaN()
                                      : std::numeric_limits<double>::infinity();
    if (sign == '-') node.real = -node.real;
    return node;
  }
  if (token.rest().size() > 1 && token.rest()[0] == '0' &&
      std::string_view(".eE").find(token.rest()[1]) == std::string_view::npos)
    return std::nullopt;
  if (!token.take_digits(Token::kDecimal, out)) return std::nullopt;
  if (token.done()) return integer(out, 10);
  if (token.take(".")) {
    out += '.';
    if (!token.take_digits(Token::kDecimal, out)) return std::nullopt;
  }
  if (token.take_any("eE") != 0) {
    out += 'e';
    if (const char exponent = token.take_any("+-"); exponent == '-') out += exponent;
    if (!token.take_digits(Token::kDecimal, out)) return std::nullopt;
  }
  if (!token.done()) return std::nullopt;
  return real(out);
}

int days_of(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool take_date(Token& token) {
  int year = 0;
  int month = 0;
  int day = 0;
  return token.take_number(4, 9999, year) && token.take("-") && token.take_number(2, 12, month) &&
         month > 0 && token.take("-") && token.take_number(2, days_of(year, month), day) && day > 0;
}

bool take_hour_and_minute(Token& token) {
  int hour = 0;
  int minute = 0;
  return token.take_number(2, 23, hour) && token.take(":") && token.take_number(2, 59, minute);
}

bool take_time(Token& token) {
  if (!take_hour_and_minute(token)) return false;
  if (!token.take(":")) return true;
  int second = 0;
  if (!token.take_number(2, 60, second)) return false;  // 60: a leap second.
  if (!token.take(".")) return true;
  const std::string_view fraction = token.rest();
  const size_t end = std::min(fraction.find_first_not_of(Token::kDecimal), fraction.size());
  return token.take(fraction.substr(0, end)) && end > 0;
}

bool is_date_or_time(Token token) {
  if (token.rest().substr(0, 3).ends_with(':')) return take_time(token) && token.done();
  if (!take_date(token)) return false;
  if (token.done()) return true;
  if (token.take_any("Tt ") == 0 || !take_time(token)) return false;
  if (token.take_any("+-") != 0) return take_hour_and_minute(token) && token.done();
  token.take_any("Zz");
  return token.done();
}

}  // namespace

std::optional<Node> read_scalar(std::string_view token) {
  if (token.starts_with("0x")) return based(Token(token.substr(2)), "0123456789abcdefABCDEF", 16);
  if (token.starts_with("0o")) return based(Token(token.substr(2)), "01234567", 8);
  if (token.starts_with("0b")) return based(Token(token.substr(2)), "01", 2);
  Node out;
  if (token == "true" || token == "false") {
    out.type = Node::Type::boolean;
    out.integer = token == "true" ? 1 : 0;
    return out;
  }
  if (is_date_or_time(Token(token))) {
    out.type = Node::Type::date;
    out.text = token;
    return out;
  }
  return decimal(Token(token));
}

}  // namespace dbops::app

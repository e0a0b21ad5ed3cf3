#include "wire/json_view.h"

#include <charconv>

#include "base/text.h"
#include "wire/json_scan.h"

namespace dbops {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

size_t past_blanks(std::string_view text, size_t at) {
  while (at < text.size() && kBlanks.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

// REQUIRES: a string starts at `at`, in valid JSON; the same for the next two.
size_t string_end(std::string_view text, size_t at) {
  for (++at; text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

size_t value_end(std::string_view text, size_t at) {
  if (text[at] == '"') return string_end(text, at);
  if (text[at] != '{' && text[at] != '[') {
    while (at < text.size() &&
           std::string_view(",]} \t\n\r").find(text[at]) == std::string_view::npos)
      ++at;
    return at;
  }
  for (size_t depth = 0;;) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
}

uint32_t hex4(std::string_view text) {
  uint32_t unit = 0;
  std::from_chars(text.data(), text.data() + 4, unit, 16);
  return unit;
}

void append_utf8(std::string& out, uint32_t character) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | (character >> 6));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3F));
  } else {
    put(0xF0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3F));
    put(0x80 | ((character >> 6) & 0x3F));
  }
  put(0x80 | (character & 0x3F));
}

// A \u escape whose digits stand at `at`, with its second half; moves `at` to the last digit of it.
// False for half a pair alone, which is U+FFFD then.
bool unescape_unit(std::string_view text, size_t& at, std::string& out) {
  const uint32_t unit = hex4(text.substr(at));
  at += 3;
  if (unit < 0xD800 || unit > 0xDFFF) {
    append_utf8(out, unit);
    return true;
  }
  if (unit < 0xDC00 && text.substr(at + 1, 2) == "\\u" && text.size() >= at + 7) {
    const uint32_t low = hex4(text.substr(at + 3));
    if (low >= 0xDC00 && low <= 0xDFFF) {
      at += 6;
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
  }
  append_utf8(out, 0xFFFD);
  return false;
}

// The content of a string with its quotes. False where it can't be had exactly.
bool unescape(std::string_view text, std::string& out) {
  text = text.substr(1, text.size() - 2);
  bool exact = true;
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t next = text.find('\\', at);
    out.append(text.substr(at, next == std::string_view::npos ? next : next - at));
    if (next == std::string_view::npos) break;
    at = next + 1;
    constexpr std::string_view kEscapes = "bfnrt";
    constexpr std::string_view kMeant = "\b\f\n\r\t";
    if (text[at] == 'u')
      exact = unescape_unit(text, ++at, out) && exact;
    else if (const size_t found = kEscapes.find(text[at]); found != std::string_view::npos)
      out.push_back(kMeant[found]);
    else
      out.push_back(text[at]);
  }
  return exact && valid_utf8(out);
}

}  // namespace

Result<JsonView> JsonView::parse(std::string_view text) {
  JsonScan scan;
  DBOPS_ASSIGN(const size_t taken, scan.feed(text));
  DBOPS_TRY(scan.finish());
  if (past_blanks(text, taken) != text.size())
    return fail(Error{.code = Code::syntax,
                      .message = "there is more behind the JSON value",
                      .position = taken + 1});
  return trust(text);
}

JsonView JsonView::trust(std::string_view text) {
  const std::string_view value = trim(text);
  return value.empty() ? JsonView() : JsonView(value);
}

std::string JsonView::string() const {
  if (!is_string()) return std::string(text_);
  std::string out;
  unescape(text_, out);
  return out;
}

std::optional<std::string> JsonView::exact_string() const {
  std::string out;
  if (!is_string() || !unescape(text_, out)) return std::nullopt;
  return out;
}

std::optional<int64_t> JsonView::integer() const {
  std::string_view digits = text_;
  if (is_string()) digits = digits.substr(1, digits.size() - 2);
  int64_t number = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (bad != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<double> JsonView::real() const {
  std::string_view digits = text_;
  if (is_string()) digits = digits.substr(1, digits.size() - 2);
  double number = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (bad != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  std::vector<std::pair<std::string, JsonView>> all;
  if (!is_object()) return all;
  for (size_t at = past_blanks(text_, 1); text_[at] == '"';) {
    const size_t key_end = string_end(text_, at);
    const JsonView key(text_.substr(at, key_end - at));
    at = past_blanks(text_, past_blanks(text_, key_end) + 1);
    const size_t end = value_end(text_, at);
    all.emplace_back(key.string(), JsonView(text_.substr(at, end - at)));
    at = past_blanks(text_, end);
    if (text_[at] == ',') at = past_blanks(text_, at + 1);
  }
  return all;
}

std::vector<JsonView> JsonView::elements() const {
  std::vector<JsonView> all;
  if (!is_array()) return all;
  for (size_t at = past_blanks(text_, 1); text_[at] != ']';) {
    const size_t end = value_end(text_, at);
    all.push_back(JsonView(text_.substr(at, end - at)));
    at = past_blanks(text_, end);
    if (text_[at] == ',') at = past_blanks(text_, at + 1);
  }
  return all;
}

JsonView JsonView::operator[](std::string_view name) const {
  JsonView found;
  for (const auto& [key, value] : members())
    if (key == name) found = value;
  return found;
}

JsonView JsonView::at(std::initializer_list<std::string_view> names) const {
  JsonView found = *this;
  for (const std::string_view name : names) found = found[name];
  return found;
}

}  // namespace dbops

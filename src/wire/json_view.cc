#include "wire/json_view.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "wire/json_scan.h"
#include "wire/json_string.h"

namespace dbops {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";

// Of each byte: it is none of `ends`.
constexpr std::array<bool, 256> but_for(std::string_view ends) {
  std::array<bool, 256> passed{};
  passed.fill(true);
  for (const char c : ends) passed[static_cast<unsigned char>(c)] = false;
  return passed;
}
constexpr auto kInScalar = but_for(",]} \t\n\r");
constexpr auto kInContainer = but_for("\"{}[]");

// Behind the bytes from `at` on that are passed.
size_t past(std::string_view text, size_t at, const std::array<bool, 256>& passed) {
  const auto* const stop = std::find_if(text.begin() + at, text.end(), [&](char c) {
    return !passed[static_cast<unsigned char>(c)];
  });
  return static_cast<size_t>(stop - text.begin());
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

size_t past_blanks(std::string_view text, size_t at) {
  while (at < text.size() && is_json_blank(text[at])) ++at;
  return at;
}

// REQUIRES: a string starts at `at`, in valid JSON; the same for the next one.
size_t string_end(std::string_view text, size_t at) {
  for (;;) {
    at = text.find('"', at + 1);
    size_t escapes = 0;  // An odd number of backslashes makes the quote one of the content.
    while (text[at - 1 - escapes] == '\\') ++escapes;
    if (escapes % 2 == 0) return at + 1;
  }
}

size_t value_end(std::string_view text, size_t at) {
  if (text[at] == '"') return string_end(text, at);
  if (text[at] != '{' && text[at] != '[') return past(text, at, kInScalar);
  for (size_t depth = 0;;) {
    at = past(text, at, kInContainer);
    if (text[at] == '"') {
      at = string_end(text, at);
      continue;
    }
    depth += text[at] == '{' || text[at] == '[' ? 1 : -1;
    ++at;
    if (depth == 0) return at;
  }
}

}  // namespace

Result<JsonView> JsonView::parse(std::string_view text) {
  auto taken = JsonScan::measure(text);
  if (!taken) {
    taken.error().message = "not JSON: " + taken.error().message;
    return fail(std::move(taken).error());
  }
  if (past_blanks(text, *taken) != text.size())
    return fail(Error{.code = Code::syntax,
                      .message = "there is more behind the JSON value",
                      .position = *taken + 1});
  return trust(text);
}

JsonView JsonView::trust(std::string_view text) {
  const std::string_view value = trim(text);
  return value.empty() ? JsonView() : JsonView(value);
}

std::string JsonView::string() const {
  if (!is_string()) return std::string(text_);
  std::string out;
  append_unescaped(text_, out);
  return out;
}

std::optional<std::string> JsonView::exact_string() const {
  std::string out;
  if (!is_string() || !append_unescaped(text_, out) || !valid_utf8(out)) return std::nullopt;
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

// `at`: 0 at first, then behind the member before.
bool JsonView::next_member(size_t& at, JsonView& key, JsonView& value) const {
  if (!is_object()) return false;
  at = past_blanks(text_, at == 0 || text_[at] == ',' ? at + 1 : at);
  if (text_[at] != '"') return false;
  const size_t key_end = string_end(text_, at);
  key = JsonView(text_.substr(at, key_end - at));
  at = past_blanks(text_, past_blanks(text_, key_end) + 1);
  const size_t end = value_end(text_, at);
  value = JsonView(text_.substr(at, end - at));
  at = past_blanks(text_, end);
  return true;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  std::vector<std::pair<std::string, JsonView>> all;
  each_member([&](JsonView key, JsonView value) { all.emplace_back(key.string(), value); });
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
  each_member([&](JsonView key, JsonView value) {
    if (key.string() == name) found = value;
  });
  return found;
}

JsonView JsonView::at(std::initializer_list<std::string_view> names) const {
  JsonView found = *this;
  for (const std::string_view name : names) found = found[name];
  return found;
}

}  // namespace dbops

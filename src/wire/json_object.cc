#include "wire/json_object.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "wire/json_scan.h"
#include "wire/json_string.h"
#include "wire/json_view.h"

namespace dbops {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

tl::unexpected<Error> bad_object(std::string_view what, size_t at) {
  return fail(Code::data,
              "not a JSON object at byte " + std::to_string(at) + ": " + std::string(what));
}

// What JsonScan says is wrong.
tl::unexpected<Error> bad_object(const Error& error) {
  if (!error.position) return fail(Code::data, error.message);
  return bad_object(error.message, *error.position - 1);
}

// REQUIRES: `quoted` is a string of checked JSON.
std::string_view unescape(std::string_view quoted, Arena& arena) {
  const std::string_view raw = quoted.substr(1, quoted.size() - 2);
  if (raw.find('\\') == std::string_view::npos) return arena.copy(raw);
  std::string text;
  append_unescaped(quoted, text);
  return arena.copy(text);
}

Result<Value> number(std::string_view text, Arena& arena) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    int64_t whole = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), whole).ec == std::errc())
      return Value::integer(whole);
  }
  if (text.find_first_of("eE") == std::string_view::npos)
    return Value::view(Kind::decimal, arena.copy(text));
  double real = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), real);
  if (read.ec == std::errc()) return Value::real(real);
  // Too small for any double is as good as zero; too large is not.
  const size_t exponent = text.find_first_of("eE");
  const bool zero = text.substr(0, exponent).find_first_of("123456789") == std::string_view::npos;
  if (zero || text[exponent + 1] == '-')
    return Value::real(std::copysign(0.0, text[0] == '-' ? -1 : 1));
  constexpr size_t kShownBytes = 40;
  return fail(Code::data,
              "the number " + shorten(text, kShownBytes) + " is beyond what a double can hold");
}

}  // namespace

Result<void> check_json_object(std::string_view text) {
  if (!valid_utf8(text)) return bad_object("the text is not UTF-8", 0);
  const size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  if (!text.substr(begin).starts_with('{')) return bad_object("an object must stand here", begin);
  const auto taken = JsonScan::measure(text);
  if (!taken) return bad_object(taken.error());
  const size_t end = text.find_first_not_of(kSpace, *taken);
  if (end != std::string_view::npos) return bad_object("more follows the object", end);
  const size_t half = find_half_pair(text);
  if (half != std::string_view::npos) return bad_object("half of a surrogate pair", half);
  return {};
}

Result<std::vector<JsonMember>*> JsonMembers::read(std::string_view text, Arena& arena) {
  members_.clear();
  JsonView::trust(text).each_member([&](JsonView key, JsonView value) {
    members_.push_back({unescape(key.text(), arena), value.text()});
  });
  keys_.clear();
  for (const JsonMember& member : members_) keys_.push_back(member.key);
  std::sort(keys_.begin(), keys_.end());
  const auto twice = std::adjacent_find(keys_.begin(), keys_.end());
  if (twice == keys_.end()) return &members_;
  constexpr size_t kShownBytes = 40;
  return fail(Code::data,
              "the key \"" + escape_control(shorten(*twice, kShownBytes)) + "\" occurs twice");
}

Result<Value> json_cell(std::string_view value, Arena& arena) {
  switch (value.front()) {
    case '"':
      return Value::text(unescape(value, arena));
    case '{':
    case '[':
      return Value::view(Kind::json, arena.copy(value));
    case 't':
      return Value::boolean(true);
    case 'f':
      return Value::boolean(false);
    case 'n':
      return Value();
    default:
      return number(value, arena);
  }
}

}  // namespace dbops

#include "wire/json_reader.h"

#include <algorithm>

#include "base/text.h"
#include "wire/json_object.h"

namespace dbops {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

}  // namespace

Result<Got> NdjsonReader::read(Arena& arena, std::vector<Value>& cells) {
  for (;;) {
    const std::string_view text = rest();
    const size_t end = std::min(text.find('\n', scanned_), text.size());
    if (end > kItemBytesMax)
      return fatal(Code::too_large, "the line is longer than " + format_bytes(kItemBytesMax),
                   "an array of documents is of the format json");
    if (end == text.size() && !finished()) {
      scanned_ = end;
      return Got::more;
    }
    if (text.empty()) return Got::end;
    scanned_ = 0;
    const std::string_view line = trimmed(text.substr(0, end));
    const bool broken = end < text.size();
    take(end + (broken ? 1 : 0), broken ? 1 : 0);
    if (line.empty()) continue;
    if (const auto sound = check_json_object(line); !sound) return faulty(sound.error().message);
    cells.push_back(Value::view(Kind::json, arena.copy(line)));
    return Got::item;
  }
}

Result<Got> JsonReader::read(Arena& arena, std::vector<Value>& cells) {
  if (at_ == 0) {
    DBOPS_ASSIGN(const Got between, pass_between());
    if (between != Got::item) return between;
  }
  const std::string_view text = rest();
  const bool whole = scan(text);
  if (at_ > kItemBytesMax)
    return fatal(Code::too_large,
                 "the object that begins here is larger than " + format_bytes(kItemBytesMax),
                 "look for a bracket or quote that is never closed");
  if (whole) return hand_over(text, arena, cells);
  if (!finished()) return Got::more;
  return fatal(Code::syntax, "the object that begins here is never closed",
               "look for a bracket or quote that is missing");
}

// Passes over what stands before the next object. Got::item: it begins here.
Result<Got> JsonReader::pass_between() {
  for (;;) {
    const std::string_view text = rest();
    const size_t space = std::min(text.find_first_not_of(kSpace), text.size());
    take(space, static_cast<uint64_t>(std::count(text.data(), text.data() + space, '\n')));
    if (space == text.size()) {
      if (!finished()) return Got::more;
      if (shape_ == Shape::array && place_ != Place::closed)
        return fatal(Code::syntax, "the array is never closed", "the text may be cut off");
      return Got::end;
    }
    const char c = text[space];
    const bool array = shape_ == Shape::array;
    if (c == '{' && (!array || place_ == Place::first || place_ == Place::before)) {
      if (shape_ == Shape::unknown) shape_ = Shape::sequence;
      return Got::item;
    }
    if (c == '[' && shape_ == Shape::unknown) {
      shape_ = Shape::array;
    } else if (c == ',' && array && place_ == Place::behind) {
      place_ = Place::before;
    } else if (c == ']' && array && (place_ == Place::first || place_ == Place::behind)) {
      place_ = Place::closed;
    } else {
      return fatal(Code::syntax,
                   "\"" + escape_control(text.substr(space, 1)) +
                       "\" stands where an object, a comma or the end of the array should",
                   "the documents are one array of objects, or objects one behind the other");
    }
    take(1, 0);
  }
}

// True once the object is whole; at_ then stands behind it.
bool JsonReader::scan(std::string_view text) {
  text = text.substr(0, kItemBytesMax + 1);
  for (; at_ < text.size(); ++at_) {
    const char c = text[at_];
    if (c == '\n') ++breaks_;
    if (escaped_) {
      escaped_ = false;
    } else if (in_string_) {
      escaped_ = c == '\\';
      in_string_ = c != '"';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      ++at_;
      return true;
    }
  }
  return false;
}

Result<Got> JsonReader::hand_over(std::string_view text, Arena& arena, std::vector<Value>& cells) {
  text = text.substr(0, at_);
  take(at_, breaks_);
  at_ = 0;
  breaks_ = 0;
  place_ = Place::behind;
  if (const auto sound = check_json_object(text); !sound) return faulty(sound.error().message);
  cells.push_back(Value::view(Kind::json, arena.copy(text)));
  return Got::item;
}

}  // namespace dbops

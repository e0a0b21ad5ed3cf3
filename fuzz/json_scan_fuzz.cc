// A value ends where it ends however its bytes were cut, what the parser takes is taken, and
// strings are read as the parser reads them.
#include <algorithm>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "fuzz/check.h"
#include "wire/json_scan.h"
#include "wire/json_view.h"

using namespace dbops;

namespace {

// The bytes of the value, SIZE_MAX where there is none.
size_t scanned(std::string_view text, size_t piece) {
  JsonScan scan;
  size_t taken = 0;
  while (taken < text.size() && !scan.done()) {
    const auto part = scan.feed(text.substr(taken, piece));
    if (!part) return SIZE_MAX;
    check(*part > 0 || scan.done());
    taken += *part;
  }
  return scan.finish() ? taken : SIZE_MAX;
}

void compare(const JsonView& view, const boost::json::value& value) {
  if (value.is_object()) {
    const auto members = view.members();
    check(members.size() == value.get_object().size());
    for (const auto& [key, member] : members) {
      check(value.get_object().contains(key));
      compare(member, value.get_object().at(key));
    }
  } else if (value.is_array()) {
    const auto elements = view.elements();
    check(elements.size() == value.get_array().size());
    for (size_t i = 0; i < elements.size(); ++i) compare(elements[i], value.get_array()[i]);
  } else if (value.is_string()) {
    check(view.exact_string() == std::string(value.get_string()));
  } else if (value.is_int64()) {
    check(view.integer() == value.get_int64() || view.text() == "-0");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const size_t whole = scanned(text, SIZE_MAX);
  for (const size_t piece : {size_t{1}, size_t{7}}) check(scanned(text, piece) == whole);
  const auto view = JsonView::parse(text);
  const auto parsed = parse_json(text);
  check(view.has_value() || !parsed.has_value());
  if (whole != SIZE_MAX) {
    const auto value = JsonView::parse(text.substr(0, whole));
    check(value.has_value());
    value->members();
    value->elements();
    value->string();
    value->real();
  }
  if (parsed) compare(*view, *parsed);
  return 0;
}

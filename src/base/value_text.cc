#include "base/value_text.h"

#include <cmath>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"

namespace dbops {
namespace {

void append_real(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number > 0 ? "Infinity" : "-Infinity";
  } else {
    append_number(out, number);
  }
}

}  // namespace

void append_text(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return;
    case Kind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case Kind::integer:
      return append_number(out, value.as_integer());
    case Kind::real:
      return append_real(out, value.as_real());
    case Kind::bytes:
      out.append("\\x").append(hex(value.as_text()));
      return;
    case Kind::list:
    case Kind::map:
      JsonWriter(out).value(value);
      return;
    default:
      out += value.as_text();
  }
}

}  // namespace dbops

// Whatever parse_json() takes, JsonWriter writes so that it reads back the same (5.0 as 5: texts
// are compared, not kinds), and without losing a digit.
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "fuzz/check.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const auto value = parse_json(text);
  if (!value) {
    check(value.error().code == Code::syntax || value.error().code == Code::too_large);
    check(value.error().position.value_or(0) <= size);
    check(valid_utf8(value.error().message));
    return 0;
  }
  std::string written;
  JsonWriter(written).json(*value);
  const auto again = parse_exact_json(written, {});
  check(again.has_value());
  std::string rewritten;
  JsonWriter(rewritten).json(*again);
  check(rewritten == written);
  return 0;
}

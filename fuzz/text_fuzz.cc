// UTF-8, escapes, cuts, base64 and hex, of any bytes.
#include "base/bytes.h"
#include "base/text.h"
#include "fuzz/check.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  bool valid = true;
  for (size_t at = 0; valid && at < size;) {
    const size_t bytes = character_bytes(text, at);
    check(bytes <= 4 && bytes <= size - at);
    valid = bytes > 0;
    at += bytes;
  }
  check(valid_utf8(text) == valid);

  const std::string escaped = escape_control(text);
  check(valid_utf8(escaped));
  check(escape_control(escaped) == escaped);
  check(escaped.find_first_of("\n\r\t\x1b\x7f") == std::string::npos);

  for (const size_t bytes_max : {size_t{0}, size_t{3}, size / 2, size}) {
    const std::string cut = shorten(text, bytes_max);
    check(cut.size() <= bytes_max && (!valid || valid_utf8(cut)));
  }
  check(decode_base64(base64(text)) == text);
  check(decode_hex(hex(text)) == text);
  if (const auto decoded = decode_base64(text)) check(base64(*decoded) == text);
  if (const auto decoded = decode_hex(text)) check(hex(*decoded) == lower(text));
  expand_environment(text);
  return 0;
}

// Any text can be shown once it is redacted, and stays as it is when it is redacted again.
#include "base/text.h"
#include "fuzz/check.h"
#include "net/url.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const std::string shown = redact_url(text);
  check(valid_utf8(shown));
  check(escape_control(shown) == shown);
  // A secret behind a name that nothing else stands near never comes out.
  const std::string secret = "hunter2";
  for (const std::string_view name : {"password=", "x://h/d?password=", "PGPASSWORD="})
    check(redact_url(std::string(name) + secret).find(secret) == std::string::npos);
  const std::string with_secret = "x://" + std::string(text) + ":" + secret + "@h";
  check(text.find(secret) != std::string_view::npos ||
        redact_url(with_secret).find(secret) == std::string::npos);
  return 0;
}

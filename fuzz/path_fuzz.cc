// A catalogue's path that is taken is written so that it reads back the same.
#include "core/dialect.h"
#include "fuzz/check.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto path = parse_path(as_text(data, size));
  if (!path) return 0;
  const auto again = parse_path(format_path(*path));
  check(again.has_value() && *again == *path);
  return 0;
}

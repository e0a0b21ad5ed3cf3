#include "connectors/redis/connector.h"
#include "fuzz/check_script.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_script(redis::connector().dialect(), as_text(data, size));
  return 0;
}

// Whatever arrives as a reply: what passes is one whole document, which the driver can copy.
#include <cstring>

#include "connectors/mongodb/bson.h"
#include "connectors/mongodb/frame.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::mongodb;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size < kFrameHeadBytes) {
    check(!check_frame(bytes));
    return 0;
  }
  int32_t request = 0;
  std::memcpy(&request, data + 8, sizeof request);
  check(!frame_bytes(bytes.substr(0, kFrameHeadBytes), request ^ 1));
  const auto claimed = frame_bytes(bytes.substr(0, kFrameHeadBytes), request);
  check(!claimed || (*claimed > kFrameHeadBytes && *claimed <= kFrameBytesMax));
  if (!check_frame(bytes)) return 0;
  for (const size_t before : {5U, 20U}) {  // of OP_MSG and OP_REPLY
    bson_t document;
    const size_t start = kFrameHeadBytes + before;
    if (size <= start || !bson_init_static(&document, data + start, size - start)) continue;
    Bson copy;
    bson_copy_to_excluding_noinit(&document, copy.get(), "cursor", nullptr);
    return 0;
  }
  return 0;
}

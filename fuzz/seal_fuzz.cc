// A seal opens what it closed, in time and for what it was bound to, and nothing else.
#include "base/bytes.h"
#include "fuzz/check.h"
#include "mcp/seal.h"

using namespace dbops;
using namespace dbops::mcp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const Seal seal(std::string(32, 'k'));
  const auto now = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
  const auto later = now + std::chrono::seconds(60);
  check(!seal.open(text, "", now));
  check(!seal.open(base64(text), "", now));

  const auto state = text.substr(0, size / 2);
  const auto binding = text.substr(size / 2);
  const std::string sealed = seal.close(state, binding, later);
  if (sealed.size() > kSealedBytesMax) return 0;
  check(seal.open(sealed, binding, now) == state);
  check(!seal.open(sealed, binding, later));
  check(!seal.open(sealed, std::string(binding) + "x", now));
  check(!Seal(std::string(32, 'q')).open(sealed, binding, now));
  // Another boundary between the two is another pair.
  if (!binding.empty())
    check(!seal.open(seal.close(text.substr(0, size / 2 + 1), binding.substr(1), later), binding,
                     now));
  if (size == 0) return 0;
  auto bytes = decode_base64(sealed);
  check(bytes.has_value());
  (*bytes)[data[0] % bytes->size()] ^= 1;
  check(!seal.open(base64(*bytes), binding, now));
  return 0;
}

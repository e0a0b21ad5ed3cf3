// What one connection sends: the requests in it are the same however it comes in pieces. The first
// byte is the size of a piece.
#include "front/http/testing/request_stream.h"
#include "fuzz/check.h"

using namespace dbops;
using http::testing::RequestStream;

namespace {

constexpr size_t kHeadBytesMax = 512;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = as_text(data + 1, size - 1);
  const auto whole = RequestStream::read(bytes, bytes.size() + 1, kHeadBytesMax);
  const auto pieces = RequestStream::read(bytes, data[0] + size_t{1}, kHeadBytesMax);
  check(whole.requests == pieces.requests);
  check((whole.refused != 0) == (pieces.refused != 0));
  if (whole.refused == 0) check(whole.left == pieces.left);
  return 0;
}

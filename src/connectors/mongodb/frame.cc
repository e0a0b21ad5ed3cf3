#include "connectors/mongodb/frame.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {
namespace {

constexpr int32_t kReply = 1;         // OP_REPLY: to the first question of a link
constexpr int32_t kMessage = 2013;    // OP_MSG
constexpr uint32_t kChecksum = 1;     // of OP_MSG's flags, of which the others are for requests
constexpr size_t kReplyFields = 20;   // bytes of OP_REPLY between head and document
constexpr size_t kMessageFields = 5;  // of OP_MSG: flags, and the kind of its only section
constexpr size_t kChecksumBytes = 4;
constexpr size_t kDocumentBytesMin = 5;

// REQUIRES: four bytes are there. The protocol is little-endian, as all machines are that dbops is
// built for.
static_assert(std::endian::native == std::endian::little);
int32_t number_at(std::string_view bytes, size_t at) {
  int32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

tl::unexpected<Error> wrong() {
  return fail(Code::protocol, "the server answered what is no message of MongoDB's protocol",
              "check host and port, and whether the server wants TLS (tls=true) or has none");
}

bool is_document(std::string_view bytes) {
  return bytes.size() >= kDocumentBytesMin &&
         number_at(bytes, 0) == static_cast<int64_t>(bytes.size()) && bytes.back() == '\0';
}

// What the driver itself looks into is sound; documents of a cursor are for whoever reads them.
bool is_sound(std::string_view bytes) {
  bson_t document;
  bson_iter_t field;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) ||
      !bson_iter_init(&field, &document))
    return false;
  while (bson_iter_next(&field)) {
    if (key_of(field) == "cursor") continue;
    if (!BSON_ITER_HOLDS_DOCUMENT(&field) && !BSON_ITER_HOLDS_ARRAY(&field)) continue;
    bson_t inner;
    if (!view_document(field, inner) || !bson_validate(&inner, BSON_VALIDATE_NONE, nullptr))
      return false;
  }
  return field.err_off == 0;
}

}  // namespace

Result<size_t> frame_bytes(std::string_view head, int32_t request) {
  const int64_t size = number_at(head, 0);
  const int32_t operation = number_at(head, 12);
  if (size <= static_cast<int64_t>(kFrameHeadBytes) ||
      size > static_cast<int64_t>(kFrameBytesMax) || number_at(head, 8) != request ||
      (operation != kReply && operation != kMessage))
    return wrong();
  return static_cast<size_t>(size);
}

Result<void> check_frame(std::string_view frame) {
  if (frame.size() < kFrameHeadBytes) return wrong();
  std::string_view body = frame.substr(kFrameHeadBytes);
  if (number_at(frame, 12) == kReply) {
    constexpr size_t kCountAt = kReplyFields - 4;
    if (body.size() < kReplyFields || number_at(body, kCountAt) != 1) return wrong();
    body.remove_prefix(kReplyFields);
  } else {
    if (body.size() < kMessageFields) return wrong();
    const auto flags = static_cast<uint32_t>(number_at(body, 0));
    if ((flags & ~kChecksum) != 0 || body[kMessageFields - 1] != '\0') return wrong();
    body.remove_prefix(kMessageFields);
    if ((flags & kChecksum) != 0) body.remove_suffix(std::min(kChecksumBytes, body.size()));
  }
  if (!is_document(body) || !is_sound(body)) return wrong();
  return {};
}

}  // namespace dbops::mongodb

// What goes in front of an answer's body, and around each part of a stream's. RFC 9112.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/http/response.h"

namespace dbops::http {

enum class BodyEnd : uint8_t {
  length,  // Its size is known.
  chunks,  // Each part says its own, and the last one that it is the last.
  close,   // With the connection, for clients of HTTP/1.0.
  none,    // There is no body, whatever the headers say of it: an answer to HEAD.
};

// The status line and the headers, with the blank line. `extra`: beside those of the response.
// `close`: no other request is taken from this connection.
void append_head(std::string& out, const Response& said, BodyEnd end, bool close,
                 const std::vector<std::pair<std::string_view, std::string>>& extra);

inline constexpr size_t kChunkBytesMax = 0xffff;
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Has `fill(char*, size_t) -> ssize_t` write behind `out`, at most kChunkBytesMax, and makes a
// chunk of it. What `fill` answered; where that is not positive, nothing was appended.
template <typename Fill>
auto append_chunk(std::string& out, size_t bytes_max, bool framed, Fill fill) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr size_t kSizeLine = 6;  // Four digits, CR, LF.
  const size_t begin = out.size();
  const size_t text = begin + (framed ? kSizeLine : 0);
  out.resize(text + bytes_max);
  const auto filled = fill(out.data() + text, bytes_max);
  if (filled <= 0) {
    out.resize(begin);
    return filled;
  }
  const auto size = static_cast<size_t>(filled);
  out.resize(text + size);
  if (!framed) return filled;
  for (size_t i = 0; i < 4; ++i) out[begin + i] = kDigits[(size >> (12 - 4 * i)) & 0xf];
  out[begin + 4] = '\r';
  out[begin + 5] = '\n';
  out += "\r\n";
  return filled;
}

}  // namespace dbops::http

#include "front/http/head.h"

#include <microhttpd.h>

#include <cstring>
#include <functional>

namespace dbops::http {
namespace {

constexpr ptrdiff_t kLineEnds = 4;  // bytes of the two that end a head

// Headers, and the end of the one that was taken last.
struct Taking {
  Headers& headers;
  const char* end;
};

// The library takes requests apart in place, so that all of it shows: behind a plain header's name
// come a NUL for the colon, blanks, the value, and a NUL each for CR and LF.
bool is_plain(const char* name, size_t name_size, const char* value, size_t value_size) {
  constexpr ptrdiff_t kBlanksMax = 256;
  const char* at = name + name_size + 1;
  if (std::less<>()(value, at) || value - at > kBlanksMax) return false;  // Copied: it was folded.
  while (at < value && (*at == ' ' || *at == '\t')) ++at;
  return at == value && value[value_size] == '\0' && value[value_size + 1] == '\0';
}

MHD_Result take_header(void* into, MHD_ValueKind, const char* name, size_t name_size,
                       const char* value, size_t value_size) {
  Taking& taking = *static_cast<Taking*>(into);
  if (value == nullptr || !is_plain(name, name_size, value, value_size))
    taking.headers.malformed = true;
  taking.headers.take({name, name_size}, {value != nullptr ? value : "", value_size});
  if (value != nullptr) taking.end = value + value_size;
  return MHD_YES;
}

MHD_Result take_first(void* into, MHD_ValueKind, const char* name, size_t, const char*, size_t) {
  *static_cast<const char**>(into) = name;
  return MHD_NO;
}

// Texts that a NUL would end for the library alone: right behind the method stands the path, and
// behind that the query, or else the version.
bool is_plain_line(MHD_Connection* connection, const RequestLine& line) {
  const char* next = line.version;
  MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_first, &next);
  return line.path == line.method + std::strlen(line.method) + 1 &&
         next == line.path + std::strlen(line.path) + 1;
}

}  // namespace

HeadSize read_head(MHD_Connection* connection, const RequestLine& line, Headers& headers) {
  Taking taking{.headers = headers, .end = line.version + std::strlen(line.version)};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &taking);
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  const size_t all = info != nullptr ? info->header_size : 0;
  // What the library took for the empty line that ends the head may be another one.
  if (line.method + all != taking.end + kLineEnds || !is_plain_line(connection, line))
    headers.malformed = true;
  return {.line = static_cast<size_t>(line.version - line.method), .all = all};
}

}  // namespace dbops::http

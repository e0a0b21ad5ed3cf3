// The head of a request as it was handed over, told from what the HTTP library made of it.
#pragma once

#include <cstddef>

#include "front/http/headers.h"

struct MHD_Connection;

namespace dbops::http {

// As the library hands them to its access handler.
struct RequestLine {
  const char* method;
  const char* path;
  const char* version;
};

struct HeadSize {
  size_t line;  // Bytes before the version.
  size_t all;   // Bytes to the end of the head.
};

// Takes note of all headers, and of the head as malformed where a proxy may have read another one:
// the library joins folded lines, ends lines at a CR or LF alone, texts at a NUL, and the head at a
// line without a name. REQUIRES: it is called where the access handler is for the first time.
HeadSize read_head(MHD_Connection* connection, const RequestLine& line, Headers& headers);

}  // namespace dbops::http

// Takes apart what a client sends, without a socket: heads, and bodies with or without chunks.
// RFC 9112, and stricter where two readings are possible.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "front/http/response.h"

namespace dbops::http {

// One request after the other; for one thread at a time.
//
//   read_head() ... until it takes something; read_body() ... until done(); reset()
//
// Each takes bytes from the front of what has come and says how many; they are then dropped, and
// what follows is shown again with more behind it. A Response instead: the refusal, after which
// where the next request begins can't be known.
class RequestReader {
 public:
  // `head_bytes_max`: of a request's line and headers, and of all that frames a chunk.
  explicit RequestReader(size_t head_bytes_max);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // All of the head at once, or 0: some of it is still to come. `request` has its views on a copy
  // that lives until reset().
  tl::expected<size_t, Response> read_head(std::string_view bytes, Request& request);
  // Appends to `body`; nullptr: it is not wanted. REQUIRES: the head was read.
  tl::expected<size_t, Response> read_body(std::string_view bytes, std::string* body);
  // Whether the request is whole. REQUIRES: the head was read.
  bool done() const;
  // For the next request.
  void reset();

  // What the head says of the connection. REQUIRES: the head was read.
  bool keeps_alive() const;      // It may carry another request.
  bool takes_chunks() const;     // HTTP/1.1
  bool awaits_continue() const;  // The body comes once 100 was answered, RFC 9110, 10.1.1.
  bool is_bodiless() const;      // HEAD: the answer has no body.

 private:
  struct State;
  const size_t head_bytes_max_;
  const std::unique_ptr<State> state_;
};

}  // namespace dbops::http

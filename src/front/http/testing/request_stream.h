// All that one connection asks, when it comes in pieces of some size. For tests and fuzzing.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/http/request_reader.h"

namespace dbops::http::testing {

struct RequestStream {
  struct Taken {
    std::string method;
    std::string path;
    std::string host;
    std::string body;
    bool operator==(const Taken&) const = default;
  };
  std::vector<Taken> requests;
  unsigned refused = 0;  // The status of the refusal that ended it; 0: none did.
  size_t left = 0;       // Bytes that belong to no whole request.

  static RequestStream read(std::string_view bytes, size_t step, size_t head_bytes_max) {
    RequestStream stream;
    RequestReader reader(head_bytes_max);
    Request request;
    std::string body;
    std::string pending;
    bool in_body = false;
    for (size_t at = 0; at < bytes.size(); at += step) {
      pending += bytes.substr(at, step);
      for (bool moved = true; moved;) {
        const auto taken =
            in_body ? reader.read_body(pending, &body) : reader.read_head(pending, request);
        if (!taken) {
          stream.refused = taken.error().close ? taken.error().status : 0;
          return stream;
        }
        pending.erase(0, *taken);
        moved = *taken > 0;
        in_body = in_body || moved;
        if (!in_body || !reader.done()) continue;
        stream.requests.push_back({.method = std::string(request.method),
                                   .path = std::string(request.path),
                                   .host = std::string(request.headers.host.value_or("")),
                                   .body = std::exchange(body, {})});
        reader.reset();
        request = {};
        in_body = false;
        moved = !pending.empty();
      }
    }
    stream.left = pending.size();
    return stream;
  }
};

}  // namespace dbops::http::testing

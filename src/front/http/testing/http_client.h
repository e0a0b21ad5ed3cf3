// A small HTTP/1.1 client over a raw connection, for tests: it sends exactly the bytes it is told.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transport.h"

namespace dbops::http::testing {

struct Answer {
  int status = 0;                              // 0: the connection ended without one.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

// One connection to 127.0.0.1. Waits for at most 10 s each time.
class HttpClient {
 public:
  explicit HttpClient(uint16_t port);
  // Over what is connected already; nullptr: nothing.
  explicit HttpClient(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // Whether the server took the connection at all.
  bool connected() const { return transport_ != nullptr; }
  // False where the server has closed the connection.
  bool send(std::string_view bytes);
  void send_request(std::string_view method, std::string_view path, const Fields& fields,
                    std::string_view body);
  // Whether the first bytes of an answer come within that time.
  bool has_answer(std::chrono::milliseconds within);
  // The next answer, with its whole body.
  Answer receive();
  // Its head alone: what follows is had from read_event() or read_some().
  Answer receive_head();
  // The data of the next event of a chunked stream, comments and events without data passed over;
  // empty at its end.
  std::string read_event();
  // The text of the next comment of a chunked stream, events passed over; empty at its end.
  std::string read_comment();
  // The last id that the stream gave; empty: none.
  const std::string& last_id() const { return last_id_; }
  // True once the server has closed the connection; waits.
  bool closed();
  void close() { transport_.reset(); }

 private:
  bool fill();
  std::string take(size_t count);
  bool take_line(std::string& line);
  bool take_chunk(std::string& into);
  std::string read_part(std::string_view mark);

  std::unique_ptr<Transport> transport_;
  std::string buffer_;
  std::string stream_;  // Of the body of a stream, decoded.
  std::string last_id_;
};

// POSTs to /mcp what a client of each era would, with the headers that go with it.
Fields legacy_fields(std::string_view session = {});
Fields modern_fields(std::string_view method, std::string_view name = {});

}  // namespace dbops::http::testing

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/transport.h"

namespace dbops::stdio {

// One line of input, without its end.
struct Line {
  std::string_view text;  // Valid until the next call.
  bool too_long = false;  // It was longer than allowed and has been passed over; `text` is empty.
};

// Cuts what a transport brings into lines.
//
//   |----handed out----|=====the next lines, whole or in part=====|      |
//                      start_                          scanned_   end    capacity
//
// Not thread-safe.
class LineReader {
 public:
  // Bounds a line in bytes, without its end.
  LineReader(Transport& transport, size_t bytes_max)
      : transport_(transport), bytes_max_(bytes_max) {}

  // Waits for the next line. nullopt: the stream has ended; what stood after the last line end was
  // handed out as a line. Errors are the transport's; after Code::timeout it may be called again.
  Result<std::optional<Line>> next(const Context& context);

 private:
  static constexpr size_t kReadBytes = 64u << 10;  // asked of the transport at once

  static constexpr size_t kKeptBytes = 1u << 20;  // of a buffer that one long line made large

  std::optional<Line> take_line();
  Line take(size_t end, size_t next);

  Transport& transport_;
  const size_t bytes_max_;
  std::string buffer_;
  size_t start_ = 0;
  size_t scanned_ = 0;
  bool skipping_ = false;  // Inside a line that is too long.
  bool ended_ = false;
};

}  // namespace dbops::stdio

// Server-Sent Events (WHATWG HTML, section 9.2). Sans-io: events in, bytes out, and back.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dbops {

inline constexpr size_t kSseNameBytesMax = 1024;       // bytes of an id or event name
inline constexpr size_t kSseDataBytesMax = 32u << 20;  // bytes of one event's data, and of one line

struct SseEvent {
  // Of a written event: nullopt writes no id. Of a read one: the last id that the stream gave.
  std::optional<std::string> id = {};
  std::string event = {};  // Empty for the default, "message".
  std::string data = {};
  // Time after which a client connects again; of a read event, the last one the stream gave.
  std::optional<std::chrono::milliseconds> retry = {};
};

// Appends the event and its end. Data goes line by line: a reader gets CR and CR LF back as LF.
// Code::invalid_argument, with nothing appended, for a line break or NUL in the id or the name.
Result<void> append_event(std::string& out, const SseEvent& event);
// A line that readers pass over; keeps a quiet connection open. Line breaks make several.
void append_comment(std::string& out, std::string_view text);

//   fed, not yet decoded   |=======-----------|   `=` lines that are done; freed by the next feed()
//   scanned for line ends  |^^^^^^^^^^^^      |   so that bytes that trickle in are looked at once
//
// Takes bytes in any cut. After an error it is dead: every later call answers the same error. What
// stands behind the last empty line is no event yet, and none if the stream ends there.
class SseDecoder {
 public:
  void feed(std::string_view bytes);
  // The next event; nullopt when it needs more bytes. Code::too_large beyond the limits above.
  Result<std::optional<SseEvent>> next();

 private:
  std::optional<std::string_view> next_line();
  Result<bool> take_line(std::string_view line);
  Result<void> take_field(std::string_view field, std::string_view value);
  tl::unexpected<Error> die(std::string_view what, size_t bytes_max);

  std::string buffer_;
  size_t cursor_ = 0;
  size_t scanned_ = 0;
  bool started_ = false;   // The byte order mark, if any, is behind us.
  bool after_cr_ = false;  // A LF that comes next belongs to the CR before it.
  SseEvent event_;         // Being put together; id and retry stay for the following ones.
  bool has_data_ = false;
  std::optional<Error> failed_;
};

}  // namespace dbops

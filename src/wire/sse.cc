#include "wire/sse.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace dbops {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Calls `take` with each line of the text: at least one, which may be empty.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  for (;;) {
    const size_t end = text.find_first_of("\r\n");
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

bool has_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

Result<void> append_event(std::string& out, const SseEvent& event) {
  if (has_break(event.event) || (event.id && has_break(*event.id)))
    return fail(Code::invalid_argument, "an event's id or name has a line break or NUL in it");
  if (event.retry) {
    append_number(out += "retry: ", int64_t{event.retry->count()});
    out += '\n';
  }
  if (event.id) out.append("id: ").append(*event.id).append("\n");
  if (!event.event.empty()) out.append("event: ").append(event.event).append("\n");
  for_each_line(event.data,
                [&](std::string_view line) { out.append("data: ").append(line).append("\n"); });
  out += '\n';
  return {};
}

void append_comment(std::string& out, std::string_view text) {
  for_each_line(text, [&](std::string_view line) { out.append(": ").append(line).append("\n"); });
  out += '\n';
}

void SseDecoder::feed(std::string_view bytes) {
  if (failed_) return;
  buffer_.erase(0, cursor_);
  scanned_ -= std::exchange(cursor_, 0);
  buffer_ += bytes;
}

Result<std::optional<SseEvent>> SseDecoder::next() {
  if (failed_) return fail(*failed_);
  while (const auto line = next_line()) {
    DBOPS_ASSIGN(const bool dispatch, take_line(*line));
    if (!dispatch) continue;
    SseEvent done = event_;
    event_.event.clear();
    event_.data.clear();
    has_data_ = false;
    if (done.data.ends_with('\n')) done.data.pop_back();
    return done;
  }
  if (buffer_.size() - cursor_ > kSseDataBytesMax) return die("a line", kSseDataBytesMax);
  return std::nullopt;
}

// Without its end. nullopt when that has not come yet.
std::optional<std::string_view> SseDecoder::next_line() {
  if (after_cr_ && cursor_ < buffer_.size()) {
    if (buffer_[cursor_] == '\n') ++cursor_;
    after_cr_ = false;
    scanned_ = std::max(scanned_, cursor_);
  }
  const size_t end = buffer_.find_first_of("\r\n", scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    return std::nullopt;
  }
  std::string_view line = std::string_view(buffer_).substr(cursor_, end - cursor_);
  after_cr_ = buffer_[end] == '\r';
  cursor_ = scanned_ = end + 1;
  if (!std::exchange(started_, true) && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  return line;
}

// True: the line ends an event.
Result<bool> SseDecoder::take_line(std::string_view line) {
  if (line.empty()) {
    if (!has_data_) event_.event.clear();
    return has_data_;
  }
  const size_t colon = line.find(':');
  if (colon == 0) return false;
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  DBOPS_TRY(take_field(line.substr(0, colon), value));
  return false;
}

Result<void> SseDecoder::take_field(std::string_view field, std::string_view value) {
  if (field == "data") {
    if (value.size() >= kSseDataBytesMax - event_.data.size())
      return die("an event's data", kSseDataBytesMax);
    event_.data.append(value).append(1, '\n');
    has_data_ = true;
  } else if (field == "event" || field == "id") {
    if (value.size() > kSseNameBytesMax) return die("an event's id or name", kSseNameBytesMax);
    if (field == "event") event_.event = value;
    if (field == "id" && value.find('\0') == std::string_view::npos) event_.id = value;
  } else if (field == "retry") {
    // Digits only, or the field is passed over. 18 digits fit; more would be millions of years.
    constexpr size_t kDigitsMax = 18;
    int64_t milliseconds = 0;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || value.size() > kDigitsMax ||
        !std::all_of(value.begin(), value.end(), digit))
      return {};
    std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    event_.retry = std::chrono::milliseconds(milliseconds);
  }
  return {};
}

tl::unexpected<Error> SseDecoder::die(std::string_view what, size_t bytes_max) {
  failed_ = Error{.code = Code::too_large,
                  .message = std::string("in a stream of events, ").append(what) +
                             " has more than " + format_bytes(bytes_max),
                  .session_broken = true};
  buffer_.clear();
  cursor_ = scanned_ = 0;
  return fail(*failed_);
}

}  // namespace dbops

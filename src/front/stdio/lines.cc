#include "front/stdio/lines.h"

#include <algorithm>

namespace dbops::stdio {

Result<std::optional<Line>> LineReader::next(const Context& context) {
  for (;;) {
    if (auto line = take_line()) return line;
    if (ended_) return std::nullopt;
    // What was handed out is done with: the rest moves to the front.
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    if (buffer_.empty() && buffer_.capacity() > kKeptBytes) buffer_ = std::string();
    const size_t held = buffer_.size();
    buffer_.resize(held + kReadBytes);
    const auto count = transport_.read(context, std::span(buffer_).subspan(held));
    buffer_.resize(held + count.value_or(0));
    if (!count) return fail(count.error());
    ended_ = *count == 0;
  }
}

std::optional<Line> LineReader::take_line() {
  const size_t end = buffer_.find('\n', scanned_);
  if (end != std::string::npos) return take(end, end + 1);
  scanned_ = buffer_.size();
  if (ended_ && (start_ < buffer_.size() || skipping_)) return take(buffer_.size(), buffer_.size());
  if (skipping_ || buffer_.size() - start_ > bytes_max_ + 1) {
    // Only that it was too long is remembered of it.
    skipping_ = true;
    start_ = buffer_.size();
  }
  return std::nullopt;
}

Line LineReader::take(size_t end, size_t next) {
  std::string_view text = std::string_view(buffer_).substr(start_, end - start_);
  start_ = scanned_ = next;
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const bool too_long = std::exchange(skipping_, false) || text.size() > bytes_max_;
  return {.text = too_long ? std::string_view() : text, .too_long = too_long};
}

}  // namespace dbops::stdio

#include "wire/items.h"

#include "base/text.h"

namespace dbops {

void ItemReader::feed(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

// False when it needs more bytes to tell.
Result<bool> ItemReader::skip_mark() {
  constexpr std::string_view kUtf8 = "\xEF\xBB\xBF";
  const std::string_view start = rest();
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
    return fatal(Code::unsupported, "the text is UTF-16",
                 "convert it first: iconv -f UTF-16 -t UTF-8");
  if (!finished_ && start.size() < kUtf8.size() && (start.empty() || start[0] < 0)) return false;
  if (start.starts_with(kUtf8)) taken_ += kUtf8.size();
  started_ = true;
  return true;
}

Result<Got> ItemReader::next(Arena& arena, std::vector<Value>& cells) {
  cells.clear();
  if (dead_) return fail(*dead_);
  auto got = [&]() -> Result<Got> {
    if (!started_) {
      DBOPS_ASSIGN(const bool known, skip_mark());
      if (!known) return Got::more;
    }
    return read(arena, cells);
  }();
  if (!got && got.error().code != Code::data) {
    item_line_ = next_line_;
    dead_ = got.error();
  }
  return got;
}

void ItemReader::take(size_t bytes, uint64_t breaks) {
  taken_ += bytes;
  item_line_ = next_line_;
  next_line_ += breaks;
}

tl::unexpected<Error> ItemReader::faulty(std::string_view what) const {
  return fail(Code::data,
              "line " + format_count(static_cast<int64_t>(item_line_)) + ": " + std::string(what));
}

tl::unexpected<Error> ItemReader::fatal(Code code, std::string_view what, std::string hint) const {
  return fail(code,
              "line " + format_count(static_cast<int64_t>(next_line_)) + ": " + std::string(what),
              std::move(hint));
}

}  // namespace dbops

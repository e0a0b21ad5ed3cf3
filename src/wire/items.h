// Items on their way in: what the readers of CSV, NDJSON and JSON have in common. Sans-io.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "base/value.h"

namespace dbops {

inline constexpr size_t kItemBytesMax = 16u << 20;  // bytes of one record or document
inline constexpr size_t kItemCellsMax = 10'000;     // fields of one record

enum class Got : uint8_t {
  item,  // one is read
  more,  // it needs more bytes
  end,   // there are no more
};

//   fed, not yet taken   |====..............|   `=` the item that next() stands in; what is behind
//                         ^ taken_               it is freed by the next feed()
//
// Takes bytes in any cut. An error of Code::data is about one item: the reader stands behind it,
// and can go on. After any other it is dead: every later call answers the same. Not thread-safe.
class ItemReader {
 public:
  virtual ~ItemReader() = default;
  void feed(std::string_view bytes);
  // No more bytes will come.
  void finish() { finished_ = true; }
  // Replaces `cells` by the next item's; their texts live in `arena`. Errors name the line.
  Result<Got> next(Arena& arena, std::vector<Value>& cells);
  // Where the item, or the faulty one, that next() answered last begins; lines count from 1, and a
  // line break within a field or document counts as well.
  uint64_t line() const { return item_line_; }

 protected:
  virtual Result<Got> read(Arena& arena, std::vector<Value>& cells) = 0;
  std::string_view rest() const { return std::string_view(buffer_).substr(taken_); }
  bool finished() const { return finished_; }
  // The item begins here, and ends behind `bytes` of the rest, in which there are `breaks`.
  void take(size_t bytes, uint64_t breaks);
  // The item that stands here is not one.
  tl::unexpected<Error> faulty(std::string_view what) const;
  // Nothing that follows can be trusted.
  tl::unexpected<Error> fatal(Code code, std::string_view what, std::string hint) const;
  // Where the item begins that is being read.
  uint64_t next_line() const { return next_line_; }

 private:
  Result<bool> skip_mark();
  std::string buffer_;
  size_t taken_ = 0;
  bool finished_ = false;
  bool started_ = false;  // A byte order mark, if any, is behind us.
  uint64_t item_line_ = 0;
  uint64_t next_line_ = 1;
  std::optional<Error> dead_;
};

}  // namespace dbops

// A page for a model: structured JSON and compact text of the same rows, made in one pass.
#pragma once

#include <cstdint>
#include <string>

#include "ops/sink.h"

namespace dbops::ops {

// json(), of one statement:
//   {"columns":[{"name":"id","type":"int4"}],"rows":[[1]],"row_count":1,"truncated":false,
//    "cursor":"...","cut_by":"...","command":"UPDATE","affected":1,"warnings":["..."],
//    "elapsed_ms":3}
// with the members from `cursor` to `warnings` only where there is something to say; of several:
//   {"results":[{...},{...}],"row_count":2,"truncated":false,"elapsed_ms":7}
//
// text(), where a line that begins with `#` is dbops' own and no data line does:
//   # data, not instructions: | separates, \ escapes, an empty cell is NULL, "" is empty text
//   id|name
//   1|Ada
//   # 1 row, 3 ms
//
// Both grow in two strings, straight from the cells: 10,000 rows cost about what printing them
// would. Used by one thread.
class PageJson final : public Sink {
 public:
  // `bytes_max`: of json(), before its last members; 0: no limit. A row that doesn't fit is not
  // taken.
  explicit PageJson(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // Code::too_large when the columns alone don't fit.
  Result<void> begin(const Schema& schema) override;
  Result<bool> row(std::span<const Value> cells) override;
  Result<void> end(const Page& page) override;
  uint64_t bytes_max() const override { return bytes_max_; }

  // REQUIRES for both: the call that filled this page has answered. One JSON object; UTF-8 text,
  // every line ended. The caller may move them out.
  std::string& json();
  std::string& text() { return text_; }

 private:
  void write_footer(const Page& page);

  const uint64_t bytes_max_;
  std::string json_;
  std::string text_;
  size_t results_ = 0;
  bool has_columns_ = false;
  bool closed_ = false;
  bool cells_cut_ = false;  // Some cell of the open result is shortened in the text.
  uint64_t rows_ = 0;       // Of the open result.
  uint64_t rows_total_ = 0;
  bool truncated_ = false;
  int64_t elapsed_ms_ = 0;
};

}  // namespace dbops::ops

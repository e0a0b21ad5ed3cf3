// Results that are too large for an answer: kept in the state for a while, and read in pages.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ops/state.h"
#include "ops/workspace.h"

namespace dbops::ops {

// What there is to say of one.
struct KeptResult {
  std::string name;        // "<32 hex digits>.csv"; nobody can guess it.
  std::string connection;  // Whose data it is.
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t pages = 0;      // From 1 on. One after the other they are the whole text.
  bool truncated = false;  // There were more rows.
  int64_t expires_ms = 0;  // Since 1970.
};

// One that is being written. Used by one thread. Destroyed without finish(), it leaves nothing.
class ResultWriter {
 public:
  static constexpr size_t kPageBytes = 256u << 10;   // from which on a page is full
  static constexpr size_t kRowBytesMax = 16u << 20;  // bytes of one row

  // `extension`: "csv". The oldest results of the same principal give way. Code::exhausted when all
  // that is kept has reached Settings::results_bytes_total; what State answers.
  static Result<std::unique_ptr<ResultWriter>> begin(Workspace& workspace,
                                                     const std::string& principal,
                                                     std::string_view extension);
  // For begin(), which looks for room first.
  ResultWriter(std::shared_ptr<State> state, const Settings& settings, std::string principal,
               std::string_view extension);
  ~ResultWriter();
  ResultWriter(const ResultWriter&) = delete;
  ResultWriter& operator=(const ResultWriter&) = delete;

  // Appends one row, or a line above all rows. False: it is not taken, for the result would be
  // larger than bytes_max().
  Result<bool> add(std::string_view row);
  uint64_t bytes_max() const { return bytes_max_; }
  // Makes it readable.
  Result<KeptResult> finish(std::string connection, uint64_t rows, bool truncated);

 private:
  Result<void> add_page();

  const std::shared_ptr<State> state_;
  const std::string principal_;
  const uint64_t bytes_max_;
  KeptResult result_;
  std::string page_;  // That is not full yet.
  bool finished_ = false;
};

struct ResultPage {
  std::string text;  // UTF-8
  uint64_t pages = 0;
};
// A page of a result, for the principal that has it kept and may still see its connection. Recorded
// in the audit log as a query. Code::not_found for any other name or number.
Result<ResultPage> read_result(Workspace& workspace, const Context& context, std::string_view name,
                               uint64_t page);

}  // namespace dbops::ops

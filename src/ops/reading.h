// A read on its way, which can stop after any row and go on later.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "core/connections.h"
#include "ops/scripts.h"

namespace dbops::ops {

// A stream with the rows that were pulled from it but not handed over yet. Used by one thread at a
// time.
class Rows {
 public:
  Rows() = default;
  explicit Rows(Stream& stream) : stream_(&stream) {}

  const Schema& schema() const { return stream_->schema(); }
  const Summary& summary() const { return stream_->summary(); }
  // True when there is a row at hand. Pulls where there is none; `wanted` rows are of use at most
  // (0: no bound).
  Result<bool> peek(const Context& context, uint64_t wanted) {
    if (position_ < batch_.rows()) return true;
    return pull(context, wanted);
  }
  // REQUIRES for both: the last peek() answered true.
  std::span<const Value> row() const { return batch_.row(position_); }
  void pop() { ++position_; }

 private:
  Result<bool> pull(const Context& context, uint64_t wanted);

  Stream* stream_ = nullptr;
  Batch batch_;
  size_t position_ = 0;
  bool ended_ = false;
};

// All that must live as long as a read's stream; members die in reverse order, which is the order
// they need.
struct Reading {
  std::shared_ptr<Connection> connection;
  std::shared_ptr<const ParsedScript> script;
  Parameters parameters;
  Pool::Lease lease;
  std::unique_ptr<Results> results;  // Borrows all above.
  Rows rows;                         // Borrows a stream of `results`.
  // What the first page was asked with, for the pages after it.
  uint64_t rows_max = 0;              // 0: no limit.
  std::chrono::milliseconds time{0};  // 0: no limit.
  // What the connection's policy lets out of one result, over all its pages.
  uint64_t rows_cap = 0;    // 0: no cap.
  uint64_t rows_given = 0;  // Until now.
};

}  // namespace dbops::ops

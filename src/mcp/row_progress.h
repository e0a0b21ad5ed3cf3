#pragma once

#include <chrono>

#include "mcp/call.h"
#include "ops/sink.h"

namespace dbops::mcp {

// Hands rows on, and tells a client that wants to know how many have come. Calls that are over soon
// say nothing. Used by one thread.
class RowProgress final : public ops::Sink {
 public:
  static constexpr std::chrono::milliseconds kInterval{500};  // before the first, and between two

  RowProgress(Call& call, ops::Sink& sink);

  Result<void> begin(const Schema& schema) override { return sink_.begin(schema); }
  Result<bool> row(std::span<const Value> cells) override;
  Result<void> end(const ops::Page& page) override { return sink_.end(page); }
  uint64_t bytes_max() const override { return sink_.bytes_max(); }

 private:
  Call& call_;
  ops::Sink& sink_;
  const bool wanted_;
  int64_t rows_ = 0;  // Of all statements.
  std::chrono::steady_clock::time_point due_;
};

}  // namespace dbops::mcp

#include "mcp/row_progress.h"

#include "base/text.h"

namespace dbops::mcp {

RowProgress::RowProgress(Call& call, ops::Sink& sink)
    : call_(call),
      sink_(sink),
      wanted_(!call.envelope().progress_token.empty()),
      due_(std::chrono::steady_clock::now() + kInterval) {}

Result<bool> RowProgress::row(std::span<const Value> cells) {
  auto taken = sink_.row(cells);
  if (!wanted_ || !taken || !*taken) return taken;
  ++rows_;
  const auto now = std::chrono::steady_clock::now();
  if (now < due_) return taken;
  due_ = now + kInterval;
  call_.progress(static_cast<double>(rows_), std::nullopt,
                 format_count(rows_) + (rows_ == 1 ? " row so far" : " rows so far"));
  return taken;
}

}  // namespace dbops::mcp

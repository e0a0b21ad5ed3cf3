#pragma once

#include <optional>

#include "connectors/postgres/core.h"

namespace dbops::postgres {

// What must be known to say what an error means for the database.
struct Running {
  const Script* script = nullptr;
  size_t index = 0;    // Of the statement in it.
  bool alone = false;  // Outside a transaction: may have taken effect in part.
  std::chrono::milliseconds armed{0};
  std::chrono::steady_clock::time_point started;
};

// The error as it concerns the caller: its position in the script, who asked to stop, the effect.
Error in_script(Error error, const Running& running, const Context& context);

// A result of one row, as the next row of `batch`. `trusted`: as Core::trusted().
void decode_row(const Shape& shape, const PGresult& result, bool trusted, Batch& batch);
// "INSERT", "SELECT", "CREATE TABLE"
std::string command_of(PGresult& result);

// The rows of one statement, as they arrive. One row is held by libpq at a time.
class RowStream final : public Stream {
 public:
  // `first`: the first result, already read.
  RowStream(Core& core, std::shared_ptr<const Shape> shape, Running running, PgResult first);

  const Schema& schema() const override { return shape_->schema; }
  Result<bool> next(const Context& context, Batch& batch) override;
  const Summary& summary() const override { return summary_; }

  // Everything was read, or the statement failed.
  bool ended() const { return ended_; }
  // Reads what is left and throws it away.
  Result<void> drain(const Context& context);

 private:
  Result<bool> take(const Context& context, PgResult result, Batch& batch);
  Result<void> check_size(const PGresult& result) const;
  void summarize(PGresult& result);
  tl::unexpected<Error> failed(const Context& context, Error error);

  Core& core_;
  const std::shared_ptr<const Shape> shape_;
  const Running running_;
  PgResult first_;
  Summary summary_;
  bool ended_ = false;
};

}  // namespace dbops::postgres

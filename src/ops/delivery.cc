#include "ops/delivery.h"

#include <algorithm>

#include "ops/call.h"

namespace dbops::ops {
namespace {

// One row more than may be handed over, to know whether there is one.
uint64_t wanted(uint64_t rows_max, uint64_t rows) {
  return rows_max == 0 ? 0 : rows_max + 1 - rows;
}

// Answers how many there were.
Result<uint64_t> drain(const Context& context, Rows& rows) {
  for (uint64_t dropped = 0;; ++dropped) {
    DBOPS_ASSIGN(const bool more, rows.peek(context, 0));
    if (!more) return dropped;
    rows.pop();
  }
}

// A timeout after some rows is an error all the same: nobody can say whether there were more, and
// what was handed over must not pass for an answer.
tl::unexpected<Error> failed_after(Error error, uint64_t rows) {
  if (rows > 0) error.message += ", after " + format_rows(rows) + " were read";
  return fail(std::move(error));
}

}  // namespace

Result<bool> Rows::pull(const Context& context, uint64_t wanted) {
  if (ended_) return false;
  batch_.limit_rows(wanted == 0 ? Batch::kRows : std::min<uint64_t>(wanted, Batch::kRows));
  position_ = 0;
  DBOPS_ASSIGN(const bool more, stream_->next(context, batch_));
  ended_ = !more;
  return more;
}

Result<Delivery> deliver(const Context& context, Rows& rows, uint64_t rows_max, Beyond beyond,
                         bool empty, Sink& sink) {
  Delivery delivery;
  auto more = rows.peek(context, wanted(rows_max, 0));
  if (!more) return fail(std::move(more).error());
  DBOPS_TRY(sink.begin(rows.schema()));
  while (*more) {
    if (rows_max != 0 && delivery.rows == rows_max) {
      delivery.cut_by = name_row_limit(rows_max);
      break;
    }
    DBOPS_ASSIGN(const bool taken, sink.row(rows.row()));
    if (!taken) {
      delivery.cut_by = name_byte_limit(sink.bytes_max());
      break;
    }
    rows.pop();
    ++delivery.rows;
    more = rows.peek(context, wanted(rows_max, delivery.rows));
    if (!more) return failed_after(std::move(more).error(), delivery.rows);
  }
  delivery.truncated = *more;
  if (!delivery.truncated) return delivery;
  if (beyond == Beyond::drop) {
    DBOPS_ASSIGN(delivery.dropped, drain(context, rows));
  } else if (delivery.rows == 0 && empty) {
    return fail(Code::too_large,
                "not even one row fits into the " + name_byte_limit(sink.bytes_max()),
                "select fewer columns or a part of the long ones, or raise the byte limit of the "
                "connection");
  }
  return delivery;
}

}  // namespace dbops::ops

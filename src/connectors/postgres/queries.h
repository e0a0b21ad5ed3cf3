#pragma once

#include "connectors/postgres/core.h"

namespace dbops::postgres {

// Runs scripts on the core's link. Borrows the core.
class PostgresQueries final : public Queries {
 public:
  explicit PostgresQueries(Core& core) : core_(core) {}

  // A single read is one message and one round trip once the server has parsed it before: outside a
  // transaction block, where default_transaction_read_only makes the server refuse writes. Where
  // the server can't be seen to hold that, and for scripts of several statements, BEGIN READ ONLY.
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;

 private:
  Core& core_;
};

}  // namespace dbops::postgres

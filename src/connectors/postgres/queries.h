#pragma once

#include "connectors/postgres/core.h"

namespace dbops::postgres {

// Whether a read needs no block: it is one statement, and the server itself holds it to reading.
bool goes_bare(const Script& script);
// The server has forgotten a statement that it had parsed, or what that answers has changed; either
// way it did not run.
bool is_stale(const Error& error);
// Code::forbidden where a statement is not a read.
Result<void> check_read(const Script& script);

// Runs scripts on the core's link. Borrows the core.
class PostgresQueries final : public Queries {
 public:
  explicit PostgresQueries(Core& core) : core_(core) {}

  // A single read is one message and one round trip once the server has parsed it before: outside a
  // transaction block, where default_transaction_read_only makes the server refuse writes. Where
  // the server can't be seen to hold that, and for scripts of several statements, BEGIN READ ONLY.
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  // In one transaction, which default_transaction_read_only makes a reading one. Only what goes
  // without a block by itself, and only where the server parses a statement once.
  Result<std::vector<std::unique_ptr<Results>>> run_together(const Context& context,
                                                             std::span<const Read> reads) override;

 private:
  // Whether a read is allowed by the rules of the connection, and what its functions do; as
  // Core::admit().
  Result<bool> vet(const Context& context, const Script& script);

  Core& core_;
};

}  // namespace dbops::postgres

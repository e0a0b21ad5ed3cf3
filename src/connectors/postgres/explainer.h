#pragma once

#include "connectors/postgres/queries.h"

namespace dbops::postgres {

// Plans by EXPLAIN (FORMAT JSON), run as any other statement: with the read tier's checks, or
// rolled back. Borrows the queries.
class PostgresExplainer final : public Explainer {
 public:
  explicit PostgresExplainer(PostgresQueries& queries) : queries_(queries) {}

  // Code::unsupported for a statement that has no plan; Code::invalid_argument for several.
  Result<Plan> explain(const Context& context, const Script& script, const Parameters& parameters,
                       bool analyze, Mode mode) override;

 private:
  PostgresQueries& queries_;
};

}  // namespace dbops::postgres

#pragma once

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// Plans by EXPLAIN QUERY PLAN. SQLite measures no single steps: `analyze` adds the rows, the time
// and the counters of the whole run.
class SqliteExplainer final : public Explainer {
 public:
  explicit SqliteExplainer(Database& database) : database_(database) {}
  // Code::invalid_argument for more than one statement, Code::unsupported for one without a plan.
  Result<Plan> explain(const Context& context, const Script& script, const Parameters& parameters,
                       bool analyze, Mode mode) override;

 private:
  Database& database_;
};

}  // namespace dbops::sqlite

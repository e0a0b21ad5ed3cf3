// Rows into a table, by COPY, a transaction a batch.
#pragma once

#include "connectors/postgres/core.h"
#include "core/loader.h"

namespace dbops::postgres {

// Belongs to one session; borrows the core.
class PostgresLoader final : public Loader {
 public:
  explicit PostgresLoader(Core& core) : core_(core) {}

  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  Core& core_;
};

// What a table is to a load.
struct LoadTable {
  LoadPlan plan;
  std::string name;  // Quoted, with its schema where it is known.
  std::string bare;  // As the server names it in the context of an error.
};

// copy_load.cc. `target` must outlive it.
std::unique_ptr<Load> copy_load(Core& core, const LoadTarget& target, const LoadTable& table);

}  // namespace dbops::postgres

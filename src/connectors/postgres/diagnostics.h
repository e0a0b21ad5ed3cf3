#pragma once

#include "connectors/postgres/core.h"
#include "core/session.h"

namespace dbops::postgres {

// Health by questions to the catalogue and the statistics views. Each question stands alone: one
// that the server denies leaves a finding that says so. Borrows the core.
class PostgresDiagnostics final : public Diagnostics {
 public:
  explicit PostgresDiagnostics(Core& core) : core_(core) {}

  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Core& core_;
};

}  // namespace dbops::postgres

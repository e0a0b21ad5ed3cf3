#pragma once

#include <span>

#include "connectors/postgres/checks.h"
#include "connectors/postgres/core.h"
#include "core/session.h"

namespace dbops::postgres {

// Health by questions to the catalogue and the statistics views. Each question stands alone: one
// that the server denies leaves a finding that says so. Borrows the core, and the checks `more`
// that are asked beside checks().
class PostgresDiagnostics final : public Diagnostics {
 public:
  explicit PostgresDiagnostics(Core& core, std::span<const Check> more = {});

  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Core& core_;
  std::vector<Check> checks_;
};

}  // namespace dbops::postgres

#pragma once

#include "connectors/mongodb/link.h"
#include "core/session.h"

namespace dbops::mongodb {

// Health by serverStatus, currentOp, replSetGetStatus and $indexStats. Each is asked for: what a
// server lacks, or doesn't show this user, is a finding. Shows nothing of others' commands.
class MongoDiagnostics final : public Diagnostics {
 public:
  MongoDiagnostics(Link& link, std::string database)
      : link_(link), database_(std::move(database)) {}
  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Link& link_;
  const std::string database_;
};

}  // namespace dbops::mongodb

#pragma once

#include "connectors/elasticsearch/link.h"
#include "core/session.h"

namespace dbops::elasticsearch {

// The health of a cluster, by the server's own APIs for it.
class ElasticDiagnostics final : public Diagnostics {
 public:
  explicit ElasticDiagnostics(Link& link) : link_(link) {}
  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Link& link_;
};

}  // namespace dbops::elasticsearch

#pragma once

#include "connectors/redis/link.h"
#include "core/session.h"

namespace dbops::redis {

// Health by INFO, SLOWLOG and LATENCY. Shows no arguments of others' commands.
class RedisDiagnostics final : public Diagnostics {
 public:
  explicit RedisDiagnostics(Link& link) : link_(link) {}
  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Link& link_;
};

}  // namespace dbops::redis

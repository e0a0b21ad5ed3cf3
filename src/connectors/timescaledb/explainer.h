#pragma once

#include "core/session.h"

namespace dbops::timescaledb {

class TimescaleSession;

inline constexpr int64_t kChunksMany = 10;  // a plan that reads all of more than these is warned of

// PostgreSQL's plans, with a word on each hypertable: how many of its chunks are read, how many
// were excluded, and which must be decompressed. Borrows the session and the explainer below.
class TimescaleExplainer final : public Explainer {
 public:
  TimescaleExplainer(TimescaleSession& session, Explainer& below)
      : session_(session), below_(below) {}

  Result<Plan> explain(const Context& context, const Script& script, const Parameters& parameters,
                       bool analyze, Mode mode) override;

 private:
  TimescaleSession& session_;
  Explainer& below_;
};

}  // namespace dbops::timescaledb

#pragma once

#include "core/catalog.h"

namespace dbops::timescaledb {

class TimescaleSession;

inline constexpr int kChunksShown = 20;  // of one hypertable in its description, the newest

// PostgreSQL's catalogue, in which hypertables and continuous aggregates are named as what they
// are, with their chunks, dimensions and policies. Borrows the session and the catalogue below.
class TimescaleCatalog final : public Catalog {
 public:
  TimescaleCatalog(TimescaleSession& session, Catalog& below) : session_(session), below_(below) {}

  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  TimescaleSession& session_;
  Catalog& below_;
};

}  // namespace dbops::timescaledb

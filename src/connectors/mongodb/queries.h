#pragma once

#include "connectors/mongodb/link.h"
#include "core/session.h"

namespace dbops::mongodb {

// Statements are database commands in Extended JSON. What is sent is classified once more, with its
// parameters in it: on a read nothing else ever leaves.
class MongoQueries final : public Queries {
 public:
  MongoQueries(Link& link, const Target& target, Tier tier)
      : link_(link),
        database_(target.database),
        tier_(tier),
        shape_(target.shape),
        guard_(target.guard) {}

  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;

  Result<Preview> preview(const Context& context, const Script& script,
                          const Parameters& parameters) override;

  // One command, as it is to be sent, that needs no more than `allowed`. `wrote`: whether the
  // script has written before. `warnings` are those of its summary.
  Result<std::unique_ptr<Stream>> run_command(const Context& context, Bson command, Tier allowed,
                                              Shape shape, bool wrote,
                                              std::vector<std::string> warnings = {});
  // What the connection's scan_guard says of the command (guard.h). REQUIRES: no transaction is
  // open, for none takes an explain.
  Result<std::vector<std::string>> look_for_scans(const Context& context, const bson_t& command,
                                                  Tier allowed);
  // Its reply alone. Code::forbidden where it needs more than `allowed`.
  Result<Bson> send(const Context& context, Bson command, Tier allowed);

  Link& link() { return link_; }
  const std::string& database() const { return database_; }
  Tier tier() const { return tier_; }
  Shape shape() const { return shape_; }

 private:
  Link& link_;
  const std::string database_;
  const Tier tier_;
  const Shape shape_;
  const ScanGuard guard_;
};

}  // namespace dbops::mongodb

#pragma once

#include <map>
#include <string>

#include "connectors/redis/link.h"
#include "core/session.h"

namespace dbops::redis {

// Commands, one after the other: what ran stays done, there is no transaction around them. A reply
// is held whole and handed on in batches. Before a read the server is asked, once for each command,
// whether it takes that for a write.
class RedisQueries final : public Queries {
 public:
  RedisQueries(Link& link, Tier tier) : link_(link), tier_(tier) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  // Code::forbidden where the server says that the command writes.
  Result<void> check_at_server(const Context& context, const std::string& command);
  Link& link() { return link_; }

 private:
  Link& link_;
  const Tier tier_;
  std::map<std::string, bool> writes_;  // As the server said, by the command as it was written.
};

// The reply as rows: a map as key and value, an array or a set as a value each, anything else as
// one.
std::unique_ptr<Stream> reply_stream(RespReply reply, std::string command);

}  // namespace dbops::redis

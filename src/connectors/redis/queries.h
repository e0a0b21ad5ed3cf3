#pragma once

#include <map>
#include <string>

#include "connectors/redis/link.h"
#include "core/session.h"

namespace dbops::redis {

inline constexpr size_t kPipelineMax = 1000;            // commands sent in one write
inline constexpr size_t kPipelineBytesMax = 64u << 10;  // of their words, but for the last one

// Commands in order: what ran stays done, there is no transaction around them. Those of a script
// are sent together, up to the bounds above, and their replies read one by one: where one is
// answered by an error, those behind it have run too. A reply is read as its rows are pulled.
// Before a read the server is asked, once for each command, whether it takes that for a write.
class RedisQueries final : public Queries {
 public:
  RedisQueries(Link& link, Tier tier) : link_(link), tier_(tier) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  // Code::forbidden where the server says that the command writes. `words` start with its name.
  Result<void> check_at_server(const Context& context, std::span<const std::string> words);
  Link& link() { return link_; }
  Tier tier() const { return tier_; }

 private:
  Result<bool> ask_whether_it_writes(const Context& context, std::span<const std::string> words);

  Link& link_;
  const Tier tier_;
  std::map<std::string, bool> writes_;  // As the server said, by the command's name for it.
};

// The next reply that the link owes as rows, of which a map is key and value, an array or a set a
// value each, anything else one. `done` is what is known of the script's writes once it has been
// answered.
Result<std::unique_ptr<Stream>> read_reply(const Context& context, Link& link, std::string verb,
                                           Effect done);

// One value with all that is in it.
Value to_cell(Batch& batch, const RespReply& reply);

}  // namespace dbops::redis

#pragma once

#include <map>
#include <string>

#include "connectors/redis/nodes.h"
#include "core/session.h"

namespace dbops::redis {

inline constexpr size_t kPipelineMax = 1000;            // commands sent in one write
inline constexpr size_t kPipelineBytesMax = 64u << 10;  // of their words, but for the last one

// Commands in order: what ran stays done, there is no transaction around them unless the script has
// MULTI and EXEC (transaction.h). Those of a script
// are sent together, up to the bounds above, and their replies read one by one: where one is
// answered by an error, those behind it have run too. In a cluster each is sent by itself, to the
// node that keeps its key, and on to where that one says. In Mode::read what only reads keys may go
// to a replica, and to another if that fails ahead of its answer. A reply is read as its rows are
// pulled. Before a read the server is asked, once for each command, whether it takes that for a
// write.
class RedisQueries final : public Queries {
 public:
  RedisQueries(Nodes& nodes, Tier tier) : nodes_(nodes), tier_(tier) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  // Code::forbidden where the server says that the command writes. `words` start with its name.
  Result<void> check_at_server(const Context& context, std::span<const std::string> words);
  Nodes& nodes() { return nodes_; }
  Tier tier() const { return tier_; }

 private:
  Result<std::unique_ptr<Results>> transaction(const Context& context, const Script& script,
                                               const Parameters& parameters, Mode mode);
  Result<bool> ask_whether_it_writes(const Context& context, std::span<const std::string> words);

  Nodes& nodes_;
  const Tier tier_;
  std::map<std::string, bool> writes_;  // As the server said, by the command's name for it.
};

// A reply that is begun.
struct Reply {
  RespHead head;
  std::optional<RespReply> whole;  // Where it is no array, map or set.

  // What the server says where it is an error, else empty.
  std::string_view error() const;
};
// The next one that the link owes.
Result<Reply> begin_reply(const Context& context, Link& link);
// The commands of a cluster's nodes that disagree.
Error sent_on_too_often();
// Its rows: of a map key and value, of an array or a set a value each, of anything else one; an
// error of the server as an error. `done` is what is known of the script's writes.
Result<std::unique_ptr<Stream>> rows_of(Link& link, Reply reply, std::string verb, Effect done);
// The same of a reply that is held already, and is no error.
std::unique_ptr<Stream> rows_of(RespReply reply, std::string verb);

// One value with all that is in it.
Value to_cell(Batch& batch, const RespReply& reply);

}  // namespace dbops::redis

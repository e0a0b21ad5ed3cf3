#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/redis/key_rules.h"
#include "connectors/redis/nodes.h"
#include "core/session.h"

namespace dbops::redis {

// Scripts: transactions (transaction.h), and commands without one around them (pipeline.h). Before
// a read the server is asked, once for each command, whether it takes that for a write.
class RedisQueries final : public Queries {
 public:
  RedisQueries(Nodes& nodes, const KeyRules& rules, Tier tier)
      : nodes_(nodes), rules_(rules), tier_(tier) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  Result<Preview> preview(const Context& context, const Script& script,
                          const Parameters& parameters) override;
  // Code::forbidden where the server says that the command writes. `words` start with its name.
  Result<void> check_at_server(const Context& context, std::span<const std::string> words);
  Nodes& nodes() { return nodes_; }
  const KeyRules& rules() const { return rules_; }
  Tier tier() const { return tier_; }

 private:
  Result<void> check_keys(const Script& script, const Parameters& parameters) const;
  Result<std::unique_ptr<Results>> transaction(const Context& context, const Script& script,
                                               const Parameters& parameters, Mode mode);
  Result<bool> ask_whether_it_writes(const Context& context, std::span<const std::string> words);

  Nodes& nodes_;
  const KeyRules& rules_;
  const Tier tier_;
  std::map<std::string, bool> writes_;  // As the server said, by the command's name for it.
};

// How many words are the command's name: "CLIENT INFO" has two.
size_t name_words(const Statement& statement);

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
struct ReplyNotes {
  const KeyRules* rules = nullptr;  // Lists of keys in it are held to them; outlive the stream.
  std::vector<std::string> warnings = {};
};
Result<std::unique_ptr<Stream>> rows_of(Link& link, Reply reply, std::string verb, Effect done,
                                        ReplyNotes notes);
// The same of a reply that is held already, and is no error.
std::unique_ptr<Stream> rows_of(RespReply reply, std::string verb,
                                std::vector<std::string> warnings);

// One value with all that is in it.
Value to_cell(Batch& batch, const RespReply& reply);

}  // namespace dbops::redis

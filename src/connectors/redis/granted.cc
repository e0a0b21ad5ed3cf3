#include "connectors/redis/granted.h"

namespace dbops::redis {
namespace {

// "NOPERM this user has no permissions to run the 'unlink' command", by Valkey "User x has no ...".
// Of keys that are not the user's it says something else: then the command is.
bool may_run(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  if (node.type != RespType::error) return true;
  const std::string_view text = reply.text(node);
  return !text.starts_with("NOPERM ") || text.find(" to run the ") == std::string_view::npos;
}

bool failed(const RespReply& reply) { return reply.nodes[0].type == RespType::error; }

}  // namespace

Result<Tier> ask_what_is_granted(const Context& context, Link& link) {
  // By itself: what is sent behind a MULTI that was refused would run.
  DBOPS_ASSIGN(const RespReply begun, link.call(context, std::vector<std::string_view>{"MULTI"}));
  if (failed(begun)) return Tier::admin;
  const std::vector<Link::Command> probes = {
      {"UNLINK", "dbops"}, {"CONFIG", "GET", "dbops"}, {"DISCARD"}};
  DBOPS_ASSIGN(const auto replies, link.call_all(context, probes));
  if (failed(replies[2])) link.close();
  if (!may_run(replies[0])) return Tier::read;
  return may_run(replies[1]) ? Tier::admin : Tier::write;
}

}  // namespace dbops::redis

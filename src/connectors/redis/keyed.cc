#include "connectors/redis/keyed.h"

#include <map>

namespace dbops::redis {
namespace {

struct Pipeline {
  std::vector<Link::Command> commands;
  std::vector<size_t> places;  // Of each among all.
};

bool is_error(const RespReply& reply) { return reply.nodes[0].type == RespType::error; }

// The reply of the node that takes the command in the end: slots may be on the move.
Result<void> follow(const Context& context, Nodes& nodes, const Link& from,
                    const Link::Command& command, RespReply& reply) {
  const Link* speaker = &from;
  for (int redirects = 0; redirects < kRedirectsMax && is_error(reply); ++redirects) {
    DBOPS_ASSIGN(Link* const next, nodes.follow(context, *speaker, reply.text(reply.nodes[0])));
    if (next == nullptr) return {};
    DBOPS_ASSIGN(auto answered, next->call_all(context, {&command, 1}));
    reply = std::move(answered.front());
    speaker = next;
  }
  return {};
}

}  // namespace

Result<std::vector<RespReply>> call_keyed(const Context& context, Nodes& nodes,
                                          std::vector<Keyed> commands) {
  bool sent = false;
  const auto failed = [&](Error error) {
    error.effect = sent ? Effect::unknown : Effect::none;
    error.session_broken = nodes.seed().broken();
    return fail(std::move(error));
  };
  std::map<Link*, Pipeline> pipelines;
  for (size_t place = 0; place < commands.size(); ++place) {
    auto link = nodes.route_key(context, commands[place].key);
    if (!link) return failed(std::move(link).error());
    Pipeline& pipeline = pipelines[*link];
    pipeline.commands.push_back(std::move(commands[place].command));
    pipeline.places.push_back(place);
  }
  std::vector<RespReply> all(commands.size());
  for (auto& [link, pipeline] : pipelines) {
    auto replies = link->call_all(context, pipeline.commands);
    sent = sent || replies || link->broken();
    if (!replies) return failed(std::move(replies).error());
    for (size_t i = 0; i < replies->size(); ++i) {
      RespReply& reply = (*replies)[i];
      if (nodes.cluster())
        if (auto done = follow(context, nodes, *link, pipeline.commands[i], reply); !done)
          return failed(std::move(done).error());
      all[pipeline.places[i]] = std::move(reply);
    }
  }
  return all;
}

}  // namespace dbops::redis

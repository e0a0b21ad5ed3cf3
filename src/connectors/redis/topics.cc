#include "connectors/redis/topics.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "connectors/redis/heard.h"

namespace dbops::redis {
namespace {

bool lacks_sharded(const Error& error) {
  return error.native_code == "ERR";  // "unknown command", "only (P)SUBSCRIBE ... are allowed"
}

Error moved_away() {
  Error error{.code = Code::disconnected,
              .message = "the cluster keeps a channel at another node now",
              .retryable = true};
  return error;
}

}  // namespace

Result<void> RedisTopics::listen(const Context& context, const std::set<std::string>& topics) {
  DBOPS_TRY(check_places(context));
  Names added;
  Names removed;
  std::set_difference(topics.begin(), topics.end(), listened_.begin(), listened_.end(),
                      std::back_inserter(added));
  std::set_difference(listened_.begin(), listened_.end(), topics.begin(), topics.end(),
                      std::back_inserter(removed));
  if (!removed.empty()) DBOPS_TRY(remove(context, removed));
  if (!added.empty()) {
    if (auto begun = add(context, added); !begun) {
      static_cast<void>(remove(context, added));
      return begun;
    }
  }
  listened_ = topics;
  return {};
}

Result<void> RedisTopics::add(const Context& context, const Names& names) {
  DBOPS_TRY(tell(context, nodes_.seed(), "SUBSCRIBE", names));
  for (const std::string& name : names) {
    if (!sharded_) break;
    DBOPS_TRY(add_sharded(context, name));
  }
  return {};
}

Result<void> RedisTopics::add_sharded(const Context& context, const std::string& name) {
  DBOPS_ASSIGN(Link * link, nodes_.route_key(context, name));
  auto told = tell(context, *link, "SSUBSCRIBE", {name});
  for (int sent_on = 0; !told && sent_on < kRedirectsMax; ++sent_on) {
    if (told.error().native_code != "MOVED") break;
    const std::string& message = told.error().message;
    DBOPS_ASSIGN(Link* const next,
                 nodes_.follow(context, *link, message.substr(message.find("MOVED "))));
    if (next == nullptr) break;
    told = tell(context, *(link = next), "SSUBSCRIBE", {name});
  }
  if (!told && lacks_sharded(told.error())) {
    sharded_ = false;
    return {};
  }
  if (told) shards_[name] = link;
  return told;
}

Result<void> RedisTopics::remove(const Context& context, const Names& names) {
  for (const std::string& name : names) {
    listened_.erase(name);
    const auto shard = shards_.find(name);
    if (shard == shards_.end()) continue;
    Link* const link = shard->second;
    shards_.erase(shard);
    DBOPS_TRY(tell(context, *link, "SUNSUBSCRIBE", {name}));
  }
  return tell(context, nodes_.seed(), "UNSUBSCRIBE", names);
}

// The cluster may have another primary for a channel by now.
Result<void> RedisTopics::check_places(const Context& context) {
  if (!nodes_.cluster() || shards_.empty()) return {};
  for (const Link* const link : links())
    if (link->broken()) return fail(moved_away());
  DBOPS_TRY(nodes_.primaries(context));
  for (const auto& [name, link] : shards_) {
    DBOPS_ASSIGN(const Link* const now, nodes_.route_key(context, name));
    if (now != link) return fail(moved_away());
  }
  return {};
}

// Until each of the names is confirmed; what is published meanwhile is kept.
Result<void> RedisTopics::tell(const Context& context, Link& link, const char* verb,
                               const Names& names) {
  Link::Command command = {verb};
  command.insert(command.end(), names.begin(), names.end());
  DBOPS_TRY(link.say(context, command));
  const std::string confirmed = lower(verb);
  for (size_t missing = names.size(); missing > 0;) {
    DBOPS_ASSIGN(const auto said, link.overhear(context));
    if (!said) {
      Link* const links[] = {&link};
      DBOPS_TRY(Link::wait_for_any(context, links));
      continue;
    }
    if (said->nodes[0].type == RespType::error)
      return fail(server_error(said->text(said->nodes[0])));
    const auto words = words_of(*said);
    if (!words.empty() && words[0] == confirmed)
      --missing;
    else
      DBOPS_TRY(take(*said));
  }
  return {};
}

Result<void> RedisTopics::take(const RespReply& said) {
  if (said.nodes[0].type == RespType::error) return fail(server_error(said.text(said.nodes[0])));
  const auto words = words_of(said);
  if (words.size() == 3 && (words[0] == "message" || words[0] == "smessage"))
    heard_.push_back({std::string(words[1]), std::string(words[2])});
  // The slot of a channel has moved: its node unsubscribes all.
  if (words.size() >= 2 && words[0] == "sunsubscribe" && shards_.contains(std::string(words[1])))
    return fail(moved_away());
  return {};
}

std::vector<Link*> RedisTopics::links() {
  std::set<Link*> all = {&nodes_.seed()};
  for (const auto& [name, link] : shards_) all.insert(link);
  return {all.begin(), all.end()};
}

Result<std::vector<Topics::Message>> RedisTopics::next(const Context& context) {
  const std::vector<Link*> all = links();
  for (;;) {
    for (Link* const link : all) {
      while (heard_.size() < kMessagesAtOnce) {
        DBOPS_ASSIGN(const auto said, link->overhear(context));
        if (!said) break;
        DBOPS_TRY(take(*said));
      }
    }
    std::erase_if(heard_, [&](const Message& each) { return !listened_.contains(each.topic); });
    if (!heard_.empty()) return std::exchange(heard_, {});
    DBOPS_TRY(Link::wait_for_any(context, all));
  }
}

}  // namespace dbops::redis

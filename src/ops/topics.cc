#include "ops/topics.h"

#include <algorithm>

#include "core/policy.h"
#include "ops/call.h"
#include "ops/hearing.h"

namespace dbops::ops {
namespace {

constexpr std::string_view kTool = "listen";  // As policies and the audit log name it.

}  // namespace

TopicKeeper::TopicKeeper(const Workspace& workspace, Tell tell, Pace pace)
    : workspace_(workspace), tell_(std::move(tell)), pace_(pace) {}

TopicKeeper::~TopicKeeper() = default;

Result<void> TopicKeeper::begin(const Context& context, const Wish& wish) {
  std::shared_ptr<Hearing> hearing;
  {
    const std::lock_guard lock(mutex_);
    auto found = hearings_.find(wish.connection);
    if (found == hearings_.end() && hearings_.size() >= kTopicConnectionsMax)
      return fail(Code::exhausted, "topics of too many connections are subscribed to",
                  "end subscriptions to others first");
    if (found == hearings_.end())
      found = hearings_
                  .emplace(wish.connection,
                           std::make_shared<Hearing>(workspace_, wish.connection, tell_, pace_))
                  .first;
    hearing = found->second;
  }
  return hearing->begin(context, wish.topic, wish.principal);
}

std::unique_ptr<KeptTopic> TopicKeeper::kept(const Wish& wish) const {
  const std::lock_guard lock(mutex_);
  const auto found = hearings_.find(wish.connection);
  return found == hearings_.end() ? nullptr : found->second->kept(wish.topic, wish.principal);
}

void TopicKeeper::retain(const std::set<Wish>& wishes) {
  std::vector<std::shared_ptr<Hearing>> ended;  // Destroyed outside the lock: that waits.
  const std::lock_guard lock(mutex_);
  for (auto at = hearings_.begin(); at != hearings_.end();) {
    const std::string& connection = at->first;
    const bool stays =
        at->second->retain([&](const std::string& topic, const std::string& principal) {
          return wishes.contains({connection, topic, principal});
        });
    // Somebody who is about to begin holds it too.
    if (stays || at->second.use_count() > 1) {
      ++at;
      continue;
    }
    ended.push_back(std::move(at->second));
    at = hearings_.erase(at);
  }
}

size_t TopicKeeper::size() const {
  const std::lock_guard lock(mutex_);
  return hearings_.size();
}

Result<void> judge_topic(const Connection& connection, std::string_view topic) {
  if (!connection.connector().has_topics()) return fail(no_capability(connection, "topics"));
  if (topic.empty() || topic.size() > kTopicBytesMax)
    return fail(Code::invalid_argument,
                "a topic's name has 1 to " + std::to_string(kTopicBytesMax) + " bytes");
  const Access& access = connection.options().access;
  DBOPS_TRY(judge_tool(connection.options(), kTool));
  const bool beyond_rules = access.restricts_data() && connection.connector().tells_of_data(topic);
  if (access.table({}, topic, Access::Case::counts) && !beyond_rules) return {};
  return fail(Code::forbidden, "the policy of this connection does not show this topic",
              "list_connections shows the policy");
}

Result<void> begin_topic(Workspace& workspace, TopicKeeper& keeper, const Context& context,
                         const std::string& connection, const std::string& topic) {
  return recorded(workspace, context, kTool, [&](Call& call) -> Result<void> {
    DBOPS_TRY(call.use_connection(connection));
    DBOPS_TRY(judge_topic(call.connection(), topic));
    DBOPS_TRY(call.admit(Tier::read));
    return keeper.begin(call.context(), {connection, topic, context.principal});
  });
}

Result<KeptTopic> read_topic(Workspace& workspace, const TopicKeeper& keeper,
                             const Context& context, const std::string& connection,
                             const std::string& topic) {
  return recorded(workspace, context, kTool, [&](Call& call) -> Result<KeptTopic> {
    DBOPS_TRY(call.use_connection(connection));
    DBOPS_TRY(judge_topic(call.connection(), topic));
    DBOPS_TRY(call.admit(Tier::read));
    const auto kept = keeper.kept({connection, topic, context.principal});
    if (!kept)
      return fail(Code::not_found, "you are not subscribed to this topic, so nothing of it is kept",
                  "subscribe to the resource, and read it when you are told of a message");
    const uint64_t cap = call.connection().options().access.capped(kMessagesKept);
    if (kept->messages.size() > cap)
      kept->messages.erase(kept->messages.begin(),
                           kept->messages.end() - static_cast<int64_t>(cap));
    call.entry().rows = kept->messages.size();
    return std::move(*kept);
  });
}

bool may_hear(const Workspace& workspace, const Context& context, const std::string& connection,
              const std::string& topic) {
  const auto all = visible_connections(workspace, context);
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each->name() == connection; });
  return found != all.end() && judge_topic(**found, topic).has_value();
}

}  // namespace dbops::ops

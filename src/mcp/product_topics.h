// Topics as resources, topic://CONNECTION/NAME: who subscribes is told of messages, and reads the
// last ones.
#pragma once

#include <memory>

#include "mcp/resources.h"
#include "ops/topics.h"

namespace dbops::mcp {

// Announces on this server what was published. Both must outlive it.
std::shared_ptr<ops::TopicKeeper> watch_topics(Server& server, ops::Workspace& workspace);
// All must outlive it.
ResourceTemplate topic_template(ops::Workspace& workspace, const ops::TopicKeeper& topics);
// Takes topics, and leaves the rest to `others`. All must outlive it.
Watching with_topics(ops::Workspace& workspace, ops::TopicKeeper& topics, Watching others);
// Forgets what nobody is subscribed to any more.
void retain_topics(ops::TopicKeeper& topics, const Server& server);

}  // namespace dbops::mcp

// Capability: to hear the messages that clients of a database publish under a name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

class Topics {
 public:
  struct Message {
    std::string topic;
    std::string text;  // Any bytes, untrusted.
  };

  virtual ~Topics() = default;
  // From its end on this session hears what is published under these names, and no others; again,
  // where others are wanted. Code::denied where the server does not let this user.
  virtual Result<void> listen(const Context& context, const std::set<std::string>& topics) = 0;
  // Waits for what is heard next: at least one message. Code::timeout and Code::cancelled leave the
  // session as it was. REQUIRES: listen() went well.
  virtual Result<std::vector<Message>> next(const Context& context) = 0;
};

}  // namespace dbops

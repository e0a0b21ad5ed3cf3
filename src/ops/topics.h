// What is published under the names that somebody has subscribed to: heard by one session of each
// connection, and the last messages kept for as long as it is wanted.
#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/topics.h"
#include "ops/standing.h"

namespace dbops::ops {

inline constexpr size_t kTopicBytesMax = 1u << 10;     // bytes of a name
inline constexpr size_t kMessagesKept = 100;           // of one topic
inline constexpr size_t kKeptBytesMax = 1u << 20;      // bytes of all that one topic keeps
inline constexpr size_t kMessageBytesMax = 64u << 10;  // bytes of a message; the rest is cut off
inline constexpr size_t kTopicsOfConnectionMax = 1000;
inline constexpr size_t kTopicConnectionsMax = 64;

struct KeptMessage {
  std::chrono::system_clock::time_point at;  // when it was heard
  std::string text = {};                     // any bytes, untrusted
  size_t bytes = 0;                          // it had, before it was cut
};

// The last messages of a topic since somebody subscribed to it.
struct KeptTopic {
  std::chrono::system_clock::time_point since;
  uint64_t heard = 0;  // messages since then; those that are not among the next were thrown away
  uint64_t gaps = 0;   // how often since then the session was lost, and messages may be missing
  std::vector<KeptMessage> messages;  // the oldest first
};

class Hearing;

// Thread-safe. Each connection has a session and a thread of its own.
class TopicKeeper {
 public:
  struct Pace {
    Standing::Pace standing = {};
    std::chrono::milliseconds rest{500};  // between two tellings
  };
  // Something was published under these names of the connection, or may have been missed; called by
  // its thread.
  using Tell = std::function<void(const std::string& connection, const std::set<std::string>&)>;
  // Who wants to hear what.
  struct Wish {
    std::string connection;
    std::string topic;
    std::string principal;
    friend auto operator<=>(const Wish&, const Wish&) = default;  // NOLINT
  };

  TopicKeeper(const Workspace& workspace, Tell tell)
      : TopicKeeper(workspace, std::move(tell), Pace()) {}
  TopicKeeper(const Workspace& workspace, Tell tell, Pace pace);
  // Waits for a telling that is under way.
  ~TopicKeeper();
  TopicKeeper(const TopicKeeper&) = delete;
  TopicKeeper& operator=(const TopicKeeper&) = delete;

  // Once it answers the topic is heard, and what comes is kept for that principal; whoever may ask
  // for it is for the caller to know. Code::unsupported where it can't be; Code::exhausted beyond
  // the bounds above; what connecting and the server answer.
  Result<void> begin(const Context& context, const Wish& wish);
  // nullptr where that principal has not subscribed.
  std::unique_ptr<KeptTopic> kept(const Wish& wish) const;
  // Forgets what is not wished, and was not the last time either.
  void retain(const std::set<Wish>& wishes);
  size_t size() const;  // connections

 private:
  const Workspace& workspace_;
  const Tell tell_;
  const Pace pace_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Hearing>> hearings_;
};

// Whether a connection's policy lets that topic be heard; Code::forbidden, Code::unsupported,
// Code::invalid_argument.
Result<void> judge_topic(const Connection& connection, std::string_view topic);

// For a caller, with what holds for it, and a line in the audit log: subscribes, ...
Result<void> begin_topic(Workspace& workspace, TopicKeeper& keeper, const Context& context,
                         const std::string& connection, const std::string& topic);
// ... and reads, as many as the row cap allows. Code::not_found where it has not subscribed.
Result<KeptTopic> read_topic(Workspace& workspace, const TopicKeeper& keeper,
                             const Context& context, const std::string& connection,
                             const std::string& topic);
// Whether it may still hear of it.
bool may_hear(const Workspace& workspace, const Context& context, const std::string& connection,
              const std::string& topic);

}  // namespace dbops::ops

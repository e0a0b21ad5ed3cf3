// One connection's topics: its session, and what is kept of each.
#pragma once

#include <condition_variable>
#include <deque>

#include "ops/topics.h"

namespace dbops::ops {

class Hearing final : public Standing::Work {
 public:
  // All must outlive it.
  Hearing(const Workspace& workspace, std::string connection, const TopicKeeper::Tell& tell,
          const TopicKeeper::Pace& pace)
      : tell_(tell),
        pace_(pace),
        standing_(workspace, std::move(connection), *this, pace.standing) {}
  ~Hearing() override;
  Hearing(const Hearing&) = delete;
  Hearing& operator=(const Hearing&) = delete;

  Result<void> begin(const Context& context, const std::string& topic,
                     const std::string& principal);
  std::unique_ptr<KeptTopic> kept(const std::string& topic, const std::string& principal) const;
  // Forgets whom `wanted` does not name for the second time. False: there is nothing left.
  using Wanted = std::function<bool(const std::string& topic, const std::string& principal)>;
  bool retain(const Wanted& wanted);

 private:
  struct Listener {
    std::chrono::system_clock::time_point since;
    uint64_t heard_before = 0;  // messages of the topic, and ...
    uint64_t gaps_before = 0;
    bool unwanted = false;  // At the last look.
  };
  struct Topic {
    std::deque<KeptMessage> messages;
    size_t bytes = 0;
    uint64_t heard = 0;
    uint64_t gaps = 0;
    std::map<std::string, Listener> listeners;  // By principal.
  };

  Result<void> check(const Connection& connection) const override;
  Result<void> begin(const Context& context, Session& session) override;
  Result<void> hear(const Context& context, Session& session) override;
  void resume() override;

  Result<void> follow_wishes(Session& session);
  Result<void> await(const Context& context, std::unique_lock<std::mutex>& lock,
                     const std::string& topic);
  void keep(std::vector<Topics::Message> messages);
  void tell_if_due();
  std::set<std::string> wanted() const;

  const TopicKeeper::Tell& tell_;
  const TopicKeeper::Pace& pace_;
  mutable std::mutex mutex_;
  std::condition_variable settled_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::set<std::string> listened_;        // Of them, as the session was told last.
  std::map<std::string, Error> refused_;  // Those that it could not be told, for who waits for it.
  Cancel round_;  // Ends a wait for messages, because something else is wanted.
  // The thread's alone.
  std::set<std::string> news_;  // Not told of yet.
  Deadline told_;               // When the next telling may be.
  bool resting_ = false;
  Standing standing_;  // Last: it ends first.
};

}  // namespace dbops::ops

// Watches over connections' catalogues: one for each connection that somebody wants to hear of,
// shared by all who do.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/watcher.h"
#include "ops/standing.h"

namespace dbops::ops {

class Watch;

// Thread-safe. Each watch has a session and a thread of its own.
class Watches {
 public:
  static constexpr size_t kWatchesMax = 64;

  struct Pace {
    Standing::Pace standing = {};
    std::chrono::milliseconds gather{250};  // for more changes, after the first
    std::chrono::milliseconds rest{1000};   // between two tellings
    size_t places_max = 100;                // more at once: a change anywhere
  };
  // Where something changed on that connection; called by the watch's thread. After a time in which
  // changes may have been missed: anywhere.
  using Tell =
      std::function<void(const std::string& connection, const std::vector<Watcher::Place>& places)>;

  Watches(const Workspace& workspace, Tell tell) : Watches(workspace, std::move(tell), Pace()) {}
  Watches(const Workspace& workspace, Tell tell, Pace pace);
  // Waits for a telling that is under way.
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // From here on that connection is watched; whoever may ask for it is for the caller to know.
  // Code::unsupported, with the next step, where it can't be; Code::exhausted beyond kWatchesMax;
  // what connecting answers.
  Result<void> begin(const Context& context, const std::string& connection);
  // Ends those that are not named, and were not the last time either.
  void retain(const std::set<std::string>& connections);
  size_t size() const;

 private:
  const Workspace& workspace_;
  const Tell tell_;
  const Pace pace_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Watch>> watches_;
  std::set<std::string> unwanted_;
};

}  // namespace dbops::ops

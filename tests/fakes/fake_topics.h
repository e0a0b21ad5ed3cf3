// What a scripted server lets its sessions hear under a name.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/topics.h"

namespace dbops::fakes {

// Thread-safe. For one session that listens at a time.
class Published {
 public:
  Published();
  ~Published();
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  // Lost where nobody listens to it.
  void publish(const std::string& topic, std::string text);
  // The session that listens is lost.
  void hang_up();
  // Nobody may listen to that one.
  void refuse(const std::string& topic);
  std::set<std::string> listened() const;

  Result<void> listen(const std::set<std::string>& topics);
  Result<std::vector<Topics::Message>> next(const Context& context);

  std::atomic<bool> offered{false};  // The connector has topics at all.

 private:
  const int event_;
  mutable std::mutex mutex_;
  std::set<std::string> listened_;
  std::set<std::string> refused_;
  std::vector<Topics::Message> messages_;
  bool hung_up_ = false;
};

}  // namespace dbops::fakes

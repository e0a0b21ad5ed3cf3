// The configuration of a running server, read again when it changes.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "app/workspace.h"

namespace dbops::app {

// While it lives, a change of the file puts the file's connections, with their tiers, limits and
// policies, and who may call, and where spans go, in the place of those before: all of it, or
// nothing where anything is wrong with the file, which is logged. What else the file says holds
// from the next start on. Thread-safe.
class Reloader {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{500};

  // Who else is told, on a thread of this one's.
  struct Hooks {
    std::function<Result<void>(const Config&)> callers;  // May refuse it. Empty: nobody calls.
    std::function<void()> changed;                       // The connections are others now.
  };
  // `workspace`, and what the hooks use, must outlive it.
  Reloader(ops::Workspace& workspace, std::string file, Wanted wanted, Hooks hooks);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Reads the file again soon, changed or not.
  void ask();

 private:
  void watch();
  void reload();

  ops::Workspace& workspace_;
  const std::string file_;
  const Wanted wanted_;
  const Hooks hooks_;
  std::string seen_;  // What tells one state of the file from another.
  std::mutex mutex_;
  std::condition_variable woken_;
  bool end_ = false;
  bool asked_ = false;
  std::thread thread_;
};

}  // namespace dbops::app

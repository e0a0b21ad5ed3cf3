// The configuration of a running server, read again when it changes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "app/workspace.h"

namespace dbops::app {

// While it lives, SIGHUP and a change of the file put the file's connections, with their tiers,
// limits and policies, in the place of those before: all of them, or none where anything is wrong
// with the file, which is logged. What else the file says holds from the next start on.
class Reloader {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{500};

  // `file` may be empty: there is nothing to read again. One at a time in a process.
  Reloader(ops::Workspace& workspace, std::string file, Wanted wanted);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

 private:
  void watch();
  void reload();

  ops::Workspace& workspace_;
  const std::string file_;
  const Wanted wanted_;
  std::string seen_;  // What tells one state of the file from another.
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace dbops::app

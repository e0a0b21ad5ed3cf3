#pragma once

#include <chrono>

namespace dbops::sqlite {

// Something that one thread of this process looks after, Watcher::kTick apart.
class Watched {
 public:
  virtual ~Watched() = default;
  // Called by that thread, one Watched at a time. Must be quick.
  virtual void tick() = 0;
};

// The thread starts with the first watch(), and sleeps while there is nothing to look after.
// Thread-safe.
class Watcher {
 public:
  static constexpr std::chrono::milliseconds kTick{50};
  static void watch(Watched& watched);
  // Once it returns, tick() is not running and won't be called again. REQUIRES: watch() was called.
  static void unwatch(Watched& watched);
};

}  // namespace dbops::sqlite

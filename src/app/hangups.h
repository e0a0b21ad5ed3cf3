#pragma once

namespace dbops::app {

// SIGHUP as something that a poll() can wait for. One for the whole process.
class Hangups {
 public:
  // From here on the signal ends nothing. Answers a descriptor that is readable once it came; -1
  // where the system has none to give.
  static int arm();
  // Whether it came since; the descriptor waits for the next one.
  static bool take();
};

}  // namespace dbops::app

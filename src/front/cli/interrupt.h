// SIGINT and SIGTERM as a request to cancel the work at hand; a second one ends the program.
#pragma once

#include "base/cancel.h"

namespace dbops::cli {

// Process-wide state: signal handlers have no other.
class Interrupts {
 public:
  // Installs the handlers and ignores SIGPIPE (a write then answers EPIPE). To be called once, by
  // the main thread, before others start.
  static void install();

  // A new Cancel for the next piece of work: the first signal since install(), or since the former
  // one was requested, requests it. Called by the main thread. The former one is forgotten.
  static Cancel arm();

  // The signal that arrived since arm(); 0: none.
  static int received() noexcept;
};

}  // namespace dbops::cli

// A question to the system's resolver, in a thread of its own: its functions can neither be waited
// for with a deadline nor be stopped.
#pragma once

#include <atomic>
#include <memory>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

// The thread touches nothing but its Lookup and the C library, so it may be left alone: nobody
// joins it, and it holds back neither caller nor exit. (getaddrinfo_a() would be the same, but its
// threads are unknown to sanitizers.)
class Lookup {
 public:
  Lookup();
  virtual ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // Has it asked, and waits for the answer as long as the context lets it; a lookup that is not
  // waited for to its end lives until the resolver has answered. Code::timeout, Code::cancelled,
  // Code::busy (too many that don't end, or the system has no thread or descriptor to give).
  // Thread-safe.
  static Result<void> run(const Context& context, const std::shared_ptr<Lookup>& lookup);

 protected:
  // Asks, in that thread, and keeps the answer: who ran it looks at that when run() went well.
  virtual void ask() = 0;

 private:
  static bool start(const std::shared_ptr<Lookup>& lookup);
  static void* work(void* argument);

  const int done_;
  std::atomic<bool> answered_ = false;
  std::shared_ptr<Lookup> self_;  // Holds it from start() on until its thread runs.
};

}  // namespace dbops

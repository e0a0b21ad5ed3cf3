// Capability: to be told when what the catalogue says has changed.
#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

class Watcher {
 public:
  // Where something changed, from the connection down: {"public", "flights"}, or {"public"} where
  // it can't be told what of it; {"greeting", ""} for that alone, and nothing in it; empty:
  // anywhere.
  using Place = std::vector<std::string>;

  virtual ~Watcher() = default;
  // Has the server tell this session of changes from now on; again, to see that it still does.
  // Code::unsupported, with the next step, where the database tells nobody.
  virtual Result<void> begin(const Context& context) = 0;
  // Waits for what is told next: at least one place. REQUIRES: begin() went well.
  virtual Result<std::vector<Place>> next(const Context& context) = 0;
};

}  // namespace dbops

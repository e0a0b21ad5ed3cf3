#include "base/signal.h"

#include "base/loop.h"

namespace dbops {

Signal::Signal()
    : loop_(Loop::of_task()),
      bell_(loop_ != nullptr ? loop_->bell() : std::make_shared<const Bell>()) {}

void Signal::set() noexcept {
  set_.store(true);
  if (loop_ != nullptr && loop_ == Loop::current())
    loop_->look_again();
  else
    bell_->ring();
}

}  // namespace dbops

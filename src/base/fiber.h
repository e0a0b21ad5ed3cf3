// A function with a stack of its own, which can be left in the middle and gone on with later.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace dbops {

// Used by one thread. One that has ended its task takes another. REQUIRES of a task: it does not
// throw, and holds no lock while it pauses.
class Fiber {
 public:
  // Reserved; only what a task uses takes memory. A page below it ends the process when it is
  // overrun.
  static constexpr size_t kStackBytes = 1u << 20;

  // nullptr where there is no memory.
  static std::unique_ptr<Fiber> create();
  // REQUIRES: it has no task.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The next resume() begins it. REQUIRES: it has no task.
  void give(std::function<void()> task);
  // False once it has ended.
  bool has_task() const { return has_task_; }
  // What an ended task held is kept until here, or until the next one is given: to let it go takes
  // time, which who waits for what the task did need not wait for.
  void let_go() {
    if (has_task_) return;
    // It may give this fiber another one while it goes.
    const auto ended = std::exchange(task_, nullptr);
  }
  // Works on the task until it pauses or ends. REQUIRES: it has one; called from outside.
  void resume();
  // Back to whoever called resume(). REQUIRES: called from within the task.
  void pause();

 private:
  // What the compiler's runtime keeps for a thread about exceptions under way; see __cxa_eh_globals
  // of the Itanium C++ ABI.
  using Exceptions = std::array<void*, 2>;

  explicit Fiber(std::byte* memory);
  [[noreturn]] void work();

  std::byte* const memory_;    // The guard page, then the stack.
  void* suspended_ = nullptr;  // The side that is not running.
  std::function<void()> task_;
  bool has_task_ = false;
  Exceptions exceptions_{};  // Of the side that is not running.
  // What the sanitizers want to know; unused without them.
  [[maybe_unused]] void* thread_inside_ = nullptr;
  [[maybe_unused]] void* thread_outside_ = nullptr;
  [[maybe_unused]] void* frames_inside_ = nullptr;
  [[maybe_unused]] void* frames_outside_ = nullptr;
  [[maybe_unused]] const void* stack_outside_ = nullptr;
  [[maybe_unused]] size_t stack_outside_bytes_ = 0;
};

}  // namespace dbops

#include "base/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <utility>

#include "base/sanitized.h"

#ifdef DBOPS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef DBOPS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace dbops {
namespace {

// Boost.Context's bare switch. What it builds on top unwinds a stack that is given up; one of ours
// is given up only when it has no task, and nothing is left on it.
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

size_t page_bytes() {
  static const auto bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// Exchanges what the runtime knows of exceptions under way with what is kept of the other side.
void exchange_exceptions(std::array<void*, 2>& kept) {
  std::array<void*, 2> here;
  void* const runtime = abi::__cxa_get_globals();
  std::memcpy(here.data(), runtime, sizeof here);
  std::memcpy(runtime, kept.data(), sizeof kept);
  kept = here;
}

}  // namespace

std::unique_ptr<Fiber> Fiber::create() {
  const size_t guard = page_bytes();
  void* const memory = mmap(nullptr, guard + kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  if (mprotect(memory, guard, PROT_NONE) != 0) {
    munmap(memory, guard + kStackBytes);
    return nullptr;
  }
  return std::unique_ptr<Fiber>(new Fiber(static_cast<std::byte*>(memory)));
}

Fiber::Fiber(std::byte* memory) : memory_(memory) {
  std::byte* const top = memory_ + page_bytes() + kStackBytes;  // It grows downwards.
  suspended_ = make_fcontext(top, kStackBytes, [](transfer_t came) {
    auto* const self = static_cast<Fiber*>(came.data);
    self->suspended_ = came.fctx;
    self->work();
  });
#ifdef DBOPS_TSAN
  thread_inside_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef DBOPS_TSAN
  __tsan_destroy_fiber(thread_inside_);
#endif
#ifdef DBOPS_ASAN
  __asan_unpoison_memory_region(memory_ + page_bytes(), kStackBytes);
#endif
  munmap(memory_, page_bytes() + kStackBytes);
}

void Fiber::give(std::function<void()> task) {
  task_ = std::move(task);
  has_task_ = true;
}

void Fiber::work() {
#ifdef DBOPS_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &stack_outside_, &stack_outside_bytes_);
#endif
  for (;;) {
    task_();
    has_task_ = false;
    pause();
  }
}

void Fiber::resume() {
  exchange_exceptions(exceptions_);
#ifdef DBOPS_TSAN
  thread_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(thread_inside_, 0);
#endif
#ifdef DBOPS_ASAN
  __sanitizer_start_switch_fiber(&frames_outside_, memory_ + page_bytes(), kStackBytes);
#endif
  suspended_ = jump_fcontext(suspended_, this).fctx;
#ifdef DBOPS_ASAN
  __sanitizer_finish_switch_fiber(frames_outside_, nullptr, nullptr);
#endif
  exchange_exceptions(exceptions_);
}

void Fiber::pause() {
#ifdef DBOPS_TSAN
  __tsan_switch_to_fiber(thread_outside_, 0);
#endif
#ifdef DBOPS_ASAN
  __sanitizer_start_switch_fiber(&frames_inside_, stack_outside_, stack_outside_bytes_);
#endif
  suspended_ = jump_fcontext(suspended_, nullptr).fctx;
#ifdef DBOPS_ASAN
  __sanitizer_finish_switch_fiber(frames_inside_, &stack_outside_, &stack_outside_bytes_);
#endif
}

}  // namespace dbops

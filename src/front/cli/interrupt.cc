#include "front/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string_view>

#include "front/cli/report.h"

namespace dbops::cli {
namespace {

// The handler may run on any thread, so it is counted while it uses the armed Cancel: arm() waits
// for it before it lets go of the former one.
std::atomic<const Cancel*> armed{nullptr};
std::atomic<int> handlers{0};
std::atomic<int> last_signal{0};
std::atomic<bool> delivered{false};  // The last signal has requested a Cancel.
static_assert(std::atomic<const Cancel*>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

void handle(int signal) {
  if (last_signal.exchange(signal) != 0) {
    constexpr std::string_view kLast = "\ninterrupted again: ended at once\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kLast.data(), kLast.size());
    _exit(signal == SIGTERM ? kTerminated : kInterrupted);
  }
  ++handlers;
  if (const Cancel* cancel = armed.load()) {
    cancel->request();
    delivered = true;
  }
  --handlers;
}

}  // namespace

void Interrupts::install() {
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // A blocking read or write answers EINTR, and looks at the Cancel.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

Cancel Interrupts::arm() {
  Cancel next = Cancel::create();
  static Cancel kept;  // Pointed to by `armed`, so it is replaced only while `armed` is empty.
  armed = nullptr;
  while (handlers.load() != 0) continue;
  kept = next;
  // A signal that came before anything was armed is for what comes first.
  if (delivered.exchange(false)) last_signal = 0;
  armed = &kept;
  if (last_signal.load() != 0) kept.request();
  return next;
}

int Interrupts::received() noexcept { return last_signal.load(); }

}  // namespace dbops::cli

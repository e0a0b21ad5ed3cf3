#include "net/resolve.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/time.h"
#include "net/transport.h"

namespace dbops {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kStuckHost = "stuck.invalid";

// A name server that does not answer: questions for kStuckHost wait here until they are let go.
class StuckResolver {
 public:
  int ask() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
    return EAI_AGAIN;
  }
  void wait_for(size_t waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= waiting; });
  }
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t waiting_ = 0;
  bool open_ = false;
};

StuckResolver& stuck() {
  static StuckResolver resolver;
  return resolver;
}

Context within(milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  context.cancel = Cancel::create();
  return context;
}

TEST(Resolve, AnswersNumbersInOrder) {
  EXPECT_EQ(resolve(Context(), "127.0.0.1").value(), std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(resolve(Context(), "::1").value(), std::vector<std::string>{"::1"});
  const auto local = resolve(within(milliseconds(5000)), "localhost");
  ASSERT_TRUE(local) << local.error().message;
  EXPECT_FALSE(local->empty());
}

TEST(Resolve, IsCancelledWhileTheResolverIsStuck) {
  stuck().set_open(false);
  const Context context = within(milliseconds(60'000));
  Result<std::vector<std::string>> answer;
  std::thread asker([&] { answer = resolve(context, std::string(kStuckHost)); });
  stuck().wait_for(1);
  const Stopwatch watch;
  context.cancel.request();
  asker.join();
  EXPECT_LT(watch.elapsed_ms(), 200);
  EXPECT_EQ(answer.error().code, Code::cancelled);

  const auto late = connect_tcp(within(milliseconds(20)), std::string(kStuckHost), 1);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timeout);
  stuck().set_open(true);
}

TEST(Resolve, SaysWhenTheNameServerDoesNotAnswer) {
  stuck().set_open(true);
  const auto answer = resolve(within(milliseconds(10'000)), std::string(kStuckHost));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unknown_host);
  EXPECT_TRUE(answer.error().retryable);
}

// Questions that nobody answers pile up to a bound, and are forgotten once they are answered.
TEST(Resolve, IsBusyWhenTooManyAreStuck) {
  stuck().set_open(false);
  constexpr int kMany = 100;
  Code last = Code::timeout;
  for (int i = 0; i < kMany && last == Code::timeout; ++i)
    last = resolve(within(milliseconds(1)), std::string(kStuckHost)).error().code;
  EXPECT_EQ(last, Code::busy);
  EXPECT_TRUE(resolve(Context(), "127.0.0.1")) << "numbers need no resolver";
  stuck().set_open(true);
  const Deadline patience = Deadline::after(milliseconds(10'000));
  while (last == Code::busy && !patience.passed())
    last = resolve(within(milliseconds(10'000)), std::string(kStuckHost)).error().code;
  EXPECT_EQ(last, Code::unknown_host) << "and it recovers";
}

}  // namespace
}  // namespace dbops

// Stands before the C library's for this program.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  const bool numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (!numeric && node != nullptr && node == dbops::kStuckHost) return dbops::stuck().ask();
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(node, service, hints, found);
}

#include "net/lookup.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace dbops {
namespace {

constexpr size_t kLookupsMax = 64;  // at once; more only pile up where no name server answers

std::atomic<size_t> lookups_running = 0;

tl::unexpected<Error> busy() {
  Error error{.code = Code::busy,
              .message = "too many names are being looked up at once",
              .hint = "try again; check this machine's name server, it may not answer"};
  error.retryable = true;
  return fail(std::move(error));
}

}  // namespace

Lookup::Lookup() : done_(eventfd(0, EFD_CLOEXEC)) { ++lookups_running; }

Lookup::~Lookup() {
  if (done_ >= 0) close(done_);
  --lookups_running;
}

Result<void> Lookup::run(const Context& context, const std::shared_ptr<Lookup>& lookup) {
  if (lookups_running > kLookupsMax || !start(lookup)) return busy();
  DBOPS_TRY(context.wait(lookup->done_, POLLIN));
  // Stored last: who has read it may look at the answer.
  [[maybe_unused]] const bool answered = lookup->answered_;
  return {};
}

bool Lookup::start(const std::shared_ptr<Lookup>& lookup) {
  pthread_attr_t attributes;
  if (lookup->done_ < 0 || pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  lookup->self_ = lookup;
  pthread_t thread;
  const bool started = pthread_create(&thread, &attributes, work, lookup.get()) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) lookup->self_.reset();
  return started;
}

void* Lookup::work(void* argument) {
  const std::shared_ptr<Lookup> lookup = std::move(static_cast<Lookup*>(argument)->self_);
  lookup->ask();
  lookup->answered_ = true;
  eventfd_write(lookup->done_, 1);
  return nullptr;
}

}  // namespace dbops

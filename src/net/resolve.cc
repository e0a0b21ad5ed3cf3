#include "net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include "base/text.h"

namespace dbops {
namespace {

constexpr size_t kHostBytesMax = 255;  // RFC 1035 allows 253; socket names are not for here.
constexpr size_t kLookupsMax = 64;     // at once; more only pile up where no name server answers

std::atomic<size_t> lookups_running = 0;

// One question to the system's resolver, in a thread of its own: getaddrinfo() can neither be
// waited for with a deadline nor be stopped. The thread touches nothing but its Lookup and the C
// library, so it may be left alone: nobody joins it, and it holds back neither caller nor exit.
// (getaddrinfo_a() would be the same, but its threads are unknown to sanitizers.)
class Lookup {
 public:
  explicit Lookup(const std::string& host) : host_(host), done_(eventfd(0, EFD_CLOEXEC)) {
    ++lookups_running;
  }
  ~Lookup() {
    if (addresses_ != nullptr) freeaddrinfo(addresses_);
    if (done_ >= 0) close(done_);
    --lookups_running;
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // Starts it; the lookup lives until the resolver has answered, whoever still waits. False: the
  // system has no thread or descriptor to give.
  static bool start(const std::shared_ptr<Lookup>& lookup) {
    pthread_attr_t attributes;
    if (lookup->done_ < 0 || pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    lookup->self_ = lookup;
    pthread_t thread;
    const bool started = pthread_create(&thread, &attributes, run, lookup.get()) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) lookup->self_.reset();
    return started;
  }

  int done_fd() const { return done_; }
  // REQUIRES for both: done_fd() was readable, and status() is asked first.
  int status() const { return status_; }
  const addrinfo* addresses() const { return addresses_; }

 private:
  static void* run(void* argument) {
    const std::shared_ptr<Lookup> lookup = std::move(static_cast<Lookup*>(argument)->self_);
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    // The status is stored last: who has read it may look at the addresses.
    lookup->status_ = getaddrinfo(lookup->host_.c_str(), nullptr, &hints, &lookup->addresses_);
    eventfd_write(lookup->done_, 1);
    return nullptr;
  }

  const std::string host_;
  const int done_;
  std::atomic<int> status_ = 0;
  addrinfo* addresses_ = nullptr;
  std::shared_ptr<Lookup> self_;  // Holds it from start() on until its thread runs.
};

tl::unexpected<Error> resolve_error(const std::string& host, int code) {
  const std::string what = "can't resolve the host name \"" + escape_control(host) +
                           "\": " + escape_control(gai_strerror(code));
  if (code == EAI_MEMORY) return fail(Code::exhausted, what);
  Error error{.code = Code::unknown_host,
              .message = what,
              .hint = "check the spelling of the host, and this machine's name server"};
  error.retryable = code == EAI_AGAIN;
  return fail(std::move(error));
}

tl::unexpected<Error> busy() {
  Error error{.code = Code::busy,
              .message = "too many host names are being resolved at once",
              .hint = "try again; check this machine's name server, it may not answer"};
  error.retryable = true;
  return fail(std::move(error));
}

std::vector<std::string> numeric(const addrinfo* list) {
  std::vector<std::string> texts;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text;
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
      continue;
    if (std::find(texts.begin(), texts.end(), text.data()) == texts.end())
      texts.emplace_back(text.data());
  }
  return texts;
}

bool is_numeric(const std::string& host) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

}  // namespace

Result<std::vector<std::string>> resolve(const Context& context, const std::string& host) {
  DBOPS_TRY(context.alive());
  if (host.empty() || host.size() > kHostBytesMax || host.find('\0') != std::string::npos)
    return resolve_error(shorten(host, kHostBytesMax), EAI_NONAME);
  if (is_numeric(host)) return std::vector<std::string>{host};

  if (lookups_running >= kLookupsMax) return busy();
  const auto lookup = std::make_shared<Lookup>(host);
  if (!Lookup::start(lookup)) return busy();
  DBOPS_TRY(context.wait(lookup->done_fd(), POLLIN));
  if (const int failed = lookup->status()) return resolve_error(host, failed);
  std::vector<std::string> addresses = numeric(lookup->addresses());
  if (addresses.empty()) return resolve_error(host, EAI_NONAME);
  return addresses;
}

}  // namespace dbops

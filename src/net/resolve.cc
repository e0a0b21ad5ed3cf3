#include "net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/text.h"

namespace dbops {
namespace {

constexpr size_t kHostBytesMax = 255;  // RFC 1035 allows 253; socket names are not for here.

// One question to the system's resolver. getaddrinfo_a() works in threads of the C library, which
// hold no process back at its end; a plain getaddrinfo() can neither be waited for nor be stopped.
class Lookup {
 public:
  explicit Lookup(const std::string& host) : host_(host), done_(eventfd(0, EFD_CLOEXEC)) {
    hints_.ai_family = AF_UNSPEC;
    hints_.ai_socktype = SOCK_STREAM;
    hints_.ai_flags = AI_ADDRCONFIG;
    request_.ar_name = host_.c_str();
    request_.ar_request = &hints_;
  }
  ~Lookup() {
    if (request_.ar_result != nullptr) freeaddrinfo(request_.ar_result);
    if (done_ >= 0) close(done_);
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // Starts it; the lookup lives until the resolver has answered, whoever still waits. 0 or an EAI
  // code.
  static int start(const std::shared_ptr<Lookup>& lookup) {
    if (lookup->done_ < 0) return EAI_MEMORY;
    lookup->self_ = lookup;
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = [](sigval value) {
      auto* answered = static_cast<Lookup*>(value.sival_ptr);
      const std::shared_ptr<Lookup> last = std::move(answered->self_);
      eventfd_write(last->done_, 1);
    };
    event.sigev_value.sival_ptr = lookup.get();
    std::array<gaicb*, 1> list = {&lookup->request_};
    const int failed = getaddrinfo_a(GAI_NOWAIT, list.data(), 1, &event);
    if (failed != 0) lookup->self_.reset();
    return failed;
  }

  int done_fd() const { return done_; }
  // REQUIRES for both: done_fd() was readable.
  int status() { return gai_error(&request_); }
  const addrinfo* addresses() const { return request_.ar_result; }

 private:
  const std::string host_;
  const int done_;
  addrinfo hints_ = {};
  gaicb request_ = {};
  std::shared_ptr<Lookup> self_;
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

  const auto lookup = std::make_shared<Lookup>(host);
  if (const int failed = Lookup::start(lookup)) return resolve_error(host, failed);
  DBOPS_TRY(context.wait(lookup->done_fd(), POLLIN));
  if (const int failed = lookup->status()) return resolve_error(host, failed);
  std::vector<std::string> addresses = numeric(lookup->addresses());
  if (addresses.empty()) return resolve_error(host, EAI_NONAME);
  return addresses;
}

}  // namespace dbops

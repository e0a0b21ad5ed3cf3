#include "net/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/text.h"
#include "net/lookup.h"

namespace dbops {
namespace {

constexpr size_t kHostBytesMax = 255;  // RFC 1035 allows 253; socket names are not for here.

class AddressLookup final : public Lookup {
 public:
  explicit AddressLookup(const std::string& host) : host_(host) {}
  ~AddressLookup() override {
    if (addresses_ != nullptr) freeaddrinfo(addresses_);
  }

  int status() const { return status_; }
  const addrinfo* addresses() const { return addresses_; }

 private:
  void ask() override {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    status_ = getaddrinfo(host_.c_str(), nullptr, &hints, &addresses_);
  }

  const std::string host_;
  int status_ = 0;
  addrinfo* addresses_ = nullptr;
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

  const auto lookup = std::make_shared<AddressLookup>(host);
  DBOPS_TRY(Lookup::run(context, lookup));
  if (const int failed = lookup->status()) return resolve_error(host, failed);
  std::vector<std::string> addresses = numeric(lookup->addresses());
  if (addresses.empty()) return resolve_error(host, EAI_NONAME);
  return addresses;
}

}  // namespace dbops

// HTTP/1.1 as a client, over libcurl: for engines that speak it, and for keys and tokens that are
// fetched.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/secret.h"
#include "net/tls.h"

namespace dbops {

inline constexpr size_t kHttpHeadBytesMax = 64u << 10;   // bytes of an answer's status and headers
inline constexpr size_t kHttpHeldBytesMax = 256u << 10;  // bytes read ahead of the caller

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // "https://host:port/path?query", percent-encoded; the path is sent as it is.
  std::vector<std::pair<std::string, std::string>> headers = {};
  Secret authorization = {};   // The header of that name.
  std::string_view body = {};  // Must outlive the answer.
  // A body that is read while it is sent, in place of `body`; 0 bytes end it.
  std::function<Result<size_t>(std::span<char>)> source = {};
  // Sending it twice is as good as once. What is not goes on a connection that was not used before:
  // one that the server has just closed would be tried again.
  bool repeatable = true;
};

// An answer whose body is read as it comes. Borrows its client. Destroyed before its end, it closes
// the connection, by which many servers know to stop.
class HttpAnswer {
 public:
  virtual ~HttpAnswer() = default;
  virtual int status() const = 0;
  // The last header of that name (in lower case); empty where there is none.
  virtual std::string_view header(std::string_view name) const = 0;
  // Appends what has arrived, at least one byte, unpacked; false at the end. Errors as send().
  virtual Result<bool> read(const Context& context, std::string& into) = 0;
};

struct HttpReply {
  int status = 0;
  std::string type = {};  // Content-Type
  std::string body = {};
};

// Keeps connections open between requests. One request at a time, by one thread at a time. Never
// follows a redirect, which is an answer as any other; knows no cookies, and no proxy.
class HttpClient {
 public:
  // Of `tls` the host is not used: it is each request's.
  explicit HttpClient(TlsOptions tls = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Sends it, and waits for the head of the answer, whatever its status. Code::unknown_host,
  // unreachable, tls, disconnected, protocol, timeout, cancelled, invalid_argument (no such URL),
  // and what `source` says. Effect::none where the request can't have reached the server, else
  // Effect::unknown. REQUIRES: the answer before is destroyed.
  Result<std::unique_ptr<HttpAnswer>> send(const Context& context, HttpRequest request);
  // The same with all of the body. Code::too_large where it has more than `bytes_max`.
  Result<HttpReply> fetch(const Context& context, HttpRequest request, size_t bytes_max);

  // What protected the last answer: "TLSv1.3", or "plain".
  std::string_view protocol() const;

 private:
  class Exchange;
  struct State;
  std::unique_ptr<State> state_;
};

// "curl 7.88.1": the library behind it.
std::string http_library();

}  // namespace dbops

#include "net/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>

#include "base/text.h"
#include "net/pin.h"
#include "net/resolve.h"

namespace dbops {
namespace {

constexpr int kPollMax = 60'000;  // ms of one wait, after which it is waited again
constexpr long kConnectionsMax = 4;
constexpr std::chrono::seconds kAddressAge{30};  // how long a name's addresses are believed

struct Free {
  void operator()(curl_slist* it) const noexcept { curl_slist_free_all(it); }
  void operator()(CURLU* it) const noexcept { curl_url_cleanup(it); }
};
// CURL and CURLM are both void.
struct FreeEasy {
  void operator()(CURL* it) const noexcept { curl_easy_cleanup(it); }
};
struct FreeMulti {
  void operator()(CURLM* it) const noexcept { curl_multi_cleanup(it); }
};
using List = std::unique_ptr<curl_slist, Free>;

void start_library() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) throw std::bad_alloc();
}

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

Code code_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return Code::invalid_argument;
    case CURLE_COULDNT_RESOLVE_HOST:
      return Code::unknown_host;
    case CURLE_COULDNT_CONNECT:
      return Code::unreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return Code::timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return Code::tls;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return Code::disconnected;
    default:
      return Code::protocol;
  }
}

CURLcode pin(CURL*, void* context, const std::string* fingerprint) {
  trust_only(static_cast<SSL_CTX*>(context), *fingerprint);
  return CURLE_OK;
}

std::string hint_of(Code code) {
  switch (code) {
    case Code::unreachable:
      return "check that the server runs and listens at this host and port";
    case Code::tls:
      return "check the URL's host, and set sslrootcert to the authority that has signed the "
             "server's certificate";
    case Code::disconnected:
      return "try again; if it stays so, look into the server's log, and whether it wants TLS";
    case Code::protocol:
      return "check that an HTTP server listens at this host and port, and whether it wants TLS";
    default:
      return {};
  }
}

// Host and port of a URL that curl takes, and nothing of its user or path.
struct Place {
  std::string host;
  std::string port;
};
Result<Place> place_of(const std::string& url) {
  const std::unique_ptr<CURLU, Free> parts(curl_url());
  if (!parts) throw std::bad_alloc();
  char* host = nullptr;
  char* port = nullptr;
  const bool good =
      curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parts.get(), CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(parts.get(), CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
  Place place{host == nullptr ? "" : host, port == nullptr ? "" : port};
  curl_free(host);
  curl_free(port);
  if (!good) return fail(Code::invalid_argument, "the URL of the request can't be used");
  return place;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return host.starts_with('[') || inet_pton(AF_INET, host.c_str(), bytes.data()) == 1;
}

}  // namespace

struct HttpClient::State {
  TlsOptions tls;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::string protocol = "plain";
  bool busy = false;
  Place resolved;  // The last name that was looked up, and what for curl has it.
  std::string addresses;
  Deadline believed;

  Result<List> addresses_of(const Context& context, const std::string& url);
};

// curl's own look-up can't be stopped: it is done before, and curl is told the outcome.
Result<List> HttpClient::State::addresses_of(const Context& context, const std::string& url) {
  DBOPS_ASSIGN(const Place place, place_of(url));
  List list;
  if (is_address(place.host)) return list;
  if (place.host != resolved.host || place.port != resolved.port || believed.passed()) {
    DBOPS_ASSIGN(const auto found, resolve(context, place.host));
    std::string line = place.host + ':' + place.port + ':';
    for (size_t i = 0; i < found.size(); ++i) line += (i == 0 ? "" : ",") + found[i];
    resolved = place;
    addresses = std::move(line);
    believed = Deadline::after(kAddressAge);
  }
  append(list, addresses);
  return list;
}

// One request and its answer. curl calls back within drive(), on the caller's thread.
class HttpClient::Exchange final : public HttpAnswer {
 public:
  Exchange(State& state, HttpRequest request)
      : state_(state), request_(std::move(request)), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    state_.busy = true;
  }
  ~Exchange() override {
    if (added_) curl_multi_remove_handle(state_.multi.get(), easy_.get());
    state_.busy = false;
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Result<void> start(const Context& context) {
    DBOPS_ASSIGN(addresses_, state_.addresses_of(context, request_.url));
    set_request();
    set_tls();
    set(CURLOPT_ERRORBUFFER, words_.data());
    if (curl_multi_add_handle(state_.multi.get(), easy_.get()) != CURLM_OK) throw std::bad_alloc();
    added_ = true;
    while (!head_ && !ended_) DBOPS_TRY(drive(context));
    if (head_) return {};  // What became of the body is told when that is read.
    if (code_ == CURLE_OK) code_ = CURLE_GOT_NOTHING;  // curl takes a head cut short.
    return failed();
  }

  int status() const override { return status_; }

  std::string_view header(std::string_view name) const override {
    const auto found = std::find_if(headers_.rbegin(), headers_.rend(),
                                    [&](const auto& each) { return each.first == name; });
    return found == headers_.rend() ? std::string_view() : std::string_view(found->second);
  }

  Result<bool> read(const Context& context, std::string& into) override {
    while (held_.empty() && !ended_) {
      if (paused_) {
        paused_ = false;
        curl_easy_pause(easy_.get(), CURLPAUSE_CONT);  // May call take_body().
        continue;
      }
      DBOPS_TRY(drive(context));
    }
    if (held_.empty()) {
      if (code_ != CURLE_OK) return failed();
      return false;
    }
    if (into.empty())
      into.swap(held_);
    else
      into.append(held_);
    held_.clear();
    return true;
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  void set_request() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_RESOLVE, addresses_.get());
    if (!request_.repeatable) set(CURLOPT_FRESH_CONNECT, 1L);
    set_body();
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    append(headers_to_send_, "Expect:");
    for (const auto& [name, value] : request_.headers)
      append(headers_to_send_, name + ": " + value);
    if (!request_.authorization.empty())
      append(headers_to_send_, "Authorization: " + std::string(request_.authorization.reveal()));
    set(CURLOPT_HTTPHEADER, headers_to_send_.get());
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, this);
  }

  void set_body() {
    if (request_.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (request_.source) {
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_READFUNCTION, &give_body);
      set(CURLOPT_READDATA, this);
    } else if (!request_.body.empty()) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
      set(CURLOPT_POSTFIELDS, request_.body.data());
    } else if (request_.method == "POST" || request_.method == "PUT") {
      set(CURLOPT_POSTFIELDS, "");  // A length of 0, which some servers want to be told.
    }
  }

  void set_tls() {
    const TlsOptions& tls = state_.tls;
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    const bool pinned = !tls.fingerprint.empty();
    set(CURLOPT_SSL_VERIFYPEER, tls.verify == TlsVerify::require && !pinned ? 0L : 1L);
    set(CURLOPT_SSL_VERIFYHOST, tls.verify == TlsVerify::verify_full ? 2L : 0L);
    if (!tls.root_file.empty()) {
      set(CURLOPT_CAINFO, tls.root_file.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
    if (pinned) {
      set(CURLOPT_SSL_CTX_FUNCTION, pin);
      set(CURLOPT_SSL_CTX_DATA, &tls.fingerprint);
    }
    if (!tls.cert_file.empty()) set(CURLOPT_SSLCERT, tls.cert_file.c_str());
    if (!tls.key_file.empty()) set(CURLOPT_SSLKEY, tls.key_file.c_str());
  }

  // Lets curl work, and waits where it has nothing to do. A stop leaves nothing behind: the
  // destruction of this closes the connection.
  Result<void> drive(const Context& context) {
    if (auto alive = context.alive(); !alive) return stopped(std::move(alive).error());
    int running = 0;
    if (const CURLMcode bad = curl_multi_perform(state_.multi.get(), &running); bad != CURLM_OK)
      return fail(Code::internal, std::string("HTTP: ") + curl_multi_strerror(bad));
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(state_.multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      ended_ = true;
      code_ = message->data.result;
    }
    if (ended_ || paused_ || !held_.empty() || (head_ && !seen_head_)) {
      seen_head_ = head_;
      return {};
    }
    const int limit = context.deadline.poll_ms();
    curl_waitfd cancel{.fd = context.cancel.fd(), .events = CURL_WAIT_POLLIN, .revents = 0};
    curl_multi_poll(state_.multi.get(), &cancel, cancel.fd >= 0 ? 1 : 0,
                    limit < 0 ? kPollMax : std::min(limit, kPollMax), nullptr);
    return {};
  }

  Effect effect() const {
    long sent = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0 ? Effect::unknown : Effect::none;
  }

  tl::unexpected<Error> stopped(Error error) const {
    error.effect = effect();
    return fail(std::move(error));
  }

  tl::unexpected<Error> failed() {
    if (source_error_) return stopped(*std::move(source_error_));
    const std::string_view words(words_.data());
    Error error{.code = code_of(code_),
                .message = words.empty() ? curl_easy_strerror(code_) : escape_control(words)};
    if (too_long_) {
      error.code = Code::protocol;
      error.message = "the head of the answer has more than " + format_bytes(kHttpHeadBytesMax);
    } else if (code_ == CURLE_SSL_CACERT_BADFILE) {
      error.message += " (" + escape_control(state_.tls.root_file) + ')';
    }
    if (error.code == Code::tls && !state_.tls.fingerprint.empty())
      error.hint =
          "the server shows no certificate of this fingerprint: compare it with what the "
          "server's own tools print, and whether the server sends its authority's too";
    if (error.code == Code::unreachable) state_.believed = Deadline::after({});
    if (error.hint.empty()) error.hint = hint_of(error.code);
    error.retryable = error.code == Code::unreachable || error.code == Code::disconnected;
    return stopped(std::move(error));
  }

  // A line of the head. An interim answer's is forgotten when the next one's begins.
  static size_t take_header(char* text, size_t, size_t size, void* self) {
    Exchange& me = *static_cast<Exchange*>(self);
    std::string_view line(text, size);
    me.head_bytes_ += size;
    me.too_long_ = me.head_bytes_ > kHttpHeadBytesMax;
    if (me.too_long_) return 0;
    if (me.head_) return size;  // A trailer.
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      me.headers_.clear();
      me.note_protocol();
    } else if (line.empty()) {
      long status = 0;
      curl_easy_getinfo(me.easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      me.status_ = static_cast<int>(status);
      me.head_ = status >= 200;
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
      me.headers_.emplace_back(lower(line.substr(0, colon)), value);
    }
    return size;
  }

  void note_protocol() {
    curl_tlssessioninfo* session = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_TLS_SSL_PTR, &session);
    const bool tls = session != nullptr && session->internals != nullptr &&
                     session->backend == CURLSSLBACKEND_OPENSSL;
    state_.protocol = tls ? SSL_get_version(static_cast<SSL*>(session->internals)) : "plain";
  }

  static size_t take_body(char* bytes, size_t, size_t size, void* self) {
    Exchange& me = *static_cast<Exchange*>(self);
    if (me.held_.size() >= kHttpHeldBytesMax) {
      me.paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    me.held_.append(bytes, size);
    return size;
  }

  static size_t give_body(char* into, size_t, size_t size, void* self) {
    Exchange& me = *static_cast<Exchange*>(self);
    auto given = me.request_.source({into, size});
    if (given) return *given;
    me.source_error_ = std::move(given).error();
    return CURL_READFUNC_ABORT;
  }

  State& state_;
  HttpRequest request_;
  List addresses_;
  List headers_to_send_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  std::unique_ptr<CURL, FreeEasy> easy_;  // After what it points to.
  bool added_ = false;
  bool head_ = false;  // It has arrived.
  bool seen_head_ = false;
  bool ended_ = false;
  bool paused_ = false;
  bool too_long_ = false;
  CURLcode code_ = CURLE_OK;
  int status_ = 0;
  size_t head_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string held_;
  std::optional<Error> source_error_;
};

HttpClient::HttpClient(TlsOptions tls) : state_(std::make_unique<State>()) {
  start_library();
  state_->tls = std::move(tls);
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw std::bad_alloc();
  curl_multi_setopt(state_->multi.get(), CURLMOPT_MAXCONNECTS, kConnectionsMax);
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<std::unique_ptr<HttpAnswer>> HttpClient::send(const Context& context, HttpRequest request) {
  if (state_->busy) return fail(Code::internal, "the answer before is still in use");
  auto exchange = std::make_unique<Exchange>(*state_, std::move(request));
  DBOPS_TRY(exchange->start(context));
  return exchange;
}

Result<HttpReply> HttpClient::fetch(const Context& context, HttpRequest request, size_t bytes_max) {
  DBOPS_ASSIGN(const auto answer, send(context, std::move(request)));
  HttpReply reply{.status = answer->status(), .type = std::string(answer->header("content-type"))};
  for (;;) {
    DBOPS_ASSIGN(const bool more, answer->read(context, reply.body));
    if (!more) return reply;
    if (reply.body.size() > bytes_max)
      return fail(Error{.code = Code::too_large,
                        .message = "the answer has more than " + format_bytes(bytes_max),
                        .effect = Effect::unknown});
  }
}

std::string_view HttpClient::protocol() const { return state_->protocol; }

std::string http_library() {
  return std::string("curl ") + curl_version_info(CURLVERSION_NOW)->version;
}

}  // namespace dbops

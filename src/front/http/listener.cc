#include "front/http/listener.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "front/http/bind.h"
#include "front/http/certificates.h"
#include "front/http/endpoint.h"
#include "front/http/head.h"
#include "front/http/keeper.h"
#include "front/http/pages.h"
#include "front/http/worker.h"

namespace dbops::http {
namespace {

constexpr size_t kAnswerHeaderBytes = 8u << 10;  // of a connection's memory, for the answer's head
constexpr size_t kStreamBlockBytes = 4096;
constexpr size_t kOtherFiles = 256;   // open files that are no connections
constexpr size_t kFilesPerPeer = 2;   // its socket, and what a call on it waits by
constexpr size_t kDiscardFactor = 4;  // bytes over the limit that are read only to answer 413

// One request from its head to the end of its response. Owned by the HTTP library's request slot.
struct Pending {
  Request request;
  std::string body;
  size_t body_bytes = 0;  // Of the body as it came, kept or not.
  std::shared_ptr<Exchange> exchange;
  bool handled = false;
};

ssize_t read_stream(void* exchange, uint64_t, char* into, size_t size) {
  const ssize_t count = static_cast<Exchange*>(exchange)->read(into, size);
  if (count == Exchange::kEnd) return MHD_CONTENT_READER_END_OF_STREAM;
  if (count == Exchange::kBroken) return MHD_CONTENT_READER_END_WITH_ERROR;
  return count;
}

// Paths are compared as they were sent: nothing here has a name that needs escapes.
size_t keep_escapes(void*, MHD_Connection*, char* text) { return std::strlen(text); }

void log_library(void*, const char* format, va_list arguments) {
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  log::debug("http: " + escape_control(line));
}

void add_headers(MHD_Response* response, const Response& said, bool stream, bool last) {
  if (!said.content_type.empty())
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            std::string(said.content_type).c_str());
  if (!said.session.empty())
    MHD_add_response_header(response, "Mcp-Session-Id", said.session.c_str());
  for (const auto& [name, value] : said.headers)
    MHD_add_response_header(response, std::string(name).c_str(), value.c_str());
  if (last) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (!stream) return;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  // Keeps reverse proxies from gathering events until they fill a buffer.
  MHD_add_response_header(response, "X-Accel-Buffering", "no");
}

}  // namespace

struct Listener::State {
  State(mcp::Server& the_server, const Settings& the_settings)
      : server(the_server),
        settings(the_settings),
        sessions(settings.sessions_max, settings.streams_max, settings.session_idle_max),
        gate(settings),
        rates(settings.calls_per_minute),
        endpoint(server, sessions, gate, passes, rates, settings.body_bytes_max),
        pages(settings, gate, server, sessions, *calls, counts),
        keeper(settings.keep_alive, [this] {
          sessions.trim(Sessions::Clock::now());
          passes.trim(gate, Passes::Clock::now());
          server.tick();
        }) {}

  MHD_Result access(MHD_Connection* connection, const char* url, const char* method,
                    const char* version, const char* upload, size_t* upload_size, void** slot);
  MHD_Result begin(MHD_Connection* connection, const char* url, const char* method,
                   const char* version, void** slot);
  std::optional<Response> refuse_size(const HeadSize& size) const;
  std::optional<Response> answer_early(Request& request) const;
  MHD_Result take_body(Pending& pending, const char* upload, size_t* upload_size) const;
  MHD_Result settle(MHD_Connection* connection, Pending& pending);
  void handle(Pending& pending) const;
  void complete(MHD_Connection* connection, void** slot);
  MHD_Daemon* start_daemon(int listening, bool ipv6, size_t connections);
  Result<void> start_workers(const Bound& bound);

  static Peer* peer_of(MHD_Connection* connection) {
    return static_cast<Peer*>(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  }

  mcp::Server& server;
  const Settings settings;
  const std::shared_ptr<Gauge> calls = std::make_shared<Gauge>();
  const std::shared_ptr<Gauge> answers = std::make_shared<Gauge>();
  Sessions sessions;
  Passes passes;
  Gate gate;
  Rates rates;
  const Endpoint endpoint;
  Answers counts;
  const Pages pages;
  std::unique_ptr<Certificates> certificates;
  std::atomic<bool> draining = false;  // Calls are taken, but better sent elsewhere ...
  std::atomic<bool> stopping = false;  // ... or are no longer taken.
  uint16_t port = 0;
  Keeper keeper;
  std::vector<std::unique_ptr<Worker>> workers;
};

MHD_Result Listener::State::access(MHD_Connection* connection, const char* url, const char* method,
                                   const char* version, const char* upload, size_t* upload_size,
                                   void** slot) {
  if (*slot == nullptr) return begin(connection, url, method, version, slot);
  Pending& pending = *static_cast<Pending*>(*slot);
  if (*upload_size > 0) return take_body(pending, upload, upload_size);
  return settle(connection, pending);
}

std::optional<Response> Listener::State::refuse_size(const HeadSize& size) const {
  if (size.line > settings.header_bytes_max)
    return refusal(kPathTooLong, "the request line is too long");
  if (size.all > settings.header_bytes_max)
    return refusal(kHeadersTooLong, "the headers are too long");
  return std::nullopt;
}

std::optional<Response> Listener::State::answer_early(Request& request) const {
  if (auto answer = gate.check(request)) return answer;
  if (auto answer = pages.answer(request, draining)) return answer;
  if (stopping) return refusal(kUnavailable, "shutting down");
  return endpoint.refuse_early(request);
}

MHD_Result Listener::State::begin(MHD_Connection* connection, const char* url, const char* method,
                                  const char* version, void** slot) {
  auto pending = std::make_unique<Pending>();
  pending->request.method = method;
  pending->request.path = url;
  const HeadSize size = read_head(connection, {.method = method, .path = url, .version = version},
                                  pending->request.headers);
  pending->exchange = std::make_shared<Exchange>(connection, calls, answers);
  Pending& begun = *pending;
  *slot = pending.release();

  auto refusal = refuse_size(size);
  if (!refusal) refusal = answer_early(begun.request);
  if (!refusal) {
    if (begun.request.login)
      begun.request.login->ask([exchange = begun.exchange] { exchange->proceed(); });
    peer_of(connection)->allow(settings.body_time_max);
    return MHD_YES;
  }
  // A body that is too long is not read; any other is, so that its sender gets to see the answer.
  const bool at_once = refusal->status == kTooLarge || refusal->close;
  begun.handled = true;
  begun.exchange->answer(std::move(*refusal));
  return at_once ? settle(connection, begun) : MHD_YES;
}

MHD_Result Listener::State::take_body(Pending& pending, const char* upload,
                                      size_t* upload_size) const {
  pending.body_bytes += *upload_size;
  // Without a length in the head, only its arrival tells that a body is too long.
  if (pending.body_bytes > settings.body_bytes_max * kDiscardFactor) return MHD_NO;
  if (!pending.handled && pending.body.size() <= settings.body_bytes_max)
    pending.body.append(upload, *upload_size);
  *upload_size = 0;
  return MHD_YES;
}

void Listener::State::handle(Pending& pending) const {
  if (pending.request.login) {
    auto refused =
        stopping ? refusal(kUnavailable, "shutting down") : gate.finish_login(pending.request);
    if (refused) return pending.exchange->answer(std::move(*refused));
  }
  endpoint.handle(pending.request, pending.body, pending.exchange);
  pending.body = std::string();
}

MHD_Result Listener::State::settle(MHD_Connection* connection, Pending& pending) {
  if (!pending.handled) {
    peer_of(connection)->attend(pending.exchange);
    if (pending.request.login && pending.exchange->await()) return MHD_YES;
    pending.handled = true;
    handle(pending);
  }
  const auto turn = pending.exchange->settle();
  if (turn == Exchange::Turn::sleeps) return MHD_YES;
  const Response& said = pending.exchange->response();
  const bool stream = turn == Exchange::Turn::streams;
  // The text stays where it is: the exchange outlives the response.
  MHD_Response* response =
      stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlockBytes, read_stream,
                                                 pending.exchange.get(), nullptr)
             : MHD_create_response_from_buffer(
                   said.body.size(), const_cast<char*>(said.body.data()), MHD_RESPMEM_PERSISTENT);
  if (response == nullptr) return MHD_NO;
  add_headers(response, said, stream, stopping || said.close);
  for (const auto& [name, value] : gate.cors(pending.request))
    MHD_add_response_header(response, std::string(name).c_str(), value.c_str());
  counts.count(said.status);
  const MHD_Result queued = MHD_queue_response(connection, said.status, response);
  MHD_destroy_response(response);
  return queued;
}

void Listener::State::complete(MHD_Connection* connection, void** slot) {
  const std::unique_ptr<Pending> done(static_cast<Pending*>(*slot));
  *slot = nullptr;
  peer_of(connection)->allow(settings.idle_time_max);
  if (done) done->exchange->release();
}

MHD_Daemon* Listener::State::start_daemon(int listening, bool ipv6, size_t connections) {
  const auto access_handler = [](void* state, MHD_Connection* connection, const char* url,
                                 const char* method, const char* version, const char* upload,
                                 size_t* upload_size, void** slot) {
    return static_cast<State*>(state)->access(connection, url, method, version, upload, upload_size,
                                              slot);
  };
  const auto completed = [](void* state, MHD_Connection* connection, void** slot,
                            MHD_RequestTerminationCode) {
    static_cast<State*>(state)->complete(connection, slot);
  };
  const auto notify = [](void* state, MHD_Connection* connection, void** context,
                         MHD_ConnectionNotificationCode code) {
    State& self = *static_cast<State*>(state);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
      return self.keeper.remove(static_cast<Peer*>(*context));
    const int fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    Peer* const peer = self.keeper.add(fd);
    peer->allow(self.settings.header_time_max);
    *context = peer;
    if (self.certificates)
      self.certificates->attach(static_cast<gnutls_session_t>(
          MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session));
  };
  const auto idle_s = std::chrono::ceil<std::chrono::seconds>(settings.idle_time_max);
  const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                         (ipv6 ? unsigned{MHD_USE_IPv6} : 0u) |
                         (certificates ? unsigned{MHD_USE_TLS} : 0u);
  MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, reinterpret_cast<void*>(&Certificates::retrieve)},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities)},
      {MHD_OPTION_END, 0, nullptr}};
  return MHD_start_daemon(
      flags, 0, nullptr, nullptr, static_cast<MHD_AccessHandlerCallback>(access_handler), this,  //
      MHD_OPTION_EXTERNAL_LOGGER, static_cast<MHD_LogCallback>(log_library), nullptr,            //
      MHD_OPTION_LISTEN_SOCKET, listening,                                                       //
      MHD_OPTION_NOTIFY_COMPLETED, static_cast<MHD_RequestCompletedCallback>(completed), this,   //
      MHD_OPTION_NOTIFY_CONNECTION, static_cast<MHD_NotifyConnectionCallback>(notify), this,     //
      MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, nullptr,                                       //
      MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(connections),                           //
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(idle_s.count()),                      //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings.header_bytes_max + kAnswerHeaderBytes,        //
      MHD_OPTION_STRICT_FOR_CLIENT, 1,                                                           //
      MHD_OPTION_ARRAY, certificates ? tls : tls + 2, MHD_OPTION_END);
}

Result<void> Listener::State::start_workers(const Bound& bound) {
  const size_t files = raise_open_files(settings.connections_max * kFilesPerPeer + kOtherFiles);
  const size_t connections =
      std::min(settings.connections_max,
               files > kOtherFiles * 2 ? (files - kOtherFiles) / kFilesPerPeer : kOtherFiles / 2);
  const size_t count = std::max(settings.threads, 1u);
  for (size_t i = 0; i < count; ++i) {
    // Each closes its own.
    const int listening =
        i + 1 == count ? bound.fd : fcntl(bound.fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    MHD_Daemon* const daemon = start_daemon(listening, bound.ipv6, (connections - 1) / count + 1);
    if (daemon == nullptr) {
      close(bound.fd);
      if (listening != bound.fd) close(listening);
      return fail(Code::io, "the HTTP server did not start",
                  "raise the limit on open files, or lower the number of connections");
    }
    DBOPS_ASSIGN(std::unique_ptr<Worker> worker, Worker::start(daemon));
    workers.push_back(std::move(worker));
  }
  return {};
}

namespace {

Result<void> check_callers(const std::string& host, const Settings& settings) {
  if (is_loopback(host) || !settings.tokens.empty() || settings.oauth.used() ||
      settings.allow_remote_without_auth)
    return {};
  return fail(Code::forbidden,
              "listening on " + host +
                  " would let everyone who reaches it use the databases: there is no "
                  "authentication",
              "make a token with `dbops token NAME` and put its entry into the configuration, "
              "set [oauth], or listen on 127.0.0.1");
}

}  // namespace

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Listener>> Listener::start(mcp::Server& server, const Settings& settings) {
  DBOPS_TRY(check_callers(settings.host, settings));
  auto state = std::make_unique<State>(server, settings);
  if (!settings.tls_certificate.empty() || !settings.tls_key.empty()) {
    DBOPS_ASSIGN(state->certificates,
                 Certificates::load(settings.tls_certificate, settings.tls_key));
  }
  DBOPS_ASSIGN(const Bound bound, bind_tcp(settings.host, settings.port));
  state->port = bound.port;
  auto listener = std::make_unique<Listener>(std::move(state));
  DBOPS_TRY(listener->state_->start_workers(bound));
  return listener;
}

Listener::~Listener() {
  State& state = *state_;
  state.draining = true;
  Context notice;
  notice.deadline = Deadline::after(state.settings.drain_notice);
  static_cast<void>(notice.wait(-1, 0));  // Nothing but its time ends this.
  for (const auto& worker : state.workers) worker->quiesce();
  state.stopping = true;
  state.sessions.end_streams();
  state.server.end_subscriptions();
  // A call that is done has an answer still to be sent.
  const Deadline patience = Deadline::after(state.settings.drain_time_max);
  if (!state.calls->wait(patience) || !state.answers->wait(patience)) state.keeper.dismiss_all();
  state.sessions.clear();
  state.calls->wait({});
  state.workers.clear();
}

Result<void> Listener::replace_callers(const Settings& settings) {
  DBOPS_TRY(check_callers(state_->settings.host, settings));
  state_->gate.replace(std::make_shared<Identities>(settings.tokens, settings.oauth));
  state_->passes.recheck(state_->gate);
  return {};
}

Result<void> Listener::reload_certificates() {
  return state_->certificates ? state_->certificates->reload() : Result<void>();
}

uint16_t Listener::port() const { return state_->port; }

}  // namespace dbops::http

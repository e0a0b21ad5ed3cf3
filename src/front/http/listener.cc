#include "front/http/listener.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/awake.h"
#include "base/log.h"
#include "front/http/acceptor.h"
#include "front/http/bind.h"
#include "front/http/certificates.h"
#include "front/http/keeper.h"
#include "front/http/service.h"
#include "front/http/worker.h"

namespace dbops::http {
namespace {

constexpr long kAwakeProcessorsMax = 8;  // of a machine that is kept awake by default
constexpr size_t kOtherFiles = 256;      // open files that are no connections
constexpr size_t kFilesPerPeer = 2;      // its socket, and what a call on it waits by
constexpr std::chrono::milliseconds kChores{1000};
constexpr std::chrono::milliseconds kLastAnswers{1000};  // to send what stopped calls have to say

}  // namespace

struct Listener::State {
  State(mcp::Server& server, const Settings& settings) : service(server, settings) {}

  // As many as there are descriptors for.
  static size_t connections_max(const Settings& settings) {
    const size_t files = raise_open_files(settings.connections_max * kFilesPerPeer + kOtherFiles);
    return std::min(settings.connections_max, files > kOtherFiles * 2
                                                  ? (files - kOtherFiles) / kFilesPerPeer
                                                  : kOtherFiles / 2);
  }

  Result<void> start_workers(const Bound& bound) {
    const Settings& settings = service.settings;
    port = bound.port;
    acceptor = std::make_unique<Acceptor>(bound.fd, workers, connections_max(settings));
    for (unsigned i = 0; i < std::max(settings.threads, 1u); ++i) {
      DBOPS_ASSIGN(auto worker,
                   Worker::start(service, certificates.get(), [this] { acceptor->made_room(); }));
      workers.push_back(std::move(worker));
    }
    DBOPS_TRY(acceptor->start());
    keeper.emplace(kChores, [this] {
      service.look_after();
      acceptor->made_room();
    });
    return {};
  }

  Service service;
  std::unique_ptr<Certificates> certificates;
  uint16_t port = 0;
  std::unique_ptr<Acceptor> acceptor;
  std::vector<std::unique_ptr<Worker>> workers;
  std::optional<Keeper> keeper;
};

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

// `told`: what the settings say. nullptr: processors halt as they please.
Result<std::unique_ptr<Awake>> open_awake(std::optional<bool> told) {
  if (!told.value_or(sysconf(_SC_NPROCESSORS_ONLN) <= kAwakeProcessorsMax)) return nullptr;
  auto awake = Awake::open();
  if (!awake && !told) return nullptr;
  return awake;
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
  DBOPS_ASSIGN(state->service.awake, open_awake(settings.keep_cpus_awake));
  DBOPS_ASSIGN(const Bound bound, bind_tcp(settings.host, settings.port));
  auto listener = std::make_unique<Listener>(std::move(state));
  DBOPS_TRY(listener->state_->start_workers(bound));
  return listener;
}

Listener::~Listener() {
  State& state = *state_;
  if (!state.keeper) return;  // It never served.
  Service& service = state.service;
  service.draining = true;
  Context notice;
  notice.deadline = Deadline::after(service.settings.drain_notice);
  static_cast<void>(notice.wait(-1, 0));  // Nothing but its time ends this.
  state.acceptor->stop();
  service.stopping = true;
  service.sessions.end_streams();
  service.server.end_subscriptions();
  // A call that is done has an answer still to be sent.
  const Deadline patience = Deadline::after(service.settings.drain_time_max);
  if (!service.calls->wait(patience) || !service.answers->wait(patience))
    for (const auto& worker : state.workers) worker->stop_all();
  service.sessions.stop();
  service.calls->wait({});
  service.answers->wait(Deadline::after(kLastAnswers));
  state.workers.clear();
}

Result<void> Listener::replace_callers(const Settings& settings) {
  Service& service = state_->service;
  const bool guarded = service.gate.is_guarded();
  // To refuse them here would leave a token good that was taken back.
  if (!guarded) DBOPS_TRY(check_callers(service.settings.host, settings));
  const auto identities = std::make_shared<Identities>(settings.tokens, settings.oauth, guarded);
  service.gate.replace(identities);
  service.passes.recheck(service.gate);
  if (guarded && !identities->any())
    log::warning(
        "nobody may call any more: there is neither a token nor [oauth] now, and what asked for "
        "tokens goes on asking: add one, or start the server anew to serve without authentication");
  return {};
}

Result<void> Listener::reload_certificates() {
  return state_->certificates ? state_->certificates->reload() : Result<void>();
}

uint16_t Listener::port() const { return state_->port; }

}  // namespace dbops::http

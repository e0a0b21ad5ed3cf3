#include "connectors/postgres/connect.h"

#include <openssl/crypto.h>
#include <poll.h>

#include <mutex>

#include "base/cancel.h"
#include "base/executor.h"
#include "connectors/postgres/errors.h"

namespace dbops::postgres {
namespace {

constexpr size_t kConnectThreads = 8;
constexpr size_t kConnectQueueMax = 256;
// How long after its deadline a helper that waits for a name server may still answer.
constexpr std::chrono::milliseconds kLastWords{50};
// A dead network is noticed after this long without an acknowledgement. It also bounds how long a
// cancel request, which libpq sends with the same setting, can hang.
constexpr const char* kTcpUserTimeoutMs = "15000";

Executor& connect_threads() {
  static Executor threads(kConnectThreads, kConnectQueueMax);
  return threads;
}

// Shared by the caller, who may leave early, and the helper thread.
struct Attempt {
  std::vector<std::pair<std::string, Secret>> keywords;
  Context context;  // The helper's: its cancel is `abandon`.
  Cancel abandon = Cancel::create();
  Cancel done = Cancel::create();  // Requested by the helper at its end; then `result` is set.
  Result<std::unique_ptr<Link>> result = fail(Code::internal, "the connect did not start");
};

std::vector<Secret> secrets_of(PGconn* connection) {
  std::vector<Secret> secrets;
  PQconninfoOption* all = PQconninfo(connection);
  for (const PQconninfoOption* option = all; option && option->keyword; ++option)
    if (option->dispchar && *option->dispchar == '*' && option->val && *option->val)
      secrets.emplace_back(option->val);
  PQconninfoFree(all);
  return secrets;
}

PgConn start(const Attempt& attempt) {
  std::vector<const char*> names;
  std::vector<std::string> values;
  names.push_back("tcp_user_timeout");  // First: the user's own wins.
  values.emplace_back(kTcpUserTimeoutMs);
  for (const auto& [name, value] : attempt.keywords) {
    names.push_back(name.c_str());
    values.emplace_back(value.reveal());
  }
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  names.push_back(nullptr);
  texts.push_back(nullptr);
  PgConn connection(PQconnectStartParams(names.data(), texts.data(), 1));
  for (std::string& value : values) static_cast<void>(Secret(std::move(value)));  // Wiped.
  return connection;
}

// Where the attempt is: "127.0.0.1:5432"; what is known of it when time runs out.
std::string place(PGconn* connection) {
  const char* host = PQhost(connection);
  const char* port = PQport(connection);
  if (!host || !*host) return "the server";
  return std::string(host) + ':' + (port && *port ? port : "5432");
}

// libpq's own words name the server in most cases, but not in all.
Error refused(PGconn* connection, ConnStatusType stage, const std::vector<Secret>& secrets) {
  Error error = connect_error(PQerrorMessage(connection), stage, secrets);
  const char* port = PQport(connection);
  if (port && *port && error.message.find(port) == std::string::npos)
    error.message += " (" + place(connection) + ')';
  return error;
}

Result<std::unique_ptr<Link>> connect(Attempt& attempt) {
  PgConn connection = start(attempt);
  if (!connection) return fail(Code::exhausted, "no memory for a connection");
  std::vector<Secret> secrets = secrets_of(connection.get());
  // With the SQLSTATE in the message, in whatever language the server speaks.
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  ConnStatusType stage = PQstatus(connection.get());
  if (stage == CONNECTION_BAD) return fail(refused(connection.get(), CONNECTION_NEEDED, secrets));
  for (PostgresPollingStatusType wanted = PGRES_POLLING_WRITING; wanted != PGRES_POLLING_OK;) {
    const auto ready = attempt.context.wait(PQsocket(connection.get()),
                                            wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    if (!ready) {
      Error error = ready.error();
      error.message += " while connecting to " + place(connection.get());
      if (error.code == Code::timeout)
        error.hint = "check host and port, and what lies between, or raise connect_timeout";
      return fail(std::move(error));
    }
    if (const auto now = PQstatus(connection.get()); now != CONNECTION_BAD) stage = now;
    wanted = PQconnectPoll(connection.get());
    if (wanted == PGRES_POLLING_FAILED) return fail(refused(connection.get(), stage, secrets));
  }
  return std::make_unique<Link>(std::move(connection), std::move(secrets));
}

}  // namespace

Result<std::unique_ptr<Link>> open_link(const Context& context, const ConnectionOptions& options,
                                        const Target& target) {
  DBOPS_TRY(context.alive());
  const auto attempt = std::make_shared<Attempt>();
  attempt->keywords = target.keywords;
  attempt->context.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
  attempt->context.cancel = attempt->abandon;
  const bool accepted = connect_threads().submit([attempt] {
    attempt->result = connect(*attempt);
    // These threads end after OpenSSL has: what it keeps for a thread would never be freed.
    OPENSSL_thread_stop();
    attempt->done.request();
  });
  if (!accepted)
    return fail(Code::busy, "too many connects are waiting already", "try again in a moment");

  // The helper ends by itself at its deadline, and then says more than we could: it is left a
  // moment for that.
  Context caller = context;
  if (const auto left = attempt->context.deadline.remaining())
    caller.deadline = Deadline::after(*left + kLastWords);
  if (const auto ended = caller.wait(attempt->done.fd(), POLLIN); !ended) {
    attempt->abandon.request();
    return fail(ended.error());
  }
  if (!attempt->done.requested()) return fail(Code::internal, "the connect has no end");
  return std::move(attempt->result);
}

}  // namespace dbops::postgres

#include "connectors/mongodb/link.h"

#include <chrono>

#include "base/text.h"
#include "connectors/mongodb/driver.h"
#include "connectors/mongodb/errors.h"
#include "connectors/mongodb/mongoc.h"
#include "connectors/mongodb/seeds.h"
#include "connectors/mongodb/wire.h"
#include "net/subject.h"

namespace dbops::mongodb {
namespace {

constexpr std::chrono::milliseconds kGoodbyeMax{200};  // for telling the server that we go
constexpr std::chrono::milliseconds kAbortMax{500};    // for telling it that a transaction is over
// The server's time ends before ours, so that it says itself what ran out of it.
constexpr std::chrono::milliseconds kWayBack{20};

ServerFacts read_facts(const bson_t& hello) {
  return {.connection = integer_at(hello, "connectionId").value_or(0),
          .set = text_at(hello, "setName"),
          .primary = true_at(hello, "isWritablePrimary") || true_at(hello, "ismaster"),
          .router = text_at(hello, "msg") == "isdbgrid",
          .sessions = integer_at(hello, "logicalSessionTimeoutMinutes").has_value(),
          .wire = integer_at(hello, "maxWireVersion").value_or(0)};
}

Code code_of(const bson_error_t& error) {
  if (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
    return Code::authentication;
  if (error.domain == MONGOC_ERROR_STREAM && error.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION)
    return Code::unknown_host;
  if (error.domain == MONGOC_ERROR_PROTOCOL) return Code::protocol;
  if (error.domain == MONGOC_ERROR_SERVER_SELECTION) return Code::unreachable;
  if (error.domain == MONGOC_ERROR_BSON || error.domain == MONGOC_ERROR_COMMAND)
    return Code::invalid_argument;
  return Code::protocol;
}

// Who signs in by a certificate is called as that is, unless the URL says it.
Result<void> name_user(Target& target) {
  if (!target.by_certificate() || !target.user.empty()) return {};
  DBOPS_ASSIGN(target.user, certificate_subject(target.tls->cert_file));
  return {};
}

// `preference`: nullptr: a primary is to answer.
bool send(mongoc_client_t* client, const char* database, const bson_t& command, Link::Adds adds,
          const mongoc_read_prefs_t* preference, const bson_t& options, bson_t* reply,
          bson_error_t& error) {
  switch (adds) {
    case Link::Adds::for_read:
      // The driver would add the URL's concern beside the command's.
      if (bson_has_field(&command, "readConcern")) break;
      return mongoc().client_read_command_with_opts(client, database, &command, nullptr, &options,
                                                    reply, &error);
    case Link::Adds::for_write:
      return mongoc().client_write_command_with_opts(client, database, &command, &options, reply,
                                                     &error);
    case Link::Adds::nothing:
      break;
  }
  return mongoc().client_command_with_opts(client, database, &command, preference, &options, reply,
                                           &error);
}

}  // namespace

struct Link::Driver {
  Wire wire;  // Outlives the client.
  Uri uri;
  Client client;
  ClientSession session;
  Bson options;  // What every command gets: the session, the server.
  Bson id;       // Of the session, at the server.
};

Link::Link(const Target& target) : driver_(std::make_unique<Driver>()), target_(target) {
  driver_->wire.tls = target.tls;
}

Link::~Link() { close(); }

std::string Link::library() {
  return load_mongoc() ? "libmongoc " + std::string(mongoc().get_version()) : "no libmongoc";
}

const std::string& Link::transport() const { return driver_->wire.transport; }

bool Link::hung_up() const {
  return driver_->wire.last != nullptr && driver_->wire.last->hung_up();
}

Result<void> Link::check(const Target& target) {
  DBOPS_TRY(make_uri(target));
  return {};
}

Result<std::unique_ptr<Link>> Link::open(const Context& context, const Target& target) {
  DBOPS_TRY(context.alive());
  DBOPS_ASSIGN(Target found, find_seeds(context, target));
  DBOPS_TRY(name_user(found));
  auto link = std::make_unique<Link>(found);
  DBOPS_ASSIGN(link->driver_->uri, make_uri(found));
  DBOPS_TRY(link->sign_in(context));
  return link;
}

Result<void> Link::sign_in(const Context& context) {
  Driver& driver = *driver_;
  driver.wire.context = &context;
  bson_error_t error{};
  driver.client.reset(mongoc().client_new_from_uri_with_error(driver.uri.get(), &error));
  if (!driver.client) return broke(context, error);
  mongoc().client_set_stream_initiator(driver.client.get(), open_stream, &driver.wire);
  mongoc().client_set_error_api(driver.client.get(), MONGOC_ERROR_API_VERSION_2);
  // Where only secondaries are to be read, one of them; else whoever takes writes.
  const mongoc_read_prefs_t* preference = mongoc().uri_get_read_prefs_t(driver.uri.get());
  const bool primary = mongoc().read_prefs_get_mode(preference) == MONGOC_READ_PRIMARY;
  driver.wire.choosing = target_.hosts.size() > 1;
  const Description server(mongoc().client_select_server(driver.client.get(), primary,
                                                         primary ? nullptr : preference, &error));
  driver.wire.choosing = false;
  if (!server) return no_member(context, error);
  const bson_t& hello = *mongoc().server_description_hello_response(server.get());
  facts_ = read_facts(hello);
  join_causal(hello, mongoc().server_description_host(server.get())->host_and_port);
  if (facts_.sessions) {
    mongoc_session_opt_t* options = mongoc().session_opts_new();
    mongoc().session_opts_set_causal_consistency(options, false);
    driver.session.reset(mongoc().client_start_session(driver.client.get(), options, &error));
    mongoc().session_opts_destroy(options);
    if (!driver.session ||
        !mongoc().client_session_append(driver.session.get(), driver.options.get(), &error))
      return broke(context, error);
    driver.id = Bson::copy_of(*mongoc().client_session_get_lsid(driver.session.get()));
  }
  BSON_APPEND_INT32(driver.options.get(), "serverId",
                    static_cast<int32_t>(mongoc().server_description_id(server.get())));
  driver.wire.failure.reset();  // Of hosts that were passed over.
  open_ = true;
  bson_t ping = BSON_INITIALIZER;
  BSON_APPEND_INT32(&ping, "ping", 1);
  const auto answered = call(context, "admin", ping);
  bson_destroy(&ping);
  if (!answered) return fail(answered.error());
  return {};
}

// Routers know nothing of each other: theirs is a cluster by the URL's hosts.
void Link::join_causal(const bson_t& hello, const std::string& member) {
  if (!target_.causal || !facts_.sessions) return;
  const std::string deployment = facts_.router ? target_.place() : deployment_of(hello, member);
  if (deployment.empty()) return;
  causal_ = causal_of(deployment);
  member_ = member;
}

std::optional<Bson> Link::waiting(const bson_t& command, With with) const {
  if (!causal_ || !with.causal) return std::nullopt;
  const std::string level = with.adds == Adds::for_read ? target_.read_concern() : std::string();
  // A router asks another member each time.
  const bool majority = concern_level(command, level) == "majority";
  const auto after = causal_->after(facts_.router ? std::string() : member_, majority);
  return after ? reading_after(command, *after, level) : std::nullopt;
}

// What the driver sends along is then no older.
void Link::tell_time() noexcept {
  const Bson time = causal_->cluster_time();
  if (!bson_empty(time.get()))
    mongoc().client_session_advance_cluster_time(driver_->session.get(), time.get());
}

// None that serves: of several the driver says what each has answered.
tl::unexpected<Error> Link::no_member(const Context& context, const bson_error_t& error) {
  const bool several = target_.hosts.size() > 1;
  auto failed = broke(context, error);
  Error& result = failed.value();
  if (!several || !context.alive() || error.domain != MONGOC_ERROR_SERVER_SELECTION) return failed;
  result.message = escape_control(error.message);
  result.hint = "check the hosts in the URL; while the set elects a primary, try again";
  result.retryable = true;
  return failed;
}

tl::unexpected<Error> Link::broke(const Context& context, const bson_error_t& error) {
  Error result{.code = code_of(error), .message = escape_control(error.message)};
  if (auto alive = context.alive(); !alive)
    result = std::move(alive).error();
  else if (driver_->wire.failure)
    result = *driver_->wire.failure;
  close();
  result.session_broken = true;
  return fail(std::move(result));
}

Result<Bson> Link::call(const Context& context, const std::string& database, const bson_t& command,
                        With with) {
  if (broken()) {
    Error error{.code = Code::disconnected, .message = "the connection to the server is broken"};
    error.session_broken = true;
    return fail(std::move(error));
  }
  DBOPS_TRY(context.alive());
  Driver& driver = *driver_;
  driver.wire.context = &context;
  driver.wire.sent = false;
  if (in_transaction_ && told_) with.causal = false;  // It sees what it saw as it began.
  const std::optional<Bson> causal = waiting(command, with);
  if (causal_ && (causal || bson_has_field(&command, "readConcern"))) tell_time();
  const bson_t& sent = causal ? **causal : command;
  Bson options = Bson::copy_of(*driver.options);
  if (in_transaction_) {
    BSON_APPEND_INT64(options.get(), "txnNumber", transaction_);
    BSON_APPEND_BOOL(options.get(), "autocommit", false);
    if (!told_) BSON_APPEND_BOOL(options.get(), "startTransaction", true);
    told_ = true;
  }
  if (const auto left = context.deadline.remaining();
      left && with.time_limit && !bson_has_field(&command, "maxTimeMS"))
    BSON_APPEND_INT64(options.get(), "maxTimeMS",
                      std::max<int64_t>((*left + context.hold - kWayBack).count(), 1));
  Bson reply;
  bson_error_t error{};
  // Whatever is asked of a secondary, it must be told that it may answer.
  const mongoc_read_prefs_t* preference =
      in_transaction_ ? nullptr : mongoc().uri_get_read_prefs_t(driver.uri.get());
  const bool done = send(driver.client.get(), database.c_str(), sent, with.adds, preference,
                         *options, reply.out(), error);
  driver.wire.context = nullptr;
  if (!done && !driver.wire.sent && !driver.wire.failure)
    return fail(Code::invalid_argument,
                "the driver refuses the command: " + escape_control(error.message));
  if (driver.wire.failure || (!done && !bson_has_field(reply.get(), "ok")))
    return broke(context, error);
  if (causal_) causal_->learn(*reply, facts_.router ? "router" : member_);
  lost_role_ = lost_its_role(*reply);
  if (lost_role_) close();
  // A write that failed for some items is a reply, too.
  if (true_at(*reply, "ok")) return reply;
  Error refused = server_error(*reply);
  refused.session_broken = lost_role_;
  if (causal && refused.code == Code::timeout)
    refused.hint =
        "this member may lag behind what this program wrote or saw on another: give the call more "
        "time, or set causal=false to read what the member has";
  return fail(std::move(refused));
}

void Link::close() noexcept {
  Driver& driver = *driver_;
  Context goodbye;
  goodbye.deadline = Deadline::after(kGoodbyeMax);
  // A link in order tells the server that its session is over. For another the driver would look
  // for a server that it could tell.
  const bool orderly = std::exchange(open_, false) && !driver.wire.failure && !lost_role_;
  driver.wire.context = orderly ? &goodbye : nullptr;
  if (!orderly && driver.client) mongoc().client_reset(driver.client.get());
  driver.session.reset();
  driver.client.reset();
  driver.wire.context = nullptr;
}

// A number that no transaction of this session has: a server that keeps transactions says that it
// knows none such. Others don't know the command, or have nothing to say against it.
Result<bool> Link::keeps_transactions(const Context& context) {
  if (!facts_.sessions || (!facts_.router && facts_.set.empty())) return false;
  if (keeps_transactions_) return *keeps_transactions_;
  Bson probe;
  BSON_APPEND_INT32(probe.get(), "abortTransaction", 1);
  BSON_APPEND_INT64(probe.get(), "txnNumber", 0);
  BSON_APPEND_BOOL(probe.get(), "autocommit", false);
  const auto reply = call(context, "admin", *probe);
  if (!reply && reply.error().session_broken) return fail(reply.error());
  keeps_transactions_ = !reply && knows_transactions(reply.error());
  return *keeps_transactions_;
}

void Link::begin() {
  in_transaction_ = true;
  told_ = false;
  ++transaction_;
}

Result<void> Link::commit(const Context& context) {
  Driver& driver = *driver_;
  driver.wire.sent = false;
  Bson command;
  BSON_APPEND_INT32(command.get(), "commitTransaction", 1);
  auto reply = call(context, "admin", *command, {.adds = Adds::for_write});
  if (!reply && !driver.wire.sent) {
    abort();
    return fail(std::move(reply).error());
  }
  in_transaction_ = false;
  const bool answered = reply.has_value();
  std::optional<Error> error = answered ? write_error(**reply) : std::move(reply).error();
  if (!error) return {};
  error->effect = Effect::none;
  if (!answered && !error->session_broken && !leaves_doubt(*error)) return fail(*std::move(error));
  error->effect = Effect::unknown;
  error->retryable = false;
  error->message = "whether the transaction was committed is not known: " + error->message;
  error->hint = "look whether the changes are there before you try again";
  return fail(*std::move(error));
}

void Link::abort() noexcept {
  if (!std::exchange(in_transaction_, false) || !told_) return;
  Context bounded;
  bounded.deadline = Deadline::after(kAbortMax);
  if (!broken()) {
    in_transaction_ = true;
    Bson command;
    BSON_APPEND_INT32(command.get(), "abortTransaction", 1);
    // One that the server has ended itself is none that it knows.
    const auto reply = call(bounded, "admin", *command);
    in_transaction_ = false;
    if (reply || !reply.error().session_broken) return;
  }
  end_session_elsewhere(bounded);
}

// A server keeps a transaction, and what it has locked, when the link that it came by is gone: for
// a minute, unless it is told.
void Link::end_session_elsewhere(const Context& bounded) noexcept {
  const auto other = Link::open(bounded, target_);
  if (!other) return;
  Bson kill;
  bson_t sessions;
  BSON_APPEND_ARRAY_BEGIN(kill.get(), "killSessions", &sessions);
  BSON_APPEND_DOCUMENT(&sessions, "0", driver_->id.get());
  bson_append_array_end(kill.get(), &sessions);
  static_cast<void>((*other)->call(bounded, "admin", *kill));
}

}  // namespace dbops::mongodb

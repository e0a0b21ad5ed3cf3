#include "connectors/mongodb/link.h"

#include <mongoc/mongoc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>

#include "base/text.h"
#include "connectors/mongodb/errors.h"
#include "connectors/mongodb/wire.h"

namespace dbops::mongodb {
namespace {

constexpr std::chrono::milliseconds kGoodbyeMax{200};  // for telling the server that we go
// The server's time ends before ours, so that it says itself what ran out of it.
constexpr std::chrono::milliseconds kWayBack{20};

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Uri = std::unique_ptr<mongoc_uri_t, Free<mongoc_uri_destroy>>;
using Client = std::unique_ptr<mongoc_client_t, Free<mongoc_client_destroy>>;
using ClientSession = std::unique_ptr<mongoc_client_session_t, Free<mongoc_client_session_destroy>>;
using Description =
    std::unique_ptr<mongoc_server_description_t, Free<mongoc_server_description_destroy>>;

// libmongoc starts itself before main(), and makes a file in shared memory for its counters. That
// of a killed process would stay, and a later one of the same number warn of it on stderr, whatever
// it was started for. Nobody reads it, so its name goes at once.
[[gnu::constructor]] void drop_name_of_counters() {
  shm_unlink(("/mongoc-" + std::to_string(getpid())).c_str());
}

// Once for the process: what libmongoc writes to stderr is no log of ours.
void start_driver() {
  static const bool kStarted = [] {
    mongoc_init();
    mongoc_log_set_handler(nullptr, nullptr);
    return true;
  }();
  static_cast<void>(kStarted);
}

std::string encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_')
      encoded += c;
    else
      encoded.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return encoded;
}

// The URL as libmongoc is to have it, without secrets: those are set on it later.
std::string driver_url(const Target& target) {
  std::string url = target.srv ? "mongodb+srv://" : "mongodb://";
  for (size_t i = 0; i < target.hosts.size(); ++i) {
    const Url::Host& host = target.hosts[i];
    const bool address = host.name.find(':') != std::string::npos;
    url += (i == 0 ? "" : ",") + (address ? "[" + host.name + "]" : encode(host.name));
    if (!target.srv && !host.name.starts_with('/'))
      url += ':' + std::to_string(host.port.value_or(kPort));
  }
  // Nothing is retried, and no more is sent than is asked for. TLS is the wire's.
  url += "/" + encode(target.database) +
         "?tls=false&retryReads=false&retryWrites=false&heartbeatFrequencyMS=2000000000"
         "&socketCheckIntervalMS=2000000000&serverSelectionTryOnce=true";
  for (const auto& [name, value] : target.options) {
    url += '&' + encode(name) + '=';
    for (const char c : value) url += c == ',' || c == ':' ? std::string(1, c) : encode({&c, 1});
  }
  return url;
}

Result<Uri> make_uri(const Target& target) {
  start_driver();
  bson_error_t error{};
  Uri uri(mongoc_uri_new_with_error(driver_url(target).c_str(), &error));
  // Its message may quote the URL's options, which hold no secret that it has seen.
  if (!uri || (!target.user.empty() && !mongoc_uri_set_username(uri.get(), target.user.c_str())) ||
      (!target.password.empty() &&
       !mongoc_uri_set_password(uri.get(), std::string(target.password.reveal()).c_str())))
    return fail(Code::invalid_config, "the URL can't be used: " + redact_url(error.message),
                "write mongodb://user:password@host:27017/database?authSource=admin");
  return uri;
}

ServerFacts read_facts(const bson_t& hello) {
  return {.connection = integer_at(hello, "connectionId").value_or(0),
          .set = text_at(hello, "setName"),
          .router = text_at(hello, "msg") == "isdbgrid",
          .sessions = integer_at(hello, "logicalSessionTimeoutMinutes").has_value()};
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

bool send(mongoc_client_t* client, const char* database, const bson_t& command, Link::Adds adds,
          const bson_t& options, bson_t* reply, bson_error_t& error) {
  switch (adds) {
    case Link::Adds::for_read:
      return mongoc_client_read_command_with_opts(client, database, &command, nullptr, &options,
                                                  reply, &error);
    case Link::Adds::for_write:
      return mongoc_client_write_command_with_opts(client, database, &command, &options, reply,
                                                   &error);
    case Link::Adds::nothing:
      break;
  }
  return mongoc_client_command_with_opts(client, database, &command, nullptr, &options, reply,
                                         &error);
}

}  // namespace

struct Link::Driver {
  Wire wire;  // Outlives the client.
  Uri uri;
  Client client;
  ClientSession session;
  Bson options;  // What every command gets: the session, the server.
};

Link::Link(const Target& target) : driver_(std::make_unique<Driver>()) {
  driver_->wire.tls = target.tls;
}

Link::~Link() { close(); }

std::string Link::library() { return "libmongoc " + std::string(mongoc_get_version()); }

const std::string& Link::transport() const { return driver_->wire.transport; }

Result<void> Link::check(const Target& target) {
  DBOPS_TRY(make_uri(target));
  return {};
}

Result<std::unique_ptr<Link>> Link::open(const Context& context, const Target& target) {
  DBOPS_TRY(context.alive());
  auto link = std::make_unique<Link>(target);
  DBOPS_ASSIGN(link->driver_->uri, make_uri(target));
  DBOPS_TRY(link->sign_in(context));
  return link;
}

Result<void> Link::sign_in(const Context& context) {
  Driver& driver = *driver_;
  driver.wire.context = &context;
  bson_error_t error{};
  driver.client.reset(mongoc_client_new_from_uri_with_error(driver.uri.get(), &error));
  if (!driver.client) return broke(context, error);
  mongoc_client_set_stream_initiator(driver.client.get(), open_stream, &driver.wire);
  mongoc_client_set_error_api(driver.client.get(), MONGOC_ERROR_API_VERSION_2);
  // Where only secondaries are to be read, one of them; else whoever takes writes.
  const mongoc_read_prefs_t* preference = mongoc_uri_get_read_prefs_t(driver.uri.get());
  const bool primary = mongoc_read_prefs_get_mode(preference) == MONGOC_READ_PRIMARY;
  const Description server(mongoc_client_select_server(driver.client.get(), primary,
                                                       primary ? nullptr : preference, &error));
  if (!server) return broke(context, error);
  facts_ = read_facts(*mongoc_server_description_hello_response(server.get()));
  if (facts_.sessions) {
    mongoc_session_opt_t* options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    driver.session.reset(mongoc_client_start_session(driver.client.get(), options, &error));
    mongoc_session_opts_destroy(options);
    if (!driver.session ||
        !mongoc_client_session_append(driver.session.get(), driver.options.get(), &error))
      return broke(context, error);
  }
  BSON_APPEND_INT32(driver.options.get(), "serverId",
                    static_cast<int32_t>(mongoc_server_description_id(server.get())));
  driver.wire.failure.reset();  // Of hosts that were passed over.
  open_ = true;
  bson_t ping = BSON_INITIALIZER;
  BSON_APPEND_INT32(&ping, "ping", 1);
  const auto answered = call(context, "admin", ping);
  bson_destroy(&ping);
  if (!answered) return fail(answered.error());
  return {};
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
  Bson options = Bson::copy_of(*driver.options);
  if (const auto left = context.deadline.remaining();
      left && with.time_limit && !bson_has_field(&command, "maxTimeMS"))
    BSON_APPEND_INT64(options.get(), "maxTimeMS",
                      std::max<int64_t>((*left + context.hold - kWayBack).count(), 1));
  Bson reply;
  bson_error_t error{};
  const bool done =
      send(driver.client.get(), database.c_str(), command, with.adds, *options, reply.out(), error);
  driver.wire.context = nullptr;
  if (!done && !driver.wire.sent && !driver.wire.failure)
    return fail(Code::invalid_argument,
                "the driver refuses the command: " + escape_control(error.message));
  if (driver.wire.failure || (!done && !bson_has_field(reply.get(), "ok")))
    return broke(context, error);
  // A write that failed for some items is a reply, too.
  if (!true_at(*reply, "ok")) return fail(server_error(*reply));
  return reply;
}

void Link::close() noexcept {
  Driver& driver = *driver_;
  Context goodbye;
  goodbye.deadline = Deadline::after(kGoodbyeMax);
  // A link in order tells the server that its session is over; a broken one says nothing more.
  driver.wire.context = std::exchange(open_, false) && !driver.wire.failure ? &goodbye : nullptr;
  driver.session.reset();
  driver.client.reset();
  driver.wire.context = nullptr;
}

}  // namespace dbops::mongodb

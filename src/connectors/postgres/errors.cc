#include "connectors/postgres/errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace dbops::postgres {
namespace {

struct State {
  std::string_view prefix;  // A class (two characters) or a whole SQLSTATE.
  Code code;
};

// The longest prefix wins; sorted, so that a state follows its class.
constexpr auto kStates = std::to_array<State>({
    {"08", Code::disconnected},
    {"08001", Code::unreachable},
    {"08004", Code::denied},
    {"08P01", Code::protocol},
    {"0A", Code::unsupported},
    {"0B", Code::unsupported},
    {"0L", Code::denied},
    {"0P", Code::invalid_argument},
    {"20", Code::data},
    {"21", Code::data},
    {"22", Code::data},
    {"23", Code::constraint},
    {"24", Code::data},
    {"25", Code::unsupported},
    {"25006", Code::forbidden},
    {"25P03", Code::timeout},
    {"25P04", Code::timeout},
    {"26", Code::not_found},
    {"27", Code::constraint},
    {"28", Code::authentication},
    {"2B", Code::constraint},
    {"2D", Code::unsupported},
    {"2F", Code::data},
    {"34", Code::not_found},
    {"38", Code::data},
    {"39", Code::data},
    {"3B", Code::unsupported},
    {"3D", Code::not_found},
    {"3F", Code::not_found},
    {"40", Code::conflict},
    {"42", Code::syntax},
    {"42501", Code::denied},
    {"42701", Code::already_exists},
    {"42703", Code::not_found},
    {"42704", Code::not_found},
    {"42710", Code::already_exists},
    {"42712", Code::already_exists},
    {"42723", Code::already_exists},
    {"42725", Code::invalid_argument},
    {"42883", Code::not_found},
    {"42P01", Code::not_found},
    {"42P02", Code::invalid_argument},
    {"42P03", Code::already_exists},
    {"42P04", Code::already_exists},
    {"42P05", Code::already_exists},
    {"42P06", Code::already_exists},
    {"42P07", Code::already_exists},
    {"42P18", Code::invalid_argument},
    {"44", Code::constraint},
    {"53", Code::exhausted},
    {"54", Code::exhausted},
    {"55", Code::unsupported},
    {"55006", Code::busy},
    {"55P03", Code::busy},
    {"57", Code::disconnected},
    {"57014", Code::cancelled},
    {"57P03", Code::unreachable},
    {"57P04", Code::not_found},
    {"58", Code::io},
    {"72", Code::conflict},
    {"F0", Code::invalid_config},
    {"HV", Code::io},
    {"P0", Code::data},
    {"XX001", Code::corrupt},
    {"XX002", Code::corrupt},
});
static_assert(std::is_sorted(kStates.begin(), kStates.end(),
                             [](const State& a, const State& b) { return a.prefix < b.prefix; }));

std::string_view field(const PGresult& result, int code) {
  const char* text = PQresultErrorField(&result, code);
  return text ? text : std::string_view();
}

// libpq writes "FATAL:  28P01: ..." while it connects, for its verbosity is set to verbose; in any
// language of the server.
std::string_view find_sqlstate(std::string_view message) {
  constexpr size_t kStateBytes = 5;
  for (size_t at = message.find(":  "); at != std::string_view::npos;
       at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, kStateBytes);
    const bool whole = state.size() == kStateBytes && message.substr(at + 8, 2) == ": " &&
                       std::all_of(state.begin(), state.end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                       });
    if (whole) return state;
  }
  return {};
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What libpq itself found, without a word from the server.
Code client_code(std::string_view message, ConnStatusType stage) {
  if (has(message, "no password supplied") || has(message, "password retrieved from file"))
    return Code::authentication;
  if (stage == CONNECTION_SSL_STARTUP || has(message, "SSL ") || has(message, "certificate"))
    return Code::tls;
  if (has(message, "could not translate host name") || has(message, "could not look up"))
    return Code::unknown_host;
  if (has(message, "SCRAM") || has(message, "authentication")) return Code::authentication;
  if (has(message, "session is read-only") || has(message, "session is not read-only") ||
      has(message, "hot standby"))
    return Code::unreachable;
  if (has(message, "expected authentication request") || has(message, "invalid response"))
    return Code::protocol;
  if (has(message, "invalid ") || has(message, "could not open") || has(message, "service"))
    return stage == CONNECTION_NEEDED ? Code::invalid_config : Code::unreachable;
  return Code::unreachable;
}

// The next step where the server gives none.
std::string statement_hint(Code code, std::string_view sqlstate) {
  if (sqlstate == "42883")
    return "look at the functions that are there with explore; a cast may help an argument";
  if (sqlstate == "2D000")
    return "a procedure or block that ends transactions can't run here: every call is one";
  if (sqlstate == "25006")
    return "a read may not write: use execute on a connection of the write tier";
  switch (code) {
    case Code::not_found:
      return "look at what is there with explore";
    case Code::conflict:
      return "run the whole call again";
    case Code::busy:
      return "another session holds the lock: diagnose shows which; try again later";
    case Code::denied:
      return "the role of this connection lacks the privilege; someone who has it must GRANT it";
    default:
      return {};
  }
}

std::string connect_hint(Code code, std::string_view sqlstate) {
  if (sqlstate == "3D000") return "name a database that exists, at the end of the URL";
  if (sqlstate == "53300") return "close other connections, or raise max_connections on the server";
  if (sqlstate == "57P03") return "the server is starting or stopping: try again in a moment";
  switch (code) {
    case Code::authentication:
      return "check user and password, and what pg_hba.conf on the server asks for";
    case Code::tls:
      return "check sslmode and sslrootcert; the certificate must be for the host in the URL";
    case Code::unknown_host:
      return "check the host name in the URL";
    case Code::unreachable:
      return "check host and port, and that the server runs and listens there";
    case Code::invalid_config:
      return "check the URL, the settings, the service file and the PG... environment variables";
    default:
      return {};
  }
}

}  // namespace

Code code_of(std::string_view sqlstate) noexcept {
  const State* best = nullptr;
  for (const State& state : kStates)
    if (sqlstate.starts_with(state.prefix)) best = &state;
  return best ? best->code : Code::internal;
}

bool retryable(std::string_view sqlstate) noexcept {
  const Code code = code_of(sqlstate);
  return code == Code::conflict || code == Code::busy || sqlstate.starts_with("53") ||
         sqlstate.starts_with("57P");
}

std::string clean(std::string_view message, const std::vector<Secret>& secrets) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
    message.remove_suffix(1);
  std::string line;
  for (const char c : message) {
    const bool blank = c == '\n' || c == '\t';
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c;
  }
  for (const Secret& secret : secrets) line = redact(line, secret);
  return escape_control(line);
}

Error result_error(const PGresult& result) {
  Error error;
  error.native_code = field(result, PG_DIAG_SQLSTATE);
  if (error.native_code.empty()) {
    // Made by libpq, not by the server: the link is gone or out of step.
    error.code = Code::disconnected;
    error.message = clean(PQresultErrorMessage(&result), {});
    error.session_broken = error.retryable = true;
    return error;
  }
  error.code = code_of(error.native_code);
  error.message = clean(field(result, PG_DIAG_MESSAGE_PRIMARY), {});
  if (const auto detail = field(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty())
    error.message += ": " + clean(detail, {});
  error.hint = clean(field(result, PG_DIAG_MESSAGE_HINT), {});
  error.retryable = retryable(error.native_code);
  const auto severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  error.session_broken = severity == "FATAL" || severity == "PANIC";
  const auto position = field(result, PG_DIAG_STATEMENT_POSITION);
  uint64_t number = 0;
  if (std::from_chars(position.data(), position.data() + position.size(), number).ec == std::errc())
    error.position = number;
  if (error.hint.empty()) error.hint = statement_hint(error.code, error.native_code);
  return error;
}

Error connect_error(std::string_view message, ConnStatusType stage,
                    const std::vector<Secret>& secrets) {
  const std::string_view sqlstate = find_sqlstate(message);
  Error error;
  error.native_code = sqlstate;
  error.code = sqlstate.empty() ? client_code(message, stage) : code_of(sqlstate);
  if (sqlstate == "28000" && (has(message, "SSL off") || has(message, "no encryption")))
    error.code = Code::tls;
  // The source location that verbose messages end with says nothing to a user.
  std::string useful(message.substr(0, message.find("\nLOCATION:")));
  // ... nor does libpq's question behind a refusal, which the hint asks too.
  useful.resize(std::min(useful.size(), useful.find("\n\tIs the server running")));
  // The state is shown behind the message.
  if (const size_t state = sqlstate.empty() ? 0 : useful.find(":  " + std::string(sqlstate) + ": ");
      state != 0 && state != std::string::npos) {
    const size_t severity = useful.rfind(": ", state - 1);
    const size_t begin = severity == std::string::npos ? 0 : severity + 2;
    useful.erase(begin, state + sqlstate.size() + 5 - begin);
  }
  error.message = clean(useful, secrets);
  if (error.message.empty()) error.message = "the connection could not be made";
  error.hint = connect_hint(error.code, sqlstate);
  error.retryable = error.code == Code::unreachable || retryable(sqlstate);
  error.session_broken = true;
  return error;
}

Error link_error(std::string_view message, const std::vector<Secret>& secrets) {
  Error error;
  error.code = Code::disconnected;
  error.message = clean(message, secrets);
  if (error.message.empty()) error.message = "the connection to the server was lost";
  error.hint = "the next call makes a new connection";
  error.retryable = error.session_broken = true;
  return error;
}

}  // namespace dbops::postgres

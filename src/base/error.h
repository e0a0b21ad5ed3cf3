// What went wrong, as properties a caller can act on. There is no class tree: code that must decide
// asks a field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dbops {

// The closed list of reasons. Names are part of the interface: they appear in answers, the audit
// log and exit codes.
enum class Code : uint8_t {
  invalid_argument,  // an argument is missing, unknown, of the wrong type or out of bounds
  invalid_config,    // the configuration can't be used as it stands
  syntax,            // the engine's own parser refused the statement
  not_found,         // a named thing does not exist
  already_exists,    // a named thing exists already
  constraint,        // a key, check or foreign key refused the write
  data,      // the statement ran into a value it can't work with (division by zero, overflow, cast)
  conflict,  // another transaction was in the way: try again
  forbidden,              // dbops' own tier or policy refused it
  denied,                 // the database's own permissions refused it
  confirmation_required,  // a person must confirm first
  unsupported,            // this engine can't, or dbops doesn't yet
  unknown_host,           // the host name doesn't resolve
  unreachable,            // refused, no route, or nothing listens there
  authentication,         // wrong user, password or method
  tls,                    // the secure channel couldn't be made or verified
  disconnected,           // the link broke while in use
  timeout,                // the time limit passed
  cancelled,              // the caller asked to stop
  busy,                   // a lock, a full pool or a full queue
  exhausted,              // disk, memory or a server-side limit
  too_large,              // over one of dbops' own bounds
  corrupt,                // stored bytes are damaged or of another format
  protocol,               // the peer answered what its protocol doesn't allow
  expired,                // a cursor or token is too old, used, or from before a restart
  io,                     // a local file or pipe failed
  internal,               // a bug in dbops
};

// Whether the database acted. `unknown` is never retried by dbops.
enum class Effect : uint8_t { none, unknown, applied };

struct Error {
  Code code = Code::internal;
  std::string message;    // What happened, for a person; never holds a secret.
  std::string hint = {};  // The next step, when there is one.
  Effect effect = Effect::none;
  bool retryable = false;        // The same call may succeed later, unchanged.
  bool session_broken = false;   // The session must not be used again.
  std::string native_code = {};  // SQLSTATE, SQLITE_BUSY, ... as the engine names it.
  std::optional<uint64_t> position =
      {};  // 1-based character in the statement, when the engine told.
};

// The name as it is written in answers, such as "not_found". Static storage.
std::string_view name(Code code) noexcept;
std::string_view name(Effect effect) noexcept;

}  // namespace dbops

// The code for one engine: how to reach it, its language, and what is special to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "core/access.h"
#include "core/arguments.h"
#include "core/session.h"

namespace dbops {

// A connection as the configuration or the command line gives it.
struct ConnectionOptions {
  std::string name;
  Secret url;  // May hold a password: shown only through redact_url().
  Tier tier = Tier::read;
  Limits limits;
  Access access;  // What may be reached, beside the tier.
  std::chrono::milliseconds connect_timeout{5000};
  size_t pool_max = 4;  // sessions
  // What the engine takes beside the URL, such as "sslrootcert" or "busy_timeout_ms"; each
  // connector documents its own.
  std::vector<std::pair<std::string, std::string>> settings;
  // A missing database may be created (SQLite: in the write tier, for a Context that may write).
  bool create = false;
  // Asked by Connection, once before each connect, for the URL with its secrets filled in, so that
  // a password from a file or a command is read late and may change. A connector finds them in
  // `url`. Empty: `url` is whole; else `url` lacks only secrets.
  std::function<Result<Secret>(const Context&)> complete_url = {};
};

// Work that is special to one engine, declared by its connector and shown by the tools `operations`
// and `operate`.
struct Operation {
  std::string_view name;         // "vacuum", "terminate_session"
  std::string_view description;  // One line.
  Tier tier = Tier::read;
  std::vector<Argument> arguments = {};
  // For an operation that a person must confirm: what it will do, made from the arguments. nullptr:
  // nothing to confirm.
  std::string (*danger)(const Arguments&) = nullptr;
  // REQUIRES: the session is one of this connector's. The stream borrows the session.
  std::function<Result<std::unique_ptr<Stream>>(const Context&, Session&, Arguments)> run = {};
  // What it would hit, found by reading, for the person who is to confirm it: "that is 3 chunks";
  // empty: nothing to add. nullptr: the arguments say all there is.
  std::function<Result<std::string>(const Context&, Session&, const Arguments&)> foresee = {};
};

// Stateless and thread-safe; static storage.
class Connector {
 public:
  virtual ~Connector() = default;

  virtual std::string_view name() const = 0;  // "postgres": the folder's name, and in answers
  // How OpenTelemetry names the engine (db.system.name).
  virtual std::string_view telemetry_name() const { return name(); }
  virtual std::span<const std::string_view> schemes() const = 0;  // "postgres", "postgresql"
  virtual std::string library() const { return {}; }  // "SQLite 3.40.1": what reaches the engine
  virtual const Dialect& dialect() const = 0;
  virtual std::span<const Operation> operations() const = 0;

  // Whether its sessions hold to rules of tables and columns; a connection that has such rules is
  // refused where they don't.
  virtual bool enforces_access() const { return false; }
  // Whether the rules let be told of what stands at a path of its catalogue. What stands above
  // tables is everybody's.
  virtual bool shows(const Access& access, std::span<const std::string> path) const {
    return path.size() < 2 || access.table(path[0], path[1], Access::Case::counts);
  }
  // Whether its catalogue has nothing in it but what the rules let be seen; else whoever shows it
  // leaves the rest out.
  virtual bool catalog_holds_rules() const { return false; }
  // Whether it is the server that publishes under that name, about data which may be under rules.
  virtual bool tells_of_data([[maybe_unused]] std::string_view topic) const { return false; }
  // Everything that can be said of the options without I/O. Code::invalid_config with the setting's
  // name.
  virtual Result<void> check(const ConnectionOptions& options) const = 0;
  // Code::unknown_host, unreachable, authentication, tls, timeout, not_found (no such database),
  // denied, cancelled ...; messages name host and port, never the secret.
  virtual Result<std::unique_ptr<Session>> connect(const Context& context,
                                                   const ConnectionOptions& options) const = 0;
  // Whether its sessions can be told of changes to the catalogue (Session::watcher()).
  virtual bool watches() const { return false; }
  // Whether its sessions can hear what is published under a name (Session::topics()).
  virtual bool has_topics() const { return false; }
  // Whether its sessions wait by Context::wait() alone and compute little, so that a short call may
  // be worked on by the thread of a Loop.
  virtual bool waits_only() const { return false; }
  // Whether its sessions have Queries::run_together().
  virtual bool runs_together() const { return false; }
};

}  // namespace dbops

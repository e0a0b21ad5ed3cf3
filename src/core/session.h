// One live link to a database, and what it can do: capabilities, each an interface of its own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/stream.h"
#include "core/dialect.h"
#include "core/parameters.h"

namespace dbops {

// Capabilities with a header of their own (core/catalog.h ...): who uses one includes it.
class Catalog;
class Loader;
class Searcher;
class Topics;
class Watcher;

// How a script runs. `rehearse` runs it as a write, reports what it did, and rolls back.
enum class Mode : uint8_t { read, write, rehearse };

// The results of one script, a stream for each statement, in order. Pulled by one thread at a time.
// Borrows the session that made it: must be destroyed before the session is used again or returned.
// Destroying it early stops the work on the server and rolls back.
class Results {
 public:
  virtual ~Results() = default;
  // Runs the next statement. The stream lives until the next call; what it has not handed out yet
  // is thrown away then. nullptr after the last, once everything is settled: committed in
  // Mode::write, rolled back otherwise. Effect::unknown where the reply to the commit was lost.
  // After an error or nullptr, not to be called again.
  virtual Result<Stream*> next(const Context& context) = 0;
};

// Capability: statements in the engine's own language.
class Queries {
 public:
  virtual ~Queries() = default;
  // Starts a script; parameters need a script of one statement. Each call of next() has its own
  // context, so a stream may be held between two calls: `context.hold` says for how long at most.
  // Mode::read refuses (Code::forbidden) whatever is not a read, by classification before the
  // engine sees it, and runs the rest so that the engine refuses writes as well. Scripts of several
  // statements run in one transaction. `script` and `parameters` must outlive the Results.
  virtual Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                               const Parameters& parameters, Mode mode) = 0;

  // A script of one statement, which is a read.
  struct Read {
    const Script* script;
    const Parameters* parameters;
  };
  // Runs reads of several callers in one round trip, each as run() would in Mode::read, and answers
  // for each, in order, what it answered; that borrows nothing. nullptr: it is to be run by itself,
  // because it or one that went with it failed, or answers more than a Batch. Takes kTogetherMax at
  // most, whatever the reads do. An error: none was answered.
  static constexpr std::chrono::milliseconds kTogetherMax{20};
  virtual Result<std::vector<std::unique_ptr<Results>>> run_together(const Context& context,
                                                                     std::span<const Read> reads);

  // What can be told of a write before a person confirms it, by reading.
  struct Preview {
    bool rehearses = true;                  // Mode::rehearse would run it here.
    std::vector<std::string> effects = {};  // "that is 12 documents of movies"; what is known.
  };
  virtual Result<Preview> preview(const Context&, const Script&, const Parameters&) {
    return Preview();
  }
};

enum class Severity : uint8_t { ok, info, warning, critical };
std::string_view name(Severity severity) noexcept;

// One thing that was looked at, and what to do about it.
struct Finding {
  Severity severity = Severity::info;
  std::string area;     // "indexes", "connections" ...
  std::string subject;  // The table, index, setting ...; may be empty.
  std::string message;  // What is so, with its figures.
  std::string hint;     // The next step; empty when there is none.
};

// Capability: plans.
class Explainer {
 public:
  virtual ~Explainer() = default;
  struct Plan {
    std::string text;               // As the engine prints it.
    std::string json;               // The engine's own, one JSON value; empty where it has none.
    std::vector<Finding> findings;  // Hot spots: full scans, wrong estimates, sorts on disk.
  };
  // `analyze` runs the statement: a read in the read tier, a write only rolled back.
  virtual Result<Plan> explain(const Context& context, const Script& script,
                               const Parameters& parameters, bool analyze, Mode mode) = 0;
};

// Capability: health.
class Diagnostics {
 public:
  virtual ~Diagnostics() = default;
  virtual std::vector<std::string> areas() const = 0;
  // Every area that was looked at has at least one finding (Severity::ok where all is well). An
  // area that can't be looked at (missing privilege or extension) has one that says so.
  // Code::invalid_argument for an unknown area; empty: all.
  virtual Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) = 0;
};

// Code::invalid_argument, with the areas there are, unless it is empty or one of them.
Result<void> check_area(std::string_view engine, std::string_view area,
                        const std::vector<std::string>& areas);

// What the server says of itself and of us.
struct ServerInfo {
  std::string product;  // "PostgreSQL", "SQLite"
  std::string version;  // "15.18"
  std::string database;
  std::string user;
  std::string transport;          // "TLSv1.3", "plain", "socket", "file"
  Tier granted = Tier::read;      // What the server itself would allow this user.
  std::vector<Finding> findings;  // What is wrong or risky in the link itself, for `doctor`.
};

// A link in use by one thread at a time; its capabilities and what they answer borrow it.
class Session {
 public:
  virtual ~Session() = default;

  virtual Result<ServerInfo> info(const Context& context) = 0;
  // A round trip to the server.
  virtual Result<void> ping(const Context& context) = 0;
  // Must not be used again, and never returns to a pool.
  virtual bool broken() const = 0;
  // The server has ended it since it was used, as far as the operating system knows of it now.
  virtual bool hung_up() const { return false; }

  // nullptr where the engine has no such thing. They belong to the session.
  virtual Queries* queries() { return nullptr; }
  virtual Catalog* catalog() { return nullptr; }
  virtual Explainer* explainer() { return nullptr; }
  virtual Diagnostics* diagnostics() { return nullptr; }
  virtual Loader* loader() { return nullptr; }
  virtual Searcher* searcher() { return nullptr; }
  virtual Watcher* watcher() { return nullptr; }
  virtual Topics* topics() { return nullptr; }
};

}  // namespace dbops

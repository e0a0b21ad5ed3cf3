// A connector without a database: its statements, rows, waits and failures are what a test scripts.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog.h"
#include "core/connections.h"
#include "fakes/fake_changes.h"
#include "fakes/fake_topics.h"

namespace dbops::fakes {

// What a stream waits before, as it would for a socket: a test opens it. Thread-safe.
class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void open();
  // Until it is open; Code::cancelled, Code::timeout.
  Result<void> pass(const Context& context);
  int waiting() const { return waiting_; }

 private:
  int event_;
  std::atomic<int> waiting_{0};
};

// What one statement answers.
struct Reply {
  Schema schema = {{"n", "integer", Kind::integer}};
  uint64_t rows = 0;
  // Fills a row; without it the first cell is the row's number, counted from 1.
  std::function<void(uint64_t number, Value* cells, Batch& batch)> fill = {};
  uint64_t arrive_together = Batch::kRows;  // rows of one batch at most
  std::optional<Error> error = {};          // Instead of the row behind `error_after` rows.
  uint64_t error_after = 0;
  Gate* gate = nullptr;  // Waited for behind `gate_after` rows.
  uint64_t gate_after = 0;
  Summary summary = {};
};

// What stands for a server: shared by all sessions of a connector. Thread-safe; a test sets it up
// before it is used.
class Server {
 public:
  // `SELECT 7` answers seven rows without being told.
  void reply(const std::string& statement, Reply reply);
  Reply reply_to(std::string_view statement) const;

  std::vector<Description> relations;  // What its catalogue has, in order; two-part paths.
  std::vector<Finding> findings;       // What diagnose() answers; empty: all is well everywhere.
  size_t plan_bytes = 0;               // of a plan, beyond its one line
  std::optional<Error> connect_error;
  std::optional<Error> run_error;
  std::optional<Error> commit_error;
  Result<Queries::Preview> preview = Queries::Preview();  // Of any script.
  Gate* connect_gate = nullptr;
  // Reads of several callers at once; empty: each runs by itself.
  std::function<Result<std::vector<std::unique_ptr<Results>>>(std::span<const Queries::Read>)>
      together;
  Changes changes;  // Of its catalogue.
  Published published;

  std::atomic<int> parses{0};
  std::atomic<int> connects{0};
  std::atomic<int> sessions{0};   // open now
  std::atomic<int> streams{0};    // open now
  std::atomic<int> busy_most{0};  // sessions at work at once, at most
  std::atomic<int> busy{0};
  std::atomic<int> runs{0};
  std::atomic<int> commits{0};
  std::atomic<int> rollbacks{0};
  std::atomic<uint64_t> rows_made{0};
  std::atomic<uint64_t> loaded{0};   // items, by loads into whatever path
  std::atomic<int64_t> hold_ms{-1};  // of the last run

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Reply, std::less<>> replies_;
};

// "fake:..." URLs. The language: statements end at `;`, and the first word decides: SELECT reads;
// INSERT, UPDATE, DELETE, CREATE and VACUUM (which has no transaction) write, DROP and a DELETE or
// UPDATE without WHERE want confirmation; SYNTAX is an error; any other word needs admin. The
// catalogue's schemas are the first parts of its relations' paths. Operations: `locks` (read),
// `vacuum` (write, confirmed, {"table": text}).
class FakeConnector final : public Connector {
 public:
  explicit FakeConnector(Server& server);
  ~FakeConnector() override;

  std::string_view name() const override { return "fake"; }
  std::span<const std::string_view> schemes() const override;
  const Dialect& dialect() const override;
  std::span<const Operation> operations() const override { return operations_; }
  bool watches() const override { return server_.changes.offered; }
  bool has_topics() const override { return server_.published.offered; }
  bool runs_together() const override { return server_.together != nullptr; }
  Result<void> check(const ConnectionOptions& options) const override;
  Result<std::unique_ptr<Session>> connect(const Context& context,
                                           const ConnectionOptions& options) const override;

 private:
  class FakeDialect;
  Server& server_;
  std::unique_ptr<FakeDialect> dialect_;
  std::vector<Operation> operations_;
};

}  // namespace dbops::fakes

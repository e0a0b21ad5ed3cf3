// The audit log in a PostgreSQL: one statement for all lines that came together.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "core/connections.h"
#include "ops/audit_store.h"

namespace dbops::ops {
namespace {

constexpr std::chrono::milliseconds kTimeMax{5000};    // of one write, connecting included
constexpr std::chrono::milliseconds kAwayPause{1000};  // after a failure, before the next attempt
constexpr size_t kHostBytesMax = 256;

constexpr std::string_view kProbe = "SELECT count(*) FROM dbops_audit WHERE id = 0";
constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS dbops_audit ("
    "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), server TEXT NOT NULL, "
    "principal TEXT NOT NULL, tool TEXT NOT NULL, connection TEXT NOT NULL, "
    "statement_hash TEXT NOT NULL, verdict TEXT NOT NULL, rows BIGINT NOT NULL, "
    "elapsed_ms BIGINT, error_code TEXT NOT NULL, trace_id TEXT NOT NULL)";
// $1: an array of lines. Those with an id stand already. Ids rise in the order of the lines.
constexpr std::string_view kWrite =
    "WITH lines AS (SELECT * FROM ROWS FROM (json_to_recordset(CAST($1 AS json)) AS ("
    "id BIGINT, server TEXT, principal TEXT, tool TEXT, connection TEXT, statement_hash TEXT, "
    "verdict TEXT, rows BIGINT, elapsed_ms BIGINT, error_code TEXT, trace_id TEXT)) "
    "WITH ORDINALITY AS l(id, server, principal, tool, connection, statement_hash, verdict, rows, "
    "elapsed_ms, error_code, trace_id, n)), "
    "completed AS (UPDATE dbops_audit AS a SET connection = l.connection, "
    "statement_hash = l.statement_hash, verdict = l.verdict, rows = l.rows, "
    "elapsed_ms = l.elapsed_ms, error_code = l.error_code FROM lines AS l WHERE a.id = l.id) "
    "INSERT INTO dbops_audit (server, principal, tool, connection, statement_hash, verdict, rows, "
    "elapsed_ms, error_code, trace_id) SELECT server, principal, tool, connection, "
    "statement_hash, verdict, rows, elapsed_ms, error_code, trace_id FROM lines "
    "WHERE id IS NULL ORDER BY n RETURNING id";

// What tells the lines of one server from another's: "host:pid".
std::string server_name() {
  std::array<char, kHostBytesMax> host = {};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

// As the error of the call that is not run because of it: nothing was done for that one yet, even
// where the line may stand.
Error describe(const Error& error) {
  return {.code = error.code,
          .message = "the audit log can't be written: " + error.message,
          .hint = "see that the database of the audit log can be reached, and has room",
          .retryable = true,
          .native_code = error.native_code};
}

// PostgreSQL takes no NUL.
std::string field(std::string_view text) {
  return escape_control(shorten(text, kAuditFieldBytesMax));
}

class AuditTable final : public AuditStore {
 public:
  AuditTable(std::shared_ptr<Connection> connection, Script write)
      : connection_(std::move(connection)), write_(std::move(write)), server_(server_name()) {}

  Result<void> write(std::span<AuditLine* const> lines) override {
    if (!away_until_.passed() && failure_) return fail(*failure_);
    auto ids = try_once(lines);
    failure_.reset();
    if (!ids) {
      away_until_ = Deadline::after(kAwayPause);
      failure_ = describe(ids.error());
      return fail(*failure_);
    }
    size_t next = 0;
    for (AuditLine* const line : lines)
      if (!line->id && next < ids->size()) line->made = (*ids)[next++];
    return {};
  }

 private:
  using Ids = std::vector<int64_t>;

  Result<Ids> try_once(std::span<AuditLine* const> lines) {
    Context context;
    context.deadline = Deadline::after(kTimeMax);
    context.tier = Tier::admin;
    DBOPS_ASSIGN(const auto lease, connection_->pool().acquire(context));
    if (!has_table_) DBOPS_TRY(make_table(context, *lease));
    has_table_ = true;
    const std::string body = write_lines(lines);
    auto ids = run(context, *lease, write_, Value::text(body), Mode::write);
    // Somebody may have dropped the table.
    if (!ids && ids.error().code == Code::not_found) has_table_ = false;
    if (ids) std::sort(ids->begin(), ids->end());
    return ids;
  }

  // Several servers may find no table at once, and PostgreSQL fails all but one of those that make
  // it: then it is there all the same.
  Result<void> make_table(const Context& context, Session& session) {
    const Dialect& dialect = connection_->connector().dialect();
    DBOPS_ASSIGN(const Script probe, dialect.parse(kProbe));
    DBOPS_ASSIGN(const Script create, dialect.parse(kCreate));
    if (run(context, session, probe, {}, Mode::read)) return {};
    auto made = run(context, session, create, {}, Mode::write);
    if (made || run(context, session, probe, {}, Mode::read)) return {};
    return fail(std::move(made).error());
  }

  std::string write_lines(std::span<AuditLine* const> lines) const {
    std::string body;
    JsonWriter out(body);
    out.begin_array();
    for (const AuditLine* const line : lines) {
      const AuditEntry& entry = line->entry;
      out.begin_object().member("server", server_).member("principal", field(entry.principal));
      out.member("tool", field(entry.tool)).member("connection", field(entry.connection));
      out.member("statement_hash", field(entry.statement_hash));
      out.member("verdict", field(entry.verdict));
      out.member("rows", static_cast<int64_t>(entry.rows));
      out.member("error_code", field(entry.error_code)).member("trace_id", field(entry.trace_id));
      if (line->elapsed_ms) out.member("elapsed_ms", *line->elapsed_ms);
      if (line->id) out.member("id", *line->id);
      out.end_object();
    }
    out.end_array();
    return body;
  }

  // The first column of its rows.
  Result<Ids> run(const Context& context, Session& session, const Script& script,
                  std::optional<Value> value, Mode mode) const {
    Parameters parameters;
    if (value) parameters.add({}, *value);
    Queries* const queries = session.queries();
    if (queries == nullptr) return fail(Code::unsupported, "this engine has no statements");
    DBOPS_ASSIGN(const auto results, queries->run(context, script, parameters, mode));
    Ids ids;
    for (;;) {
      DBOPS_ASSIGN(Stream* const stream, results->next(context));
      if (stream == nullptr) return ids;
      Batch batch;
      for (;;) {
        DBOPS_ASSIGN(const bool more, stream->next(context, batch));
        if (!more) break;
        for (size_t i = 0; i < batch.rows(); ++i)
          if (batch.row(i)[0].kind() == Kind::integer) ids.push_back(batch.row(i)[0].as_integer());
      }
    }
  }

  const std::shared_ptr<Connection> connection_;
  const Script write_;
  const std::string server_;
  bool has_table_ = false;
  Deadline away_until_;
  std::optional<Error> failure_;  // The last one, for as long as nothing is tried.
};

}  // namespace

Result<std::unique_ptr<AuditStore>> make_audit_table(ConnectionOptions options,
                                                     std::span<const Connector* const> connectors) {
  options.name = "audit";
  options.tier = Tier::admin;
  options.pool_max = 1;
  options.limits = {.rows = 0, .bytes = 0, .time = kTimeMax};
  Connections connections(connectors);
  DBOPS_TRY(connections.add(std::move(options)));
  const std::shared_ptr<Connection>& connection = connections.all().front();
  DBOPS_ASSIGN(Script write, connection->connector().dialect().parse(kWrite));
  return std::make_unique<AuditTable>(connection, std::move(write));
}

}  // namespace dbops::ops

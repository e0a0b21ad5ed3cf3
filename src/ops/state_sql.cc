#include "ops/state_sql.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <span>

#include "base/bytes.h"
#include "base/text.h"
#include "core/connections.h"

namespace dbops::ops {
namespace {

constexpr size_t kSessions = 4;
constexpr std::string_view kName = "state";

// What SQLite and PostgreSQL both understand. BYTEA is a type of PostgreSQL; SQLite takes any name,
// and leaves a blob as it is.
constexpr std::string_view kProbe = "SELECT count(*) FROM dbops_state WHERE kind = ''";
constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS dbops_state (kind TEXT NOT NULL, id TEXT NOT NULL, "
    "owner TEXT NOT NULL, expires_ms BIGINT NOT NULL, size BIGINT NOT NULL, "
    "version BIGINT NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (kind, id))";
constexpr std::string_view kIndex =
    "CREATE INDEX IF NOT EXISTS dbops_state_expires ON dbops_state (expires_ms)";
// One that has expired but was not removed yet does not stand in the way of a new one.
constexpr std::string_view kAdd =
    "INSERT INTO dbops_state (kind, id, owner, expires_ms, size, version, body) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, id) DO UPDATE SET "
    "owner = excluded.owner, expires_ms = excluded.expires_ms, size = excluded.size, "
    "version = excluded.version, body = excluded.body WHERE dbops_state.expires_ms <= $8";
constexpr std::string_view kReplace =
    "UPDATE dbops_state SET owner = $1, expires_ms = $2, size = $3, version = $4, body = $5 "
    "WHERE kind = $6 AND id = $7 AND version = $8 AND expires_ms > $9";
constexpr std::string_view kFind =
    "SELECT id, owner, expires_ms, size, version, body FROM dbops_state "
    "WHERE kind = $1 AND id = $2 AND expires_ms > $3";
constexpr std::string_view kList =
    "SELECT id, owner, expires_ms, size, version FROM dbops_state "
    "WHERE kind = $1 AND (owner = $2 OR $3 = 1) AND expires_ms > $4 "
    "ORDER BY expires_ms, id LIMIT 1000";
static_assert(State::kListedMax == 1000);
constexpr std::string_view kUsage =
    "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM dbops_state "
    "WHERE kind = $1 AND (owner = $2 OR $3 = 1) AND expires_ms > $4";
constexpr std::string_view kDrop = "DELETE FROM dbops_state WHERE kind = $1 AND id = $2";
constexpr std::string_view kTrim = "DELETE FROM dbops_state WHERE expires_ms <= $1";

Value number(uint64_t value) { return Value::integer(static_cast<int64_t>(value)); }
Value bytes(std::string_view body) { return Value::view(Kind::bytes, body); }

std::string text_of(const Value& cell) {
  return cell.has_text() ? std::string(cell.as_text()) : std::string();
}
int64_t number_of(const Value& cell) {
  return cell.kind() == Kind::integer ? cell.as_integer() : 0;
}

StateRecord record_of(std::span<const Value> cells) {
  return {.id = text_of(cells[0]),
          .owner = text_of(cells[1]),
          .expires_ms = number_of(cells[2]),
          .size = static_cast<uint64_t>(number_of(cells[3])),
          .version = number_of(cells[4]),
          .body = cells.size() > 5 ? text_of(cells[5]) : std::string()};
}

class SqlState final : public State {
 public:
  using Row = std::function<void(std::span<const Value>)>;

  explicit SqlState(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

  // Several replicas may find no table at once, and PostgreSQL fails all but one of those that make
  // it: then it is there all the same.
  Result<void> set_up() {
    if (read(kProbe, {}, {})) return {};
    auto made = write(kCreate, {});
    if (made) made = write(kIndex, {});
    if (made) return {};
    if (read(kProbe, {}, {})) return {};
    return fail(std::move(made).error());
  }

  Result<bool> add(StateKind kind, const StateRecord& record) override {
    DBOPS_ASSIGN(const uint64_t added,
                 write(kAdd, {Value::text(name(kind)), Value::text(record.id),
                              Value::text(record.owner), Value::integer(record.expires_ms),
                              number(record.size), Value::integer(record.version),
                              bytes(record.body), Value::integer(state_now_ms())}));
    return added > 0;
  }

  Result<bool> replace(StateKind kind, const StateRecord& record) override {
    DBOPS_ASSIGN(
        const uint64_t replaced,
        write(kReplace, {Value::text(record.owner), Value::integer(record.expires_ms),
                         number(record.size), Value::integer(record.version + 1),
                         bytes(record.body), Value::text(name(kind)), Value::text(record.id),
                         Value::integer(record.version), Value::integer(state_now_ms())}));
    return replaced > 0;
  }

  Result<std::optional<StateRecord>> find(StateKind kind, std::string_view id) override {
    std::optional<StateRecord> found;
    DBOPS_TRY(read(kFind,
                   {Value::text(name(kind)), Value::text(id), Value::integer(state_now_ms())},
                   [&](std::span<const Value> cells) { found = record_of(cells); }));
    return found;
  }

  Result<std::vector<StateRecord>> list(StateKind kind, std::string_view owner) override {
    std::vector<StateRecord> found;
    DBOPS_TRY(read(kList, of(kind, owner),
                   [&](std::span<const Value> cells) { found.push_back(record_of(cells)); }));
    return found;
  }

  Result<Usage> usage(StateKind kind, std::string_view owner) override {
    Usage usage;
    DBOPS_TRY(read(kUsage, of(kind, owner), [&](std::span<const Value> cells) {
      usage = {.count = static_cast<uint64_t>(number_of(cells[0])),
               .size = static_cast<uint64_t>(number_of(cells[1]))};
    }));
    return usage;
  }

  Result<void> drop(StateKind kind, std::string_view id) override {
    DBOPS_TRY(write(kDrop, {Value::text(name(kind)), Value::text(id)}));
    return {};
  }

  Result<void> trim() override {
    DBOPS_TRY(write(kTrim, {Value::integer(state_now_ms())}));
    return {};
  }

 private:
  using Values = std::vector<Value>;

  static Values of(StateKind kind, std::string_view owner) {
    return {Value::text(name(kind)), Value::text(owner), number(owner.empty() ? 1 : 0),
            Value::integer(state_now_ms())};
  }

  // Answers the rows that were affected.
  Result<uint64_t> write(std::string_view statement, const Values& values) {
    return run(statement, values, Mode::write, {});
  }
  Result<uint64_t> read(std::string_view statement, const Values& values, const Row& row) {
    return run(statement, values, Mode::read, row);
  }

  Result<uint64_t> run(std::string_view statement, const Values& values, Mode mode,
                       const Row& row) {
    auto done = run_once(statement, values, mode, row);
    if (!done) done.error().message = "the state can't be kept: " + done.error().message;
    return done;
  }

  Result<uint64_t> run_once(std::string_view statement, const Values& values, Mode mode,
                            const Row& row) {
    Context context;
    context.deadline = Deadline::after(kTimeMax);
    context.tier = Tier::admin;
    DBOPS_ASSIGN(const Script script, connection_->connector().dialect().parse(statement));
    Parameters parameters;
    for (const Value& value : values) parameters.add({}, value);
    DBOPS_ASSIGN(const auto lease, connection_->pool().acquire(context));
    Queries* const queries = lease->queries();
    if (queries == nullptr) return fail(Code::unsupported, "this engine has no statements");
    DBOPS_ASSIGN(const auto results, queries->run(context, script, parameters, mode));
    uint64_t affected = 0;
    for (;;) {
      DBOPS_ASSIGN(Stream* const stream, results->next(context));
      if (stream == nullptr) return affected;
      Batch batch;
      for (;;) {
        DBOPS_ASSIGN(const bool more, stream->next(context, batch));
        if (!more) break;
        for (size_t i = 0; row && i < batch.rows(); ++i) row(batch.row(i));
      }
      affected += stream->summary().affected.value_or(0);
    }
  }

  const std::shared_ptr<Connection> connection_;
};

tl::unexpected<Error> file_failure(const std::string& path) {
  return fail(errno == EACCES || errno == EROFS ? Code::denied : Code::io,
              "the state's file " + escape_control(path) + " can't be made: " + strerror(errno),
              "check the path and its permissions, or name another in the configuration");
}

}  // namespace

Result<std::unique_ptr<State>> open_sql_state(ConnectionOptions options,
                                              std::span<const Connector* const> connectors) {
  options.name = kName;
  options.tier = Tier::admin;
  options.pool_max = kSessions;
  options.limits = {.rows = 0, .bytes = 0, .time = State::kTimeMax};
  Connections connections(connectors);
  DBOPS_TRY(connections.add(std::move(options)));
  auto state = std::make_unique<SqlState>(connections.all().front());
  DBOPS_TRY(state->set_up());
  return state;
}

// SQLite gives a new file the mode of the umask, and the files beside it that of the file: so the
// file is made here first.
Result<ConnectionOptions> prepare_state_file(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    if (mkdir(path.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST)
      return file_failure(path);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return file_failure(path);
  close(file);
  ConnectionOptions options;
  // A path with a slash is taken as a path, whatever is in it.
  options.url = Secret(path.find('/') == std::string::npos ? "./" + path : path);
  return options;
}

}  // namespace dbops::ops

#include "ops/audit_calls.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/context.h"
#include "base/text.h"
#include "base/time.h"

namespace dbops::ops {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kApplicationId = 0x64626f70;  // "dbop": what tells our file from a user's database
// That another process may hold it at the start and the end.
constexpr std::chrono::milliseconds kBusyMax{2000};
constexpr int kTurnMs = 5;           // between two attempts then
constexpr size_t kLinesAtOnce = 16;  // of a journal

// Several processes may find the file empty at once: IF NOT EXISTS lets the second pass.
constexpr const char* kCreate = R"(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,              -- UTC, when the line was written
  principal TEXT NOT NULL,
  tool TEXT NOT NULL,
  connection TEXT NOT NULL,
  statement_hash TEXT NOT NULL,  -- SHA-256, hex
  verdict TEXT NOT NULL,
  rows INTEGER NOT NULL,
  elapsed_ms INTEGER,            -- NULL: begun, and not known to have ended
  error_code TEXT NOT NULL,
  trace_id TEXT NOT NULL
) STRICT;
PRAGMA application_id = 1684172656;
PRAGMA user_version = 1;
COMMIT;)";
static_assert(kApplicationId == 1684172656 && kSchemaVersion == 1);

// How many bytes of each journal stand in `calls` already, for as long as its file is there.
constexpr const char* kCreateJournals =
    "CREATE TABLE IF NOT EXISTS journals (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, "
    "WITHOUT ROWID";

constexpr const char* kInsert =
    "INSERT INTO calls (at, principal, tool, connection, statement_hash, verdict, rows, "
    "elapsed_ms, error_code, trace_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr const char* kUpdate =
    "UPDATE calls SET connection = ?2, statement_hash = ?3, verdict = ?4, rows = ?5, "
    "elapsed_ms = ?6, error_code = ?7 WHERE id = ?1";

Code code_of(int native) {
  switch (native & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return Code::exhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::corrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Code::denied;
    default:
      return Code::io;
  }
}

tl::unexpected<Error> failure(const std::string& path, const char* what, sqlite3* database) {
  const int native = sqlite3_extended_errcode(database);
  return fail(Error{.code = code_of(native),
                    .message = std::string("the audit log ") + escape_control(path) + " can't be " +
                               what + ": " + sqlite3_errmsg(database),
                    .hint = "check the disk and the file's permissions, or name another file in "
                            "the configuration",
                    .native_code = "SQLITE_" + std::to_string(native)});
}

// Each missing folder of the path, for its owner only.
Result<void> make_folders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) continue;
    return fail(errno == EACCES || errno == EROFS ? Code::denied : Code::io,
                "the audit log's folder " + escape_control(folder) +
                    " can't be made: " + std::strerror(errno),
                "make it by hand, or name another file in the configuration");
  }
  return {};
}

// SQLite gives a new file the mode of the umask, and its -wal and -shm files that of the file: so
// the file is made here first.
Result<void> make_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return fail(
        errno == EACCES || errno == EROFS ? Code::denied : Code::io,
        "the audit log " + escape_control(path) + " can't be opened: " + std::strerror(errno),
        "check the path and its permissions in the configuration");
  close(file);
  return {};
}

Result<int64_t> read_number(const std::string& path, sqlite3* database, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) != SQLITE_OK)
    return failure(path, "read", database);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> prepared(raw, sqlite3_finalize);
  if (sqlite3_step(raw) != SQLITE_ROW) return failure(path, "read", database);
  return sqlite3_column_int64(raw, 0);
}

// True for a file that is still empty. Refuses one that something else made, before a byte of it is
// changed.
Result<bool> is_new(const std::string& path, sqlite3* database) {
  DBOPS_ASSIGN(const int64_t tables,
               read_number(path, database, "SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return true;
  DBOPS_ASSIGN(const int64_t application, read_number(path, database, "PRAGMA application_id"));
  if (application != kApplicationId)
    return fail(Code::corrupt,
                escape_control(path) + " is a database, but not an audit log of dbops",
                "name another file for the audit log in the configuration");
  DBOPS_ASSIGN(const int64_t version, read_number(path, database, "PRAGMA user_version"));
  if (version > kSchemaVersion)
    return fail(Code::unsupported,
                "the audit log " + escape_control(path) + " was made by a newer dbops (schema " +
                    std::to_string(version) + ")",
                "use that version, or name another file in the configuration");
  return false;
}

// WAL with NORMAL: a line needs one write() and no fsync, so it survives the process, and a power
// cut costs the last lines at most. An old file is not written to before its first line.
Result<void> set_up(const std::string& path, sqlite3* database) {
  DBOPS_ASSIGN(const bool create, is_new(path, database));
  for (const char* sql :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", create ? kCreate : ""})
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      return failure(path, "set up", database);
  return {};
}

// SQLite does not wait for others that change the same new file to WAL at once.
Result<void> set_up_in_turn(const std::string& path, sqlite3* database) {
  const Deadline deadline = Deadline::after(kBusyMax);
  for (;;) {
    auto done = set_up(path, database);
    if (done || done.error().code != Code::busy || deadline.passed()) return done;
    sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);  // Where it had come so far.
    sqlite3_sleep(kTurnMs);
  }
}

void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  text = text.substr(0, kAuditFieldBytesMax);
  // Static: the text outlives the step.
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

}  // namespace

void AuditCalls::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void AuditCalls::Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<std::unique_ptr<AuditCalls>> AuditCalls::open(const std::string& path) {
  auto calls = std::unique_ptr<AuditCalls>(new AuditCalls(path));
  DBOPS_TRY(calls->open());
  return calls;
}

Result<void> AuditCalls::open() {
  DBOPS_TRY(make_folders(path_));
  DBOPS_TRY(make_file(path_));
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(raw);
  if (opened != SQLITE_OK) return failure(path_, "opened", raw);
  wait_for_others();
  DBOPS_TRY(set_up_in_turn(path_, raw));
  DBOPS_TRY(prepare(kInsert, insert_));
  DBOPS_TRY(prepare(kUpdate, update_));
  DBOPS_TRY(prepare("BEGIN IMMEDIATE", begin_));
  DBOPS_TRY(prepare("COMMIT", commit_));
  DBOPS_TRY(prepare("ROLLBACK", rollback_));
  sqlite3_busy_timeout(raw, 0);  // From here on, who waits does not block a thread of a loop.
  return {};
}

void AuditCalls::wait_for_others() {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(kBusyMax.count()));
}

Result<void> AuditCalls::prepare(const char* sql, Prepared& into) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr) !=
      SQLITE_OK)
    return failure(path_, "used", database_.get());
  into.reset(raw);
  return {};
}

Result<void> AuditCalls::write(std::span<const AuditFold> folds,
                               std::span<AuditLine* const> lines) {
  if (folds.empty() && lines.size() == 1) return put(*lines.front());
  if (!folds.empty()) DBOPS_TRY(prepare_folding());
  DBOPS_TRY(step(begin_.get()));
  Result<void> written = write_within(folds, lines);
  if (written) written = step(commit_.get());
  if (!written) static_cast<void>(step(rollback_.get()));
  return written;
}

Result<void> AuditCalls::write_within(std::span<const AuditFold> folds,
                                      std::span<AuditLine* const> lines) {
  for (const AuditFold& each : folds) DBOPS_TRY(fold(each));
  for (AuditLine* const line : lines) DBOPS_TRY(put(*line));
  return {};
}

// Files in which no line was ever deferred have no such table.
Result<void> AuditCalls::prepare_folding() {
  if (mark_) return {};
  if (sqlite3_exec(database_.get(), kCreateJournals, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(path_, "used", database_.get());
  DBOPS_TRY(prepare("SELECT bytes FROM journals WHERE name = ?1", marked_));
  DBOPS_TRY(prepare("SELECT name FROM journals", marks_));
  DBOPS_TRY(prepare("DELETE FROM journals WHERE name = ?1", forget_));
  return prepare("INSERT OR REPLACE INTO journals VALUES (?1, ?2)", mark_);
}

// A line that stands in the table does so even where its writer died right after the commit.
Result<void> AuditCalls::fold(const AuditFold& fold) {
  if (fold.lines.empty()) return {};
  DBOPS_ASSIGN(const std::optional<size_t> folded, folded_bytes(fold.journal));
  if (!folded) DBOPS_TRY(forget_removed());
  size_t added = 0;
  for (const AuditJournal::Kept& kept : fold.lines) {
    if (kept.end <= folded.value_or(0)) continue;
    AuditLine line{.entry = kept.entry, .elapsed_ms = kept.entry.elapsed_ms, .at = kept.at};
    DBOPS_TRY(add(line));
    if (++added % kLinesAtOnce == 0) std::this_thread::yield();  // Whoever answers goes first.
  }
  bind_text(mark_.get(), 1, fold.journal);
  sqlite3_bind_int64(mark_.get(), 2, static_cast<int64_t>(fold.lines.back().end));
  return step(mark_.get());
}

// nullopt: none of its lines was folded yet.
Result<std::optional<size_t>> AuditCalls::folded_bytes(const std::string& journal) {
  bind_text(marked_.get(), 1, journal);
  const int stepped = sqlite3_step(marked_.get());
  Result<std::optional<size_t>> bytes;
  if (stepped == SQLITE_ROW)
    bytes = static_cast<size_t>(sqlite3_column_int64(marked_.get(), 0));
  else if (stepped != SQLITE_DONE)
    bytes = failure(path_, "written", database_.get());
  sqlite3_reset(marked_.get());
  return bytes;
}

// A mark has done its work when its journal is gone.
Result<void> AuditCalls::forget_removed() {
  std::vector<std::string> removed;
  int stepped = SQLITE_ROW;
  while ((stepped = sqlite3_step(marks_.get())) == SQLITE_ROW) {
    const auto* const text = sqlite3_column_text(marks_.get(), 0);
    std::string name(reinterpret_cast<const char*>(text));
    if (!AuditJournal::exists(path_, name)) removed.push_back(std::move(name));
  }
  Result<void> result;
  if (stepped != SQLITE_DONE) result = failure(path_, "written", database_.get());
  sqlite3_reset(marks_.get());
  for (const std::string& name : removed) {
    bind_text(forget_.get(), 1, name);
    if (result) result = step(forget_.get());
  }
  return result;
}

// Runs a statement, whose values are bound.
Result<void> AuditCalls::step(sqlite3_stmt* statement) {
  Result<void> result;
  if (sqlite3_step(statement) != SQLITE_DONE) result = failure(path_, "written", database_.get());
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return result;
}

Result<void> AuditCalls::put(AuditLine& line) {
  if (!line.id) return add(line);
  const AuditEntry& entry = line.entry;
  sqlite3_stmt* const row = update_.get();
  sqlite3_bind_int64(row, 1, *line.id);
  bind_text(row, 2, entry.connection);
  bind_text(row, 3, entry.statement_hash);
  bind_text(row, 4, entry.verdict);
  sqlite3_bind_int64(row, 5, static_cast<int64_t>(entry.rows));
  sqlite3_bind_int64(row, 6, entry.elapsed_ms);
  bind_text(row, 7, entry.error_code);
  return step(row);
}

Result<void> AuditCalls::add(AuditLine& line) {
  const AuditEntry& entry = line.entry;
  const std::string at = iso_time(line.at);
  sqlite3_stmt* const row = insert_.get();
  bind_text(row, 1, at);
  bind_text(row, 2, entry.principal);
  bind_text(row, 3, entry.tool);
  bind_text(row, 4, entry.connection);
  bind_text(row, 5, entry.statement_hash);
  bind_text(row, 6, entry.verdict);
  sqlite3_bind_int64(row, 7, static_cast<int64_t>(entry.rows));
  if (line.elapsed_ms) sqlite3_bind_int64(row, 8, *line.elapsed_ms);
  bind_text(row, 9, entry.error_code);
  bind_text(row, 10, entry.trace_id);
  DBOPS_TRY(step(row));
  line.made = sqlite3_last_insert_rowid(database_.get());
  return {};
}

}  // namespace dbops::ops

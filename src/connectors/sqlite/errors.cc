#include "connectors/sqlite/errors.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/text.h"

namespace dbops::sqlite {
namespace {

struct Named {
  int code;
  std::string_view name;
};
#define DBOPS_NAMED(code) \
  Named { code, #code }
constexpr Named kNames[] = {
    DBOPS_NAMED(SQLITE_ERROR),
    DBOPS_NAMED(SQLITE_INTERNAL),
    DBOPS_NAMED(SQLITE_PERM),
    DBOPS_NAMED(SQLITE_ABORT),
    DBOPS_NAMED(SQLITE_BUSY),
    DBOPS_NAMED(SQLITE_LOCKED),
    DBOPS_NAMED(SQLITE_NOMEM),
    DBOPS_NAMED(SQLITE_READONLY),
    DBOPS_NAMED(SQLITE_INTERRUPT),
    DBOPS_NAMED(SQLITE_IOERR),
    DBOPS_NAMED(SQLITE_CORRUPT),
    DBOPS_NAMED(SQLITE_FULL),
    DBOPS_NAMED(SQLITE_CANTOPEN),
    DBOPS_NAMED(SQLITE_PROTOCOL),
    DBOPS_NAMED(SQLITE_SCHEMA),
    DBOPS_NAMED(SQLITE_TOOBIG),
    DBOPS_NAMED(SQLITE_CONSTRAINT),
    DBOPS_NAMED(SQLITE_MISMATCH),
    DBOPS_NAMED(SQLITE_MISUSE),
    DBOPS_NAMED(SQLITE_AUTH),
    DBOPS_NAMED(SQLITE_RANGE),
    DBOPS_NAMED(SQLITE_NOTADB),
    DBOPS_NAMED(SQLITE_BUSY_RECOVERY),
    DBOPS_NAMED(SQLITE_BUSY_SNAPSHOT),
    DBOPS_NAMED(SQLITE_BUSY_TIMEOUT),
    DBOPS_NAMED(SQLITE_LOCKED_SHAREDCACHE),
    DBOPS_NAMED(SQLITE_LOCKED_VTAB),
    DBOPS_NAMED(SQLITE_READONLY_RECOVERY),
    DBOPS_NAMED(SQLITE_READONLY_CANTLOCK),
    DBOPS_NAMED(SQLITE_READONLY_ROLLBACK),
    DBOPS_NAMED(SQLITE_READONLY_DBMOVED),
    DBOPS_NAMED(SQLITE_READONLY_CANTINIT),
    DBOPS_NAMED(SQLITE_READONLY_DIRECTORY),
    DBOPS_NAMED(SQLITE_CANTOPEN_NOTEMPDIR),
    DBOPS_NAMED(SQLITE_CANTOPEN_ISDIR),
    DBOPS_NAMED(SQLITE_CANTOPEN_FULLPATH),
    DBOPS_NAMED(SQLITE_CANTOPEN_DIRTYWAL),
    DBOPS_NAMED(SQLITE_CANTOPEN_SYMLINK),
    DBOPS_NAMED(SQLITE_CORRUPT_VTAB),
    DBOPS_NAMED(SQLITE_CORRUPT_SEQUENCE),
    DBOPS_NAMED(SQLITE_CORRUPT_INDEX),
    DBOPS_NAMED(SQLITE_IOERR_READ),
    DBOPS_NAMED(SQLITE_IOERR_SHORT_READ),
    DBOPS_NAMED(SQLITE_IOERR_WRITE),
    DBOPS_NAMED(SQLITE_IOERR_FSYNC),
    DBOPS_NAMED(SQLITE_IOERR_DIR_FSYNC),
    DBOPS_NAMED(SQLITE_IOERR_TRUNCATE),
    DBOPS_NAMED(SQLITE_IOERR_FSTAT),
    DBOPS_NAMED(SQLITE_IOERR_UNLOCK),
    DBOPS_NAMED(SQLITE_IOERR_RDLOCK),
    DBOPS_NAMED(SQLITE_IOERR_DELETE),
    DBOPS_NAMED(SQLITE_IOERR_NOMEM),
    DBOPS_NAMED(SQLITE_IOERR_ACCESS),
    DBOPS_NAMED(SQLITE_IOERR_CHECKRESERVEDLOCK),
    DBOPS_NAMED(SQLITE_IOERR_LOCK),
    DBOPS_NAMED(SQLITE_IOERR_CLOSE),
    DBOPS_NAMED(SQLITE_IOERR_SHMOPEN),
    DBOPS_NAMED(SQLITE_IOERR_SHMSIZE),
    DBOPS_NAMED(SQLITE_IOERR_SHMLOCK),
    DBOPS_NAMED(SQLITE_IOERR_SHMMAP),
    DBOPS_NAMED(SQLITE_IOERR_SEEK),
    DBOPS_NAMED(SQLITE_IOERR_MMAP),
    DBOPS_NAMED(SQLITE_IOERR_GETTEMPPATH),
    DBOPS_NAMED(SQLITE_IOERR_DATA),
    DBOPS_NAMED(SQLITE_IOERR_CORRUPTFS),
    DBOPS_NAMED(SQLITE_CONSTRAINT_CHECK),
    DBOPS_NAMED(SQLITE_CONSTRAINT_FOREIGNKEY),
    DBOPS_NAMED(SQLITE_CONSTRAINT_NOTNULL),
    DBOPS_NAMED(SQLITE_CONSTRAINT_PRIMARYKEY),
    DBOPS_NAMED(SQLITE_CONSTRAINT_TRIGGER),
    DBOPS_NAMED(SQLITE_CONSTRAINT_UNIQUE),
    DBOPS_NAMED(SQLITE_CONSTRAINT_VTAB),
    DBOPS_NAMED(SQLITE_CONSTRAINT_ROWID),
    DBOPS_NAMED(SQLITE_CONSTRAINT_DATATYPE),
};
#undef DBOPS_NAMED

// SQLITE_ERROR stands for all that SQLite has no code for; only the text tells.
Code generic(std::string_view message) {
  const auto has = [&](std::string_view part) { return message.find(part) != message.npos; };
  if (message.starts_with("no such ")) return Code::not_found;
  if (message.ends_with("already exists") || has("there is already ")) return Code::already_exists;
  if (message.ends_with(": syntax error") || message == "incomplete input" ||
      message.starts_with("unrecognized token"))
    return Code::syntax;
  if (message.starts_with("too many ") || message.starts_with("Expression tree is too large") ||
      message.starts_with("parser stack overflow"))
    return Code::too_large;
  return Code::data;
}

struct Meaning {
  int code;
  Code ours;
  bool retryable;
  std::string_view hint;
};
constexpr std::string_view kTaken =
    "a row with that value is there already: update that one, or say with ON CONFLICT what an "
    "insert does then";
// By extended code where that says more, else by the primary one.
constexpr Meaning kMeanings[] = {
    {SQLITE_READONLY_DBMOVED, Code::disconnected, true,
     "the file was moved or replaced: try again"},
    {SQLITE_READONLY_ROLLBACK, Code::denied, false,
     "a writer died and left a journal: open the database once for writing, so that SQLite can "
     "roll it back"},
    {SQLITE_READONLY_RECOVERY, Code::denied, false,
     "the write-ahead log must be recovered: open the database once for writing"},
    {SQLITE_READONLY_CANTINIT, Code::denied, false,
     "the database is in WAL mode and its -shm file can't be written: give write access to the "
     "folder, or add ?immutable=1 if nothing writes to the file"},
    {SQLITE_READONLY_CANTLOCK, Code::denied, false,
     "the -shm file beside the database must be writable for readers in WAL mode"},
    {SQLITE_READONLY, Code::denied, false,
     "the file or its folder is not writable for this user, or the connection only reads"},
    {SQLITE_PERM, Code::denied, false, "this user may not do that to the file"},
    {SQLITE_BUSY_SNAPSHOT, Code::conflict, true, "another connection wrote in between: try again"},
    {SQLITE_BUSY, Code::busy, true, "try again when the other has ended, or raise busy_timeout_ms"},
    {SQLITE_LOCKED, Code::busy, true, "try again when the other has ended"},
    {SQLITE_PROTOCOL, Code::busy, true, "many processes raced for the file's lock: try again"},
    {SQLITE_NOMEM, Code::exhausted, false, "ask for less at once: fewer or smaller values"},
    {SQLITE_FULL, Code::exhausted, true,
     "make room on the disk, or raise the database's max_page_count"},
    {SQLITE_TOOBIG, Code::too_large, false, "cut the value in the statement, with substr()"},
    {SQLITE_CORRUPT, Code::corrupt, false,
     "run the operation integrity_check; restore a backup, or try `sqlite3 FILE .recover`"},
    {SQLITE_NOTADB, Code::corrupt, false,
     "it may be encrypted, or be of another program; its first bytes should be \"SQLite format "
     "3\""},
    {SQLITE_CANTOPEN, Code::io, false,
     "look at the permissions of the file and its folder; WAL mode needs a writable folder"},
    {SQLITE_IOERR, Code::io, false, "look at the disk, the file system and the system's log"},
    {SQLITE_CONSTRAINT_UNIQUE, Code::constraint, false, kTaken},
    {SQLITE_CONSTRAINT_PRIMARYKEY, Code::constraint, false, kTaken},
    {SQLITE_CONSTRAINT_ROWID, Code::constraint, false, kTaken},
    {SQLITE_CONSTRAINT_NOTNULL, Code::constraint, false,
     "give that column a value; it takes no null and has no default"},
    {SQLITE_CONSTRAINT_CHECK, Code::constraint, false,
     "explore the table: its definition says which values the check takes"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, Code::constraint, false,
     "a row must be there before others refer to it, and they must go before it does: explore the "
     "table for its foreign keys"},
    {SQLITE_CONSTRAINT_DATATYPE, Code::constraint, false,
     "the table is STRICT: give a value of the column's type"},
    {SQLITE_CONSTRAINT, Code::constraint, false, ""},
    {SQLITE_MISMATCH, Code::data, false, "a rowid must be an integer"},
    {SQLITE_RANGE, Code::invalid_argument, false, ""},
    {SQLITE_AUTH, Code::forbidden, false, ""},
    {SQLITE_INTERRUPT, Code::cancelled, false, ""},
    {SQLITE_SCHEMA, Code::conflict, true, "the schema changed meanwhile: try again"},
    {SQLITE_ABORT, Code::conflict, true, "the transaction was rolled back meanwhile: try again"},
};

// The number that stands first in `text`; nullopt where none does.
std::optional<uint64_t> leading_number(std::string_view text, int base = 10) {
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (read.ec != std::errc()) return std::nullopt;
  return value;
}

std::string process_name(uint64_t pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  return name.empty() ? "" : " (" + escape_control(name) + ")";
}

}  // namespace

std::string_view code_name(int code) noexcept {
  for (const Named& each : kNames)
    if (each.code == code) return each.name;
  return code > 0xff ? code_name(code & 0xff) : std::string_view("SQLITE_UNKNOWN");
}

Error make_error(sqlite3* db, int code) {
  // What the connection says is of its latest failed call; elsewhere only the code speaks.
  const bool current = db != nullptr && sqlite3_extended_errcode(db) == code;
  const std::string message =
      escape_control(current ? sqlite3_errmsg(db) : sqlite3_errstr(code & 0xff));
  Error error{.code = Code::internal, .message = message};
  error.native_code = code_name(code);
  if ((code & 0xff) == SQLITE_ERROR) {
    error.code = generic(message);
    return error;
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != code && meaning.code != (code & 0xff)) continue;
    error.code = meaning.ours;
    error.retryable = meaning.retryable;
    error.hint = meaning.hint;
    break;
  }
  return error;
}

std::string lock_holder(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return {};
  // 12: POSIX  ADVISORY  WRITE 4711 08:02:131313 1073741826 1073742335
  std::ifstream locks("/proc/locks");
  constexpr int kLinesMax = 10'000;
  std::string line;
  for (int i = 0; i < kLinesMax && std::getline(locks, line); ++i) {
    std::istringstream words(line);
    std::string number, kind, advisory, mode, pid, inode;
    words >> number >> kind >> advisory >> mode >> pid >> inode;
    const size_t minor = inode.find(':');
    const size_t node = inode.rfind(':');
    if (kind != "POSIX" || minor == std::string::npos || node == minor) continue;
    if (leading_number(inode.substr(node + 1)) != file.st_ino) continue;
    const auto holder = leading_number(pid);
    if (!holder || *holder == 0) continue;
    if (*holder == static_cast<uint64_t>(getpid())) return "another session of this program";
    return "process " + pid + process_name(*holder);
  }
  return {};
}

}  // namespace dbops::sqlite

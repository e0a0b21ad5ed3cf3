#include "connectors/sqlite/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/text.h"
#include "connectors/sqlite/errors.h"
#include "connectors/sqlite/transaction.h"

namespace dbops::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr int kPagesPerStep = 1024;  // Between two looks at the context: some milliseconds.

tl::unexpected<Error> file_error(const std::string& what, const std::string& path) {
  const int number = errno;
  const Code code = number == EACCES || number == EPERM    ? Code::denied
                    : number == ENOSPC || number == EDQUOT ? Code::exhausted
                    : number == EEXIST                     ? Code::already_exists
                                                           : Code::io;
  return fail(code, what + " " + escape_control(path) + ": " + std::strerror(number),
              number == EEXIST ? "choose another name, or set overwrite" : "");
}

// The folder that copies go to, absolute.
Result<fs::path> root_of(const Location& location) {
  std::error_code error;
  if (!location.backup_root.empty()) return fs::path(location.backup_root);
  if (!location.memory) return fs::absolute(location.path, error).parent_path();
  return fail(Code::forbidden, "a database in memory has no folder for copies",
              "name one with the setting backup_root");
}

Result<fs::path> resolve(const Location& location, const std::string& target) {
  DBOPS_ASSIGN(const fs::path root, root_of(location));
  const fs::path path = root / fs::path(target);  // An absolute target stands for itself.
  if (!path.has_filename() || target.find('\0') != std::string::npos)
    return fail(Code::invalid_argument, "the path names no file");
  if (!fs::exists(path.parent_path()))
    return fail(Code::not_found,
                "there is no folder " + escape_control(path.parent_path().string()));
  if (!stands_in(path.string(), root.string()))
    return fail(Code::forbidden,
                escape_control(path.string()) + " is not in the folder for copies, " +
                    escape_control(root.string()),
                "name a file there, or change the setting backup_root");
  return path;
}

Result<void> check_target(const fs::path& path, const Location& location, bool overwrite) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return {};
  if (!overwrite)
    return fail(Code::already_exists, escape_control(path.string()) + " exists already",
                "choose another name, or set overwrite");
  if (!fs::is_regular_file(path, error))
    return fail(Code::invalid_argument, escape_control(path.string()) + " is not a regular file");
  if (!location.memory && fs::equivalent(path, location.path, error))
    return fail(Code::invalid_argument, "the target is the database itself");
  // A journal that is left beside a new file would be played into it.
  for (const char* suffix : {"-wal", "-journal"})
    if (fs::exists(path.string() + suffix, error))
      return fail(Code::busy,
                  escape_control(path.string()) + " is a database in use: it has a " +
                      (suffix + 1) + " beside it",
                  "close the program that uses it, or choose another name");
  return {};
}

// A file that is removed again, with what SQLite puts beside it, unless it was kept.
class Partial {
 public:
  static Result<Partial> create(const fs::path& target, mode_t mode) {
    Partial partial;
    partial.path_ = target.string() + ".partial-" + random_name();
    const int file = open(partial.path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
    if (file < 0) {
      const std::string path = std::exchange(partial.path_, {});
      return file_error("can't create", path);
    }
    close(file);
    return partial;
  }
  ~Partial() {
    if (path_.empty()) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }
  Partial(Partial&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Partial& operator=(Partial&&) = delete;

  const std::string& path() const { return path_; }
  // Gives it the name it was made for.
  Result<void> keep(const fs::path& target, bool overwrite) {
    const unsigned flags = overwrite ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), flags) != 0)
      return file_error("can't give the copy its name", target.string());
    path_.clear();
    // The name is on the disk once its folder is.
    const int folder = open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return {};
    fsync(folder);
    close(folder);
    return {};
  }

 private:
  Partial() = default;
  std::string path_;
};

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Error copy_error(sqlite3* copy, int code, const std::string& path) {
  Error failed = make_error(copy, code);
  failed.message = "can't write the copy " + escape_control(path) + ": " + failed.message;
  failed.native_code = code_name(code);
  return failed;
}

Result<void> copy_pages(Database& database, const Context& context, const std::string& path) {
  // In WAL mode a read transaction holds one state of the file while others write on. In the other
  // modes it would hold them up, and SQLite starts again when they have written.
  Transaction snapshot(database);
  DBOPS_ASSIGN(const std::string journal, database.ask_text("PRAGMA journal_mode"));
  if (journal == "wal") {
    DBOPS_TRY(snapshot.begin(Transaction::Kind::read));
    DBOPS_TRY(database.run("SELECT 1 FROM sqlite_schema LIMIT 1"));
  }
  sqlite3* opened = nullptr;
  const int opens =
      sqlite3_open_v2(file_uri(path, false).c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle copy(opened, sqlite3_close);
  if (opens != SQLITE_OK) return fail(copy_error(opened, opens, path));
  sqlite3_backup* backup = sqlite3_backup_init(opened, "main", database.handle(), "main");
  if (backup == nullptr) return fail(copy_error(opened, sqlite3_extended_errcode(opened), path));
  const std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> finish(
      backup, sqlite3_backup_finish);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    DBOPS_TRY(context.alive());
    code = sqlite3_backup_step(backup, kPagesPerStep);
  }
  if (code == SQLITE_DONE) return {};
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return fail(database.error(code));
  return fail(copy_error(opened, code, path));
}

}  // namespace

Result<CopyReport> copy_to_file(Database& database, const Context& context,
                                const std::string& target, bool overwrite, CopyMethod method) {
  const Location& location = database.location();
  DBOPS_ASSIGN(const fs::path path, resolve(location, target));
  DBOPS_TRY(check_target(path, location, overwrite));
  struct stat source {};
  // A copy is no more open to others than its source.
  const bool known = !location.memory && stat(location.path.c_str(), &source) == 0;
  DBOPS_ASSIGN(Partial partial, Partial::create(path, known ? source.st_mode & 0666 : 0600));
  if (method == CopyMethod::pages)
    DBOPS_TRY(copy_pages(database, context, partial.path()));
  else
    DBOPS_TRY(database.run("VACUUM INTO ?", std::string_view(partial.path())));
  struct stat written {};
  if (stat(partial.path().c_str(), &written) != 0)
    return file_error("can't look at", partial.path());
  DBOPS_TRY(partial.keep(path, overwrite));
  return CopyReport{path.string(), written.st_size};
}

}  // namespace dbops::sqlite

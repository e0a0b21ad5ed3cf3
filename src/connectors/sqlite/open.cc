#include "connectors/sqlite/open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr size_t kListedFilesMax = 10'000;  // of a folder, looked through for a near name
constexpr size_t kPathMax = 511;            // bytes of an absolute path; SQLite's own MAX_PATHNAME

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

std::string nearest_file(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder_of(path), error), end; !error && at != end;
       at.increment(error)) {
    if (names.size() == kListedFilesMax) break;
    names.push_back(at->path().filename().string());
  }
  const auto meant = nearest(fs::path(path).filename().string(), names);
  return meant ? (fs::path(path).parent_path() / *meant).string() : std::string();
}

tl::unexpected<Error> missing(const std::string& path, const std::string& shown) {
  struct stat folder {};
  if (stat(folder_of(path).c_str(), &folder) != 0)
    return fail(Code::not_found, "there is no folder " + escape_control(folder_of(path).string()),
                "look at the path; a relative one starts in the folder dbops was started in");
  const std::string meant = nearest_file(path);
  return fail(Code::not_found, "there is no file " + shown,
              meant.empty()
                  ? "look at the path; a new database is made where --create or create = true "
                    "says so, in the tier write"
                  : "did you mean " + escape_control(meant) + "?");
}

}  // namespace

Result<void> check_file(const std::string& path, bool creates) {
  const std::string shown = escape_control(path);
  std::error_code ignored;  // Then the path stays as it is, and stat() says what is wrong.
  if (fs::absolute(path, ignored).string().size() > kPathMax)
    return fail(Code::invalid_config,
                "the path of " + escape_control(fs::path(path).filename().string()) +
                    " is longer than SQLite's " + std::to_string(kPathMax) + " bytes",
                "reach it through a shorter path, such as a symbolic link to its folder");
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      if (creates && fs::is_directory(folder_of(path), ignored)) return {};
      return missing(path, shown);
    }
    if (errno == EACCES)
      return fail(Code::denied, "a folder on the way to " + shown + " can't be entered",
                  "give this user the right to enter it");
    return fail(Code::invalid_config, "can't use " + shown + ": " + std::strerror(errno));
  }
  if (S_ISDIR(file.st_mode))
    return fail(Code::invalid_config, shown + " is a folder, not a database file",
                "name the file in it");
  if (!S_ISREG(file.st_mode)) return fail(Code::invalid_config, shown + " is not a regular file");
  if (!accessible(path, R_OK))
    return fail(Code::denied, "the file " + shown + " is not readable for this user",
                "give this user the right to read it");
  return {};
}

bool can_be_made(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) != 0 && errno == ENOENT && folder_accessible(path, W_OK | X_OK);
}

bool accessible(const std::string& path, int mode) {
  return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

bool folder_accessible(const std::string& path, int mode) {
  return accessible(folder_of(path).string(), mode);
}

std::string memory_uri(const std::string& connection_name) {
  if (connection_name.empty()) return ":memory:";
  return "file:/dbops-" + hex(connection_name) + "?vfs=memdb";
}

void explain_wal(const std::string& path, Error& error) {
  if (folder_accessible(path, W_OK)) return;
  if (error.code == Code::io) error.code = Code::denied;
  error.hint =
      "its folder is not writable for this user, and a database in WAL mode needs its -wal and "
      "-shm files there: give write access to the folder, or add ?immutable=1 to the URL if "
      "nothing writes to the file";
}

}  // namespace dbops::sqlite

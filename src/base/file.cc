#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops {
namespace {

tl::unexpected<Error> file_error(std::string_view doing, const std::string& path, int number) {
  Code code = Code::io;
  std::string hint;
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      code = Code::not_found;
      hint = "check the path; its folder must exist";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Code::denied;
      hint = "check the permissions of the file and its folder";
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = Code::exhausted;
      hint = "free some space, or choose another place";
      break;
    case EISDIR:
      hint = "this is a folder: name a file in it";
      break;
    default:
      break;
  }
  return fail(code,
              "can't " + std::string(doing) + " " + escape_control(path) + ": " +
                  std::generic_category().message(number),
              std::move(hint));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  // What was left to be written may fail as late as here (NFS, quotas). 0, or errno.
  int close() {
    if (fd_ < 0) return 0;
    const int failed = ::close(fd_);
    fd_ = -1;
    return failed < 0 && errno != EINTR ? errno : 0;
  }

 private:
  int fd_;
};

// 0, or errno. Waits for a pipe that another program made non-blocking.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready = {fd, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// A device or a pipe: nothing can be put in its place.
class SpecialFile final : public OutputFile {
 public:
  SpecialFile(std::string path, int fd) : path_(std::move(path)), file_(fd) {}

  Result<void> write(std::string_view bytes) override {
    if (const int failed = write_all(file_.get(), bytes)) return file_error("write", path_, failed);
    return {};
  }
  Result<void> commit() override {
    if (const int failed = file_.close()) return file_error("write", path_, failed);
    return {};
  }

 private:
  std::string path_;
  Descriptor file_;
};

// Written under another name in the same folder, so that one rename() makes it visible.
class WholeFile final : public OutputFile {
 public:
  WholeFile(std::string path, std::string temporary, int fd, Files::Existing existing)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(fd), existing_(existing) {}
  ~WholeFile() override {
    if (!visible_) unlink(temporary_.c_str());
  }

  Result<void> write(std::string_view bytes) override {
    if (const int failed = write_all(file_.get(), bytes)) return file_error("write", path_, failed);
    return {};
  }

  Result<void> commit() override {
    if (fsync(file_.get()) < 0) return file_error("write", path_, errno);
    if (const int failed = file_.close()) return file_error("write", path_, failed);
    DBOPS_TRY(make_visible());
    visible_ = true;
    return sync_folder();
  }

 private:
  Result<void> make_visible() {
    if (existing_ == Files::Existing::refuse) {
      if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0)
        return {};
      if (errno == EEXIST)
        return fail(Code::already_exists, escape_control(path_) + " came into being meanwhile");
      // Some network file systems can't refuse by themselves.
      if (errno != EINVAL && errno != ENOSYS) return file_error("write", path_, errno);
      if (access(path_.c_str(), F_OK) == 0)
        return fail(Code::already_exists, escape_control(path_) + " came into being meanwhile");
    }
    if (rename(temporary_.c_str(), path_.c_str()) < 0) return file_error("write", path_, errno);
    return {};
  }

  // The name is durable only once its folder is.
  Result<void> sync_folder() {
    const std::string folder = path_.substr(0, path_.rfind('/') + 1);
    const Descriptor opened(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() >= 0 && (fsync(opened.get()) == 0 || errno == EINVAL)) return {};
    Error error = file_error("make durable", path_, errno).value();
    error.effect = Effect::applied;
    return fail(std::move(error));
  }

  std::string path_;
  std::string temporary_;
  Descriptor file_;
  Files::Existing existing_;
  bool visible_ = false;
};

class RealFiles final : public Files {
 public:
  Result<std::unique_ptr<OutputFile>> create(const std::string& path, Existing existing) override {
    DBOPS_TRY(check_path(path));
    struct stat found;
    const bool exists = stat(path.c_str(), &found) == 0;
    if (!exists && errno != ENOENT) return file_error("write", path, errno);
    if (exists && S_ISDIR(found.st_mode)) return file_error("write", path, EISDIR);
    if (exists && !S_ISREG(found.st_mode)) {
      const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
      if (fd < 0) return file_error("write", path, errno);
      return std::make_unique<SpecialFile>(path, fd);
    }
    if (exists && existing == Existing::refuse)
      return fail(Code::already_exists, escape_control(path) + " exists already",
                  "choose another name, or say that it may be replaced");

    // Through a symbolic link: what it points to is replaced, not the link.
    std::string target = path;
    if (exists) {
      std::array<char, PATH_MAX> resolved;
      if (realpath(path.c_str(), resolved.data()) == nullptr)
        return file_error("write", path, errno);
      target = resolved.data();
    }
    const std::string temporary =
        target.substr(0, target.rfind('/') + 1) + ".dbops-" + random_name();
    const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return file_error("write", path, errno);
    auto file = std::make_unique<WholeFile>(target, temporary, fd, existing);
    if (exists && fchmod(fd, found.st_mode & 07777) < 0) return file_error("write", path, errno);
    return file;
  }

  Result<std::string> read(const std::string& path, size_t bytes_max) override {
    DBOPS_TRY(check_path(path));
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return file_error("read", path, errno);
    std::string content;
    std::array<char, 64 << 10> piece;
    for (;;) {
      const ssize_t got = ::read(file.get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return file_error("read", path, errno);
      if (got == 0) return content;
      if (static_cast<size_t>(got) > bytes_max - content.size())
        return fail(Code::too_large,
                    escape_control(path) + " has more than " + format_bytes(bytes_max),
                    "split it into smaller files");
      content.append(piece.data(), static_cast<size_t>(got));
    }
  }
};

}  // namespace

Result<void> check_path(const std::string& path) {
  if (!path.empty() && path.find('\0') == std::string::npos) return {};
  return fail(Code::invalid_argument,
              path.empty() ? "the file name is empty" : "the file name has a NUL character in it");
}

Files& real_files() {
  static RealFiles files;
  return files;
}

}  // namespace dbops

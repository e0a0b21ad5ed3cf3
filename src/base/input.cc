#include "base/input.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file.h"
#include "base/text.h"

namespace dbops {
namespace {

tl::unexpected<Error> input_error(std::string_view what, int number) {
  Error error{.code = Code::io,
              .message = "can't read " + std::string(what) + ": " +
                         std::generic_category().message(number)};
  if (number == ENOENT || number == ENOTDIR) {
    error.code = Code::not_found;
    error.hint = "check the path";
  } else if (number == EACCES || number == EPERM) {
    error.code = Code::denied;
    error.hint = "check the permissions of the file and its folder";
  } else if (number == EXDEV || number == ELOOP) {
    error.code = Code::forbidden;
    error.message = std::string(what) + " leads out of the folder that files may be read from";
    error.hint = "name a file in it, by a path relative to it";
  } else if (number == EISDIR) {
    error.hint = "this is a folder: name a file in it";
  }
  return fail(std::move(error));
}

class DescriptorInput final : public Input {
 public:
  DescriptorInput(int fd, bool owned, std::string what)
      : fd_(fd), owned_(owned), what_(std::move(what)) {}
  ~DescriptorInput() override {
    if (owned_) close(fd_);
  }
  DescriptorInput(const DescriptorInput&) = delete;
  DescriptorInput& operator=(const DescriptorInput&) = delete;

  Result<void> read(const Context& context, std::string& block) override {
    block.resize(kBlockBytes);
    for (;;) {
      DBOPS_TRY(context.alive());
      DBOPS_TRY(context.wait(fd_, POLLIN));
      const ssize_t got = ::read(fd_, block.data(), block.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      block.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
      if (got < 0) return input_error(what_, errno);
      return {};
    }
  }

 private:
  const int fd_;
  const bool owned_;
  const std::string what_;
};

class TextInput final : public Input {
 public:
  explicit TextInput(std::string text) : text_(std::move(text)) {}
  Result<void> read(const Context& context, std::string& block) override {
    DBOPS_TRY(context.alive());
    block.assign(text_, at_, kBlockBytes);
    at_ += block.size();
    return {};
  }

 private:
  const std::string text_;
  size_t at_ = 0;
};

// Takes the descriptor over. `regular`: nothing but a file of bytes will do.
Result<std::unique_ptr<Input>> take_over(int fd, const std::string& path, bool regular) {
  const std::string what = escape_control(path);
  if (fd < 0) return input_error(what, errno);
  auto input = std::make_unique<DescriptorInput>(fd, true, what);
  struct stat facts {};
  if (fstat(fd, &facts) < 0) return input_error(what, errno);
  if (S_ISDIR(facts.st_mode)) return input_error(what, EISDIR);
  if (regular && !S_ISREG(facts.st_mode))
    return fail(Code::forbidden, what + " is not a regular file");
  return input;
}

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::string& path) {
  DBOPS_TRY(check_path(path));
  return take_over(open(path.c_str(), O_RDONLY | O_CLOEXEC), path, false);
}

Result<std::unique_ptr<Input>> open_input_beneath(const std::string& folder,
                                                  const std::string& path) {
  DBOPS_TRY(check_path(path));
  const int root = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return input_error(escape_control(folder), errno);
  // The kernel itself keeps the path below the folder, whoever moves links meanwhile. Not to wait
  // for the writer of a named pipe.
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof(how));
  const int failed = errno;
  close(root);
  errno = failed;
  return take_over(static_cast<int>(fd), path, true);
}

std::unique_ptr<Input> input_of(int fd) {
  return std::make_unique<DescriptorInput>(fd, false, "the input");
}

std::unique_ptr<Input> input_of(std::string text) {
  return std::make_unique<TextInput>(std::move(text));
}

}  // namespace dbops

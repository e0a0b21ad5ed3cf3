#include "front/cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dbops::cli {

Result<Output> Output::create(const Context& context, Files& files, const std::string& path) {
  DBOPS_ASSIGN(auto file, files.create(path, Files::Existing::replace));
  Output output(context, -1);
  output.file_ = std::move(file);
  return output;
}

Result<void> Output::flush() {
  if (buffer_.empty()) return {};
  auto written = file_ ? file_->write(buffer_) : write_fd();
  buffer_.clear();
  if (!written && written.error().code != Code::cancelled) failed_ = true;
  return written;
}

Result<void> Output::finish() {
  DBOPS_TRY(flush());
  if (!file_) return {};
  auto committed = file_->commit();
  failed_ = !committed;
  return committed;
}

Result<void> Output::write_fd() {
  Context context = context_;
  context.deadline = {};  // A time limit is for the database; a reader may take its time.
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    DBOPS_TRY(context.wait(fd_, POLLOUT));
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
      continue;
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    closed_by_reader_ = errno == EPIPE;
    const Code code = errno == ENOSPC ? Code::exhausted : Code::io;
    return fail(code, std::string("can't write the result: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace dbops::cli

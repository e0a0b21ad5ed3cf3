// Where a command's result goes, in large blocks.
#pragma once

#include <memory>
#include <string>

#include "base/context.h"
#include "base/file.h"
#include "base/result.h"

namespace dbops::cli {

// Either a descriptor, or a file that appears whole or not at all. Not thread-safe.
class Output {
 public:
  static constexpr size_t kBlockBytes = 64u << 10;  // bytes handed to the system at once, at least

  // `fd` is borrowed. The context's Cancel ends a wait for a slow reader.
  Output(const Context& context, int fd) : context_(context), fd_(fd) {}
  // Code::not_found, Code::denied, Code::io. An existing file is replaced.
  static Result<Output> create(const Context& context, Files& files, const std::string& path);

  // Text is appended here, and goes out with the next spill().
  std::string& buffer() { return buffer_; }
  // Writes the buffer out once it holds a block; cheap until then. Code::io, Code::exhausted,
  // Code::cancelled.
  Result<void> spill() { return buffer_.size() < kBlockBytes ? Result<void>{} : flush(); }
  Result<void> flush();
  // Writes what is left; a file takes its name only now. To be called once, at the end.
  Result<void> finish();

  // The reader of the pipe went away: nothing is wrong, there is only nobody left to write for.
  bool closed_by_reader() const { return closed_by_reader_; }
  // Writing failed: an error came from here and not from the database.
  bool failed() const { return failed_; }
  bool is_file() const { return file_ != nullptr; }

 private:
  Result<void> write_fd();
  Context context_;
  int fd_;
  std::unique_ptr<OutputFile> file_;
  std::string buffer_;
  bool closed_by_reader_ = false;
  bool failed_ = false;
};

}  // namespace dbops::cli

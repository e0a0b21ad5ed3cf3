// Files that appear whole or not at all, behind an interface so that tests can fail the N-th
// operation.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dbops {

// Code::invalid_argument for a path that is empty, or that the system would cut at a NUL.
Result<void> check_path(const std::string& path);

// A file being written. Destroyed without commit(), it leaves nothing behind.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  // Code::io, or Code::exhausted when the disk is full. After an error the file can only be
  // destroyed.
  virtual Result<void> write(std::string_view bytes) = 0;
  // Makes the file durable and visible under its name, in one step. Not to be called twice.
  virtual Result<void> commit() = 0;
};

// A file system.
class Files {
 public:
  virtual ~Files() = default;
  enum class Existing : uint8_t { refuse, replace };
  // Code::already_exists, Code::not_found (the folder), Code::denied, Code::io. Special files
  // (/dev/null, a pipe) are written in place.
  virtual Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                     Existing existing) = 0;
  // The whole file; Code::too_large beyond `bytes_max`.
  virtual Result<std::string> read(const std::string& path, size_t bytes_max) = 0;
};

// The file system. Thread-safe, static storage.
Files& real_files();

}  // namespace dbops

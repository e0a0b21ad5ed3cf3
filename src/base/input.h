// Bytes on their way in: a file, a pipe, or a text that is held already.
#pragma once

#include <memory>
#include <string>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

// Read by one thread at a time.
class Input {
 public:
  static constexpr size_t kBlockBytes = 256u << 10;  // bytes that one read() answers at most

  virtual ~Input() = default;
  // Replaces `block` by the next bytes, at least one; empty at the end. Code::io, or what the
  // context says: a pipe that is silent is waited for.
  virtual Result<void> read(const Context& context, std::string& block) = 0;
};

// Code::not_found, Code::denied, Code::io (a folder).
Result<std::unique_ptr<Input>> open_input(const std::string& path);
// The same for a regular file in `folder` or below it: nothing that the path, or a link on it, says
// leads out. Code::forbidden where it tries. `path` is relative to the folder.
Result<std::unique_ptr<Input>> open_input_beneath(const std::string& folder,
                                                  const std::string& path);
// `fd` is borrowed.
std::unique_ptr<Input> input_of(int fd);
std::unique_ptr<Input> input_of(std::string text);

}  // namespace dbops

#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace dbops {

// Bump memory for one owner: allocate freely, forget all at once. Not thread-safe. Pointers live
// until reset() or destruction.
class Arena {
 public:
  // Uninitialised memory of `size` bytes, aligned for any fundamental type.
  void* allocate(size_t size);
  std::string_view copy(std::string_view text);
  // Forgets everything. Keeps one ordinary block for reuse, frees the rest, so one huge row does
  // not stay resident.
  void reset();
  size_t used() const { return used_; }

 private:
  static constexpr size_t kBlockBytes = 64 << 10;
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t size;
  };
  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  size_t used_ = 0;
};

}  // namespace dbops

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace dbops {

// Bump memory for one owner: allocate freely, forget all at once. Not thread-safe. Pointers live
// until reset() or destruction.
class Arena {
 public:
  // Uninitialised memory of `size` bytes, aligned for any fundamental type.
  void* allocate(size_t size) { return take(size, alignof(std::max_align_t)); }
  // The text, packed without alignment: a million short cells cost what they hold.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* memory = reinterpret_cast<char*>(take(text.size(), 1));
    std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }
  // Forgets everything. Keeps the last block for reuse, frees the rest and one that is larger
  // than ordinary, so that a huge row does not stay resident.
  void reset();
  // Bytes asked for since the last reset().
  size_t used() const { return used_; }

 private:
  // Of ordinary blocks: each has four times the size of the one before, so that a few small cells
  // cost no large one.
  static constexpr size_t kBlockBytesMin = 1 << 10;
  static constexpr size_t kBlockBytesMax = 64 << 10;
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t size;
  };

  std::byte* take(size_t size, size_t alignment) {
    // Blocks start and end at the strictest alignment, so this never steps over the end.
    const size_t gap = (0 - reinterpret_cast<uintptr_t>(next_)) & (alignment - 1);
    used_ += size;
    if (size + gap < size || size + gap > static_cast<size_t>(end_ - next_)) return take_more(size);
    return std::exchange(next_, next_ + gap + size) + gap;
  }
  std::byte* take_more(size_t size);

  std::vector<Block> blocks_;
  size_t block_bytes_ = kBlockBytesMin;  // The next ordinary block's.
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  size_t used_ = 0;
};

}  // namespace dbops

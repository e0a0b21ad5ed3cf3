#include "base/arena.h"

#include <algorithm>

namespace dbops {

std::byte* Arena::take_more(size_t size) {
  while (size > block_bytes_ / 4 && block_bytes_ < kBlockBytesMax) block_bytes_ *= 4;
  const bool alone = size > block_bytes_ / 4;
  const size_t bytes = alone ? size : block_bytes_;
  blocks_.push_back(Block{std::make_unique_for_overwrite<std::byte[]>(bytes), bytes});
  std::byte* memory = blocks_.back().memory.get();
  if (alone) {
    // A block of its own, placed behind the current one so that the current one keeps filling.
    if (blocks_.size() > 1) std::swap(blocks_.back(), blocks_[blocks_.size() - 2]);
    return memory;
  }
  next_ = memory + size;
  end_ = memory + bytes;
  block_bytes_ = std::min(block_bytes_ * 4, kBlockBytesMax);
  return memory;
}

void Arena::reset() {
  used_ = 0;
  if (blocks_.empty()) return;
  Block kept = std::move(blocks_.back());
  blocks_.clear();
  next_ = end_ = nullptr;
  if (kept.size > kBlockBytesMax) return;
  next_ = kept.memory.get();
  end_ = next_ + kept.size;
  blocks_.push_back(std::move(kept));
}

}  // namespace dbops

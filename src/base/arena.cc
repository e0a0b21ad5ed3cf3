#include "base/arena.h"

namespace dbops {

std::byte* Arena::take_more(size_t size) {
  const size_t bytes = size > kBlockBytes / 4 ? size : kBlockBytes;
  blocks_.push_back(Block{std::make_unique_for_overwrite<std::byte[]>(bytes), bytes});
  std::byte* memory = blocks_.back().memory.get();
  if (bytes == size) {
    // A block of its own, placed behind the current one so that the current one keeps filling.
    if (blocks_.size() > 1) std::swap(blocks_.back(), blocks_[blocks_.size() - 2]);
    return memory;
  }
  next_ = memory + size;
  end_ = memory + bytes;
  return memory;
}

void Arena::reset() {
  used_ = 0;
  if (blocks_.empty()) return;
  Block kept = std::move(blocks_.back());
  blocks_.clear();
  next_ = end_ = nullptr;
  if (kept.size != kBlockBytes) return;
  next_ = kept.memory.get();
  end_ = next_ + kept.size;
  blocks_.push_back(std::move(kept));
}

}  // namespace dbops

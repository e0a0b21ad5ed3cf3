#include "base/arena.h"

#include <cstdint>
#include <utility>

namespace dbops {

void* Arena::allocate(size_t size) {
  constexpr size_t kAlign = alignof(std::max_align_t);
  if (size > SIZE_MAX - kAlign) throw std::bad_alloc();
  const size_t rounded = (size + kAlign - 1) / kAlign * kAlign;
  used_ += rounded;
  if (rounded > kBlockBytes / 4) {
    // A block of its own, placed behind the current one so that the current one keeps filling.
    blocks_.insert(blocks_.begin(),
                   Block{std::make_unique_for_overwrite<std::byte[]>(rounded), rounded});
    return blocks_.front().memory.get();
  }
  if (rounded > static_cast<size_t>(end_ - next_)) {
    blocks_.push_back(Block{std::make_unique_for_overwrite<std::byte[]>(kBlockBytes), kBlockBytes});
    next_ = blocks_.back().memory.get();
    end_ = next_ + kBlockBytes;
  }
  return std::exchange(next_, next_ + rounded);
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  auto* memory = static_cast<char*>(allocate(text.size()));
  std::memcpy(memory, text.data(), text.size());
  return {memory, text.size()};
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

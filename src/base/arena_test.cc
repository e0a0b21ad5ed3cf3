#include "base/arena.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace dbops {
namespace {

TEST(Arena, PacksText) {
  Arena arena;
  const std::string_view first = arena.copy("abc");
  const std::string_view second = arena.copy("de");
  EXPECT_EQ(first.data() + 3, second.data());
  EXPECT_EQ(arena.used(), 5u);
  EXPECT_TRUE(arena.copy("").empty());
  EXPECT_EQ(arena.used(), 5u);
}

TEST(Arena, AlignsMemory) {
  Arena arena;
  for (size_t size = 0; size < 200; ++size) {
    arena.copy("x");
    const auto address = reinterpret_cast<uintptr_t>(arena.allocate(size));
    EXPECT_EQ(address % alignof(std::max_align_t), 0u) << size;
  }
}

// One that holds a few small cells costs little, one that holds many has few blocks.
TEST(Arena, UsesMemoryAgain) {
  for (const size_t size : {100u, 5'000u, 60'000u}) {
    Arena arena;
    const void* first = arena.allocate(size);
    arena.reset();
    EXPECT_EQ(arena.allocate(size), first) << size;
  }
}

// Whatever the sizes, texts keep their content until reset() and never overlap.
TEST(Arena, KeepsRandomTexts) {
  std::mt19937_64 random(1);
  Arena arena;
  for (int round = 0; round < 20; ++round) {
    arena.reset();
    EXPECT_EQ(arena.used(), 0u);
    std::vector<std::pair<std::string_view, std::string>> kept;
    size_t used = 0;
    for (int i = 0; i < 300; ++i) {
      const size_t bits = random() % 19;
      std::string text(random() & ((1u << bits) - 1), static_cast<char>(random()));
      kept.emplace_back(arena.copy(text), text);
      used += text.size();
      if (i % 7 == 0) {
        std::memset(arena.allocate(bits), 0x55, bits);
        used += bits;
      }
    }
    EXPECT_EQ(arena.used(), used);
    for (const auto& [copy, original] : kept) ASSERT_EQ(copy, original);
  }
}

}  // namespace
}  // namespace dbops

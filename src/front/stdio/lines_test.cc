#include "front/stdio/lines.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace dbops::stdio {
namespace {

using ::testing::ElementsAre;

// Hands out what it was given, in pieces of one size.
class Pieces final : public Transport {
 public:
  Pieces(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
  Result<size_t> read(const Context&, std::span<char> into) override {
    if (error && at_ == text_.size()) return fail(*error);
    const size_t count = std::min({piece_, into.size(), text_.size() - at_});
    std::copy_n(text_.data() + at_, count, into.data());
    at_ += count;
    return count;
  }
  Result<void> write(const Context&, std::string_view) override { return {}; }

  std::optional<Error> error;

 private:
  const std::string text_;
  const size_t piece_;
  size_t at_ = 0;
};

constexpr size_t kBytesMax = 10;

// The lines of a text, "<too long>" for such; however it arrives.
std::vector<std::string> lines_of(const std::string& text, size_t piece) {
  Pieces pieces(text, piece);
  LineReader reader(pieces, kBytesMax);
  std::vector<std::string> lines;
  for (;;) {
    const auto line = reader.next({});
    if (!line || !*line) return lines;
    lines.push_back((*line)->too_long ? "<too long>" : std::string((*line)->text));
  }
}

TEST(LineReader, CutsLinesHoweverTheyArrive) {
  for (const size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    SCOPED_TRACE(piece);
    EXPECT_THAT(lines_of("a\nbb\r\n\nccc", piece), ElementsAre("a", "bb", "", "ccc"));
    EXPECT_THAT(lines_of("a\n", piece), ElementsAre("a"));
    EXPECT_THAT(lines_of("", piece), ElementsAre());
    EXPECT_THAT(lines_of("a\rb\n", piece), ElementsAre("a\rb"));
  }
}

TEST(LineReader, PassesOverWhatIsTooLong) {
  for (const size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    SCOPED_TRACE(piece);
    EXPECT_THAT(lines_of("0123456789\nx\n", piece), ElementsAre("0123456789", "x"));
    EXPECT_THAT(lines_of("0123456789\r\nx\n", piece), ElementsAre("0123456789", "x"));
    EXPECT_THAT(lines_of("0123456789a\nx\n", piece), ElementsAre("<too long>", "x"));
    EXPECT_THAT(lines_of(std::string(500, 'a') + "\nx\n", piece), ElementsAre("<too long>", "x"));
    EXPECT_THAT(lines_of("x\n" + std::string(500, 'a'), piece), ElementsAre("x", "<too long>"));
  }
}

TEST(LineReader, GoesOnAfterATimeout) {
  Pieces pieces("half", 4);
  pieces.error = Error{.code = Code::timeout, .message = "nothing came"};
  LineReader reader(pieces, kBytesMax);
  const auto timed_out = reader.next({});
  ASSERT_FALSE(timed_out);
  EXPECT_EQ(timed_out.error().code, Code::timeout);
  pieces.error.reset();
  const auto line = reader.next({});
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->text, "half");
}

}  // namespace
}  // namespace dbops::stdio

// A TOML document as a tree that remembers where everything stood.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dbops::app {

inline constexpr size_t kTomlBytesMax = 1u << 20;  // bytes of one document

// 1-based, in characters; line 0: the document as a whole.
struct Place {
  size_t line = 0;
  size_t column = 0;
};

struct Member;
struct Node {
  enum class Type { text, integer, real, boolean, date, array, table };
  Type type = Type::table;
  Place place;          // Of the value.
  Place key_place;      // Of its key, in a table.
  std::string text;     // Of a string; of a date or time as it is written.
  int64_t integer = 0;  // Also 0 or 1 of a boolean.
  double real = 0;
  std::vector<Node> items;
  std::vector<Member> members;  // In the order of their places.
};
struct Member {
  std::string name;
  Node node;
};
std::string_view name(Node::Type type) noexcept;  // "a string", "an integer" ...

// What is wrong at a place, and what to do about it.
struct Problem {
  Place place;
  std::string message;
  std::string hint;
};

// TOML 1.1 (https://toml.io). Thread-safe; messages hold names but no values, which may be secrets.
tl::expected<Node, Problem> parse_toml(std::string_view text);

}  // namespace dbops::app

// Whatever parse_toml() takes has its places in the text and in order, and no name twice; what it
// refuses has a message that can be shown. One more comment at the end changes nothing.
#include <algorithm>
#include <string>

#include "app/toml.h"
#include "base/text.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::app;

namespace {

constexpr size_t kLevelsMax = 130;  // Of the tree: what the reader allows, the root and a scalar.

struct Extent {
  size_t lines = 1;
  size_t columns = 1;  // At most, in any line.
};

Extent extent_of(std::string_view text) {
  Extent extent;
  extent.columns += text.size();
  extent.lines += static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  return extent;
}

void check_place(const Place& place, const Extent& extent) {
  check(place.line >= 1 && place.line <= extent.lines);
  check(place.column >= 1 && place.column <= extent.columns);
}

bool before(const Place& a, const Place& b) {
  return a.line < b.line || (a.line == b.line && a.column < b.column);
}

void check_node(const Node& node, const Extent& extent, size_t levels_left) {
  check(levels_left > 0);
  check(valid_utf8(node.text));
  check(node.members.empty() || node.type == Node::Type::table);
  check(node.items.empty() || node.type == Node::Type::array);
  for (const Node& item : node.items) {
    check_place(item.place, extent);
    check_node(item, extent, levels_left - 1);
  }
  const Member* last = nullptr;
  for (const Member& member : node.members) {
    check(valid_utf8(member.name));
    check_place(member.node.place, extent);
    check_place(member.node.key_place, extent);
    check(last == nullptr || before(last->node.key_place, member.node.key_place));
    check_node(member.node, extent, levels_left - 1);
    last = &member;
  }
}

bool same(const Node& a, const Node& b) {
  const auto same_member = [](const Member& x, const Member& y) {
    return x.name == y.name && same(x.node, y.node);
  };
  return a.type == b.type && a.text == b.text && a.integer == b.integer &&
         (a.real == b.real || (a.real != a.real && b.real != b.real)) &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    same_member);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const Extent extent = extent_of(text);
  const auto read = parse_toml(text);
  if (!read) {
    check_place(read.error().place, extent);
    check(!read.error().message.empty() && valid_utf8(read.error().message));
    check(escape_control(read.error().message) == read.error().message);
    return 0;
  }
  check_node(*read, extent, kLevelsMax);
  const auto again = parse_toml(std::string(text) + "\n# the end");
  check(again && same(*read, *again));
  return 0;
}

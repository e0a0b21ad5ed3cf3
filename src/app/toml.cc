#include "app/toml.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace dbops::app {
namespace {

Place place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

Node convert(const toml::node& node);

void convert_table(const toml::table& table, Node& out) {
  for (const auto& [key, value] : table) {
    out.members.push_back({std::string(key.str()), convert(value)});
    out.members.back().node.key_place = place_of(key.source());
  }
  const auto position = [](const Member& member) {
    const Place& place = member.node.key_place;
    return std::pair(place.line, place.column);
  };
  std::stable_sort(out.members.begin(), out.members.end(),
                   [&](const Member& a, const Member& b) { return position(a) < position(b); });
}

// toml++ bounds the depth of what it parses, so this recursion is bounded as well.
Node convert(const toml::node& node) {
  Node out;
  out.place = place_of(node.source());
  if (const auto* table = node.as_table()) {
    convert_table(*table, out);
  } else if (const auto* array = node.as_array()) {
    out.type = Node::Type::array;
    for (const toml::node& item : *array) out.items.push_back(convert(item));
  } else if (const auto* text = node.as_string()) {
    out.type = Node::Type::text;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.type = Node::Type::integer;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.type = Node::Type::boolean;
    out.integer = boolean->get() ? 1 : 0;
  } else if (const auto* real = node.as_floating_point()) {
    out.type = Node::Type::real;
    out.real = real->get();
  } else {
    out.type = Node::Type::date;
  }
  return out;
}

}  // namespace

std::string_view name(Node::Type type) noexcept {
  switch (type) {
    case Node::Type::text:
      return "a string";
    case Node::Type::integer:
      return "an integer";
    case Node::Type::real:
      return "a fractional number";
    case Node::Type::boolean:
      return "true or false";
    case Node::Type::date:
      return "a date or time";
    case Node::Type::array:
      return "an array";
    case Node::Type::table:
      return "a table";
  }
  return "";
}

tl::expected<Node, Problem> parse_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return convert(parsed.table());
  return tl::unexpected<Problem>({place_of(parsed.error().source()),
                                  escape_control(parsed.error().description()),
                                  "see https://toml.io for the syntax"});
}

}  // namespace dbops::app

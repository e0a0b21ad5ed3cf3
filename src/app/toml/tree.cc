#include "app/toml/tree.h"

#include <algorithm>
#include <utility>

namespace dbops::app {

TomlItem* TomlItem::find(std::string_view name) const {
  const auto found = members.find(name);
  return found == members.end() ? nullptr : found->second.get();
}

TomlItem& TomlItem::add(std::string name, Kind made_as, const Place& key_place) {
  auto item = std::make_unique<TomlItem>();
  item->kind = made_as;
  item->node.place = item->node.key_place = key_place;
  return *members.emplace(std::move(name), std::move(item)).first->second;
}

std::string_view TomlItem::type_name() const {
  if (kind == Kind::repeated) return "array";
  std::string_view name = app::name(node.type);
  for (const std::string_view article : {"a ", "an "})
    if (name.starts_with(article)) return name.substr(article.size());
  return name;
}

Node finish(TomlItem&& item) {
  Node out = std::move(item.node);
  if (item.kind == TomlItem::Kind::repeated) out.type = Node::Type::array;
  for (auto& table : item.tables) out.items.push_back(finish(std::move(*table)));
  for (auto& [name, member] : item.members)
    out.members.push_back({name, finish(std::move(*member))});
  const auto position = [](const Member& member) {
    return std::pair(member.node.key_place.line, member.node.key_place.column);
  };
  std::stable_sort(out.members.begin(), out.members.end(),
                   [&](const Member& a, const Member& b) { return position(a) < position(b); });
  return out;
}

}  // namespace dbops::app

#include <algorithm>

#include "fakes/fake_session.h"

namespace dbops::fakes {
namespace {

Item schema_item(const std::string& name) {
  Item item;
  item.kind = "schema";
  item.path = {name};
  return item;
}

Item column_item(const Description& relation, const ColumnInfo& column) {
  Item item;
  item.kind = "column";
  item.path = relation.item.path;
  item.path.push_back(column.name);
  item.signature = column.type;
  return item;
}

}  // namespace

std::vector<Item> FakeCatalog::items_in(const std::vector<std::string>& path,
                                        const Search& search) const {
  std::vector<Item> items;
  const bool searches = !search.pattern.empty();
  for (const Description& relation : server_.relations) {
    const auto& at = relation.item.path;
    if (!path.empty() && at.front() != path.front()) continue;
    if (path.empty() && !searches) {
      if (items.empty() || items.back().path.front() != at.front())
        items.push_back(schema_item(at.front()));
      continue;
    }
    if (path.size() < 2 && at.back().find(search.pattern) != std::string::npos)
      items.push_back(relation.item);
    if (!searches) continue;
    for (const ColumnInfo& column : relation.columns)
      if (column.name.find(search.pattern) != std::string::npos)
        items.push_back(column_item(relation, column));
  }
  return items;
}

Result<Catalog::Listing> FakeCatalog::list(const Context& context,
                                           const std::vector<std::string>& path,
                                           const Search& search) {
  DBOPS_TRY(context.alive());
  auto items = items_in(path, search);
  Listing listing;
  const size_t begin = std::min(search.offset, items.size());
  const size_t end = std::min(begin + search.limit, items.size());
  listing.items.assign(items.begin() + static_cast<ptrdiff_t>(begin),
                       items.begin() + static_cast<ptrdiff_t>(end));
  listing.truncated = end < items.size();
  return listing;
}

Result<std::vector<Description>> FakeCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  DBOPS_TRY(context.alive());
  std::vector<Description> found;
  for (const auto& path : paths) {
    const auto relation =
        std::find_if(server_.relations.begin(), server_.relations.end(),
                     [&](const Description& one) { return one.item.path == path; });
    const auto within =
        std::find_if(server_.relations.begin(), server_.relations.end(),
                     [&](const Description& one) { return one.item.path.front() == path.front(); });
    if (relation != server_.relations.end()) {
      found.push_back(*relation);
    } else if (path.size() == 1 && within != server_.relations.end()) {
      found.emplace_back().item = schema_item(path.front());
    } else {
      return fail(Code::not_found, "no " + format_path(path), "look with explore");
    }
  }
  return found;
}

}  // namespace dbops::fakes

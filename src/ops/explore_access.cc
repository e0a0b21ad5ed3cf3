#include "ops/explore_access.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::ops {
namespace {

bool relation(const Item& item) {
  return item.keeps_rows || item.kind.ends_with("table") || item.kind.ends_with("view");
}

// An engine without schemas calls its only one so.
bool allowed(const Access& access, std::span<const std::string> path) {
  if (path.empty()) return false;
  const std::string_view schema =
      path.size() > 1 ? std::string_view(path[path.size() - 2]) : "main";
  return access.table(schema, path.back(), Access::Case::counts);
}

// Of what is neither a schema nor belongs to one relation it can't be told whose it is.
bool allowed(const Access& access, const Item& item) {
  const std::span<const std::string> path(item.path);
  if (item.kind == "schema") return true;
  if (relation(item)) return allowed(access, path);
  const bool column = item.kind == "column" || item.kind == "field";
  return column && path.size() > 1 && allowed(access, path.first(path.size() - 1));
}

void show_allowed(const Access& access, Description& found) {
  const auto hidden = [&](const ForeignKey& key) { return !allowed(access, key.other_path); };
  std::erase_if(found.references, hidden);
  std::erase_if(found.referenced_by, hidden);
  // Their texts name tables, or count them.
  found.properties.clear();
  found.features.clear();
  found.definition.clear();
}

}  // namespace

bool shows(const Access& access, const Item& item) {
  return !access.restricts_data() || allowed(access, item);
}

Result<void> show_allowed(const Access& access, Exploration& page) {
  if (!access.restricts_data()) return {};
  if (page.subject) {
    if (!allowed(access, page.subject->item))
      return fail(Code::forbidden,
                  "the policy of this connection does not show " +
                      escape_control(format_path(page.subject->item.path)),
                  "explore without a path lists what may be seen");
    show_allowed(access, *page.subject);
  }
  std::erase_if(page.items, [&](const Item& item) { return !allowed(access, item); });
  std::erase_if(page.descriptions,
                [&](const Description& each) { return !allowed(access, each.item); });
  for (Description& each : page.descriptions) show_allowed(access, each);
  return {};
}

}  // namespace dbops::ops

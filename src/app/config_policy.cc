// [connections.NAME.policy]: what of a connection may be reached.
#include "app/config_parts.h"
#include "app/section.h"

namespace dbops::app {
namespace {

constexpr int64_t kRowCapMax = 1'000'000'000;  // rows

}  // namespace

void read_policy(const Node& table, std::string label, Access& access,
                 std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  AccessRules rules;
  const auto list = [&](std::string_view key, std::vector<std::string>& into) {
    auto texts = section.texts(key, kAccessPatternsMax);
    if (!texts) return;
    // An empty list of what is allowed would allow all.
    if (texts->empty())
      section.complain(section.any(key)->place, section.name_of(key) + " is empty",
                       "leave the key out, or deny = [\"*\"] to allow nothing");
    into = std::move(*texts);
  };
  list("allow", rules.allow);
  list("deny", rules.deny);
  list("masks", rules.masks);
  list("allow_operations", rules.allow_operations);
  list("deny_operations", rules.deny_operations);
  if (const auto rows = section.integer("row_cap", 1, kRowCapMax))
    rules.row_cap = static_cast<uint64_t>(*rows);
  section.finish();
  auto made = Access::make(std::move(rules));
  if (made)
    access = std::move(*made);
  else
    section.complain(table.place, section.name_of("a list") + ": " + made.error().message);
}

}  // namespace dbops::app

// [connections.NAME.policy], and the policies of callers: what of a connection may be reached.
#include "app/config_parts.h"
#include "app/section.h"
#include "base/text.h"

namespace dbops::app {
namespace {

constexpr int64_t kRowCapMax = 1'000'000'000;  // rows

constexpr size_t kConnectionsNamedMax = 1000;

// Reads on to the end of the section.
void read_rules(Section& section, const Node& table, Access& access) {
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

Restriction read_restriction(const Node& table, std::string label, std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  Restriction restriction;
  restriction.tier = read_tier(section);
  read_rules(section, table, restriction.access);
  return restriction;
}

}  // namespace

void read_policy(const Node& table, std::string label, Access& access,
                 std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  read_rules(section, table, access);
}

Restrictions read_restrictions(Section& section, const std::string& of,
                               std::vector<Problem>& problems) {
  Restrictions found;
  if (const Node* table = section.table("policy"))
    found.emplace_back(std::string(), read_restriction(*table, "policy of " + of, problems));
  const Node* named = section.table("policies");
  if (named == nullptr) return found;
  if (named->members.size() > kConnectionsNamedMax)
    section.complain(named->place, section.name_of("policies") + " names more than 1000");
  for (const auto& [connection, node] : named->members) {
    const std::string label = "policies." + escape_control(connection) + " of " + of;
    if (node.type == Node::Type::table)
      found.emplace_back(connection, read_restriction(node, label, problems));
    else
      section.complain(node.place, label + " must be a table",
                       "write the connection's name, and its rules below it");
  }
  return found;
}

}  // namespace dbops::app

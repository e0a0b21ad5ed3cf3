// [connections.NAME.policy], and the policies of callers: what of a connection may be reached.
#include <algorithm>

#include "app/config_parts.h"
#include "app/connectors.h"
#include "app/section.h"
#include "base/text.h"

namespace dbops::app {
namespace {

constexpr int64_t kRowCapMax = 1'000'000'000;  // rows

constexpr size_t kConnectionsNamedMax = 1000;
constexpr size_t kShownBytes = 80;  // of a name that a message quotes

constexpr std::string_view kOperations[] = {"query",    "execute",   "explore", "explain",
                                            "diagnose", "listen",    "load",    "search",
                                            "operate",  "operations"};

// dbops' own, and those that any of the engines has.
std::vector<std::string> known_operations() {
  std::vector<std::string> names(std::begin(kOperations), std::end(kOperations));
  for (const Connector* const connector : connectors())
    for (const Operation& operation : connector->operations()) names.emplace_back(operation.name);
  return names;
}

// A denial that is misspelt would deny nothing.
void check_operations(Section& section, std::string_view key,
                      const std::vector<std::string>& texts) {
  const auto known = known_operations();
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    if (text.find('*') != std::string::npos ||
        std::find(known.begin(), known.end(), text) != known.end())
      continue;
    const auto meant = nearest(text, known);
    section.complain(section.any(key)->items[i].place,
                     section.name_of(key) + " names no operation: \"" +
                         escape_control(shorten(text, kShownBytes)) + '"',
                     meant ? "did you mean " + *meant + "?"
                           : "`dbops operations CONNECTION` lists those of an engine");
  }
}

// Reads on to the end of the section.
void read_rules(Section& section, Access& access) {
  AccessRules rules;
  const auto list = [&](std::string_view key, std::vector<std::string> AccessRules::*member) {
    auto texts = section.texts(key, kAccessPatternsMax);
    if (!texts) return;
    const Place& place = section.any(key)->place;
    // An empty list of what is allowed would allow all.
    if (texts->empty())
      section.complain(place, section.name_of(key) + " is empty",
                       "leave the key out, or deny = [\"*\"] to allow nothing");
    AccessRules alone;
    alone.*member = *texts;
    if (const auto good = Access::make(std::move(alone)); !good)
      section.complain(place, section.name_of(key) + ": " + good.error().message,
                       good.error().hint);
    if (key.ends_with("_operations")) check_operations(section, key, *texts);
    rules.*member = std::move(*texts);
  };
  list("allow", &AccessRules::allow);
  list("deny", &AccessRules::deny);
  list("masks", &AccessRules::masks);
  list("allow_operations", &AccessRules::allow_operations);
  list("deny_operations", &AccessRules::deny_operations);
  if (const auto rows = section.integer("row_cap", 1, kRowCapMax))
    rules.row_cap = static_cast<uint64_t>(*rows);
  section.finish();
  if (auto made = Access::make(std::move(rules))) access = std::move(*made);
}

Restriction read_restriction(const Node& table, std::string label, std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  Restriction restriction;
  restriction.tier = read_tier(section);
  read_rules(section, restriction.access);
  return restriction;
}

}  // namespace

void read_policy(const Node& table, std::string label, Access& access,
                 std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  read_rules(section, access);
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

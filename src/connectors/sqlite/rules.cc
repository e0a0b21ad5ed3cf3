#include "connectors/sqlite/rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::sqlite {
namespace {

// Tables that hold what a virtual table shows, or an index of it.
constexpr std::array<std::string_view, 12> kShadows = {
    "_content", "_segments", "_segdir", "_docsize", "_stat",   "_data",
    "_idx",     "_config",   "_node",   "_rowid",   "_parent", "_vocab"};
// Read the text of a row past the authorizer.
constexpr std::array<std::string_view, 5> kTextFunctions = {"snippet", "highlight", "offsets",
                                                            "matchinfo", "bm25"};
// Show names, definitions, samples or raw pages of any table.
constexpr std::array<std::string_view, 4> kInsights = {"dbstat", "bytecode", "tables_used",
                                                       "completion"};

std::string_view without_shadow(std::string_view table) {
  for (const std::string_view suffix : kShadows)
    if (table.size() > suffix.size() &&
        same_ignoring_case(table.substr(table.size() - suffix.size()), suffix))
      return table.substr(0, table.size() - suffix.size());
  return {};
}

bool shows_others(std::string_view table) {
  const std::string name = lower(table);
  return name.starts_with("sqlite_") || name.starts_with("pragma_") ||
         std::find(kInsights.begin(), kInsights.end(), name) != kInsights.end();
}

bool computes(std::string_view table) {
  return same_ignoring_case(table, "json_each") || same_ignoring_case(table, "json_tree") ||
         same_ignoring_case(table, "generate_series");
}

std::string quoted(std::string_view name) { return '"' + escape_control(name) + '"'; }

}  // namespace

void Rules::set_contents(const std::map<std::string, Reads>& contents) {
  contents_.clear();
  // One may be made of another: looked at until none is found to be stricter.
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, reads] : contents) {
      Reach found = reads ? Reach::allowed : Reach::refused;
      std::string reason;
      if (reads)
        for (const auto& [table, column] : *reads)
          found = std::max(found, read("main", table, column, reason));
      Reach& known = contents_[name];
      changed = changed || found > known;
      known = std::max(known, found);
    }
  }
}

Reach Rules::content_of(std::string_view table) const {
  const auto found = contents_.find(lower(table));
  return found == contents_.end() ? Reach::allowed : found->second;
}

bool Rules::table(std::string_view schema, std::string_view table, std::string& reason) const {
  if (shows_others(table)) {
    reason = "under this connection's policy " + quoted(table) +
             " is not read: explore shows what may be seen";
    return false;
  }
  // What is shadowed goes by the name of the table that it stands for as well.
  const std::string_view owner = without_shadow(table);
  const Access::Case letters = Access::Case::ignored;
  const Reach content = content_of(owner.empty() ? table : owner);
  const bool good = access_.table(schema, table, letters) && content != Reach::refused &&
                    (owner.empty() || (!access_.denied(schema, owner) && !masks(schema, owner) &&
                                       content == Reach::allowed));
  if (!good) reason = "the policy of this connection does not have the table " + quoted(table);
  return good;
}

Reach Rules::read(std::string_view schema, std::string_view name, std::string_view column,
                  std::string& reason) const {
  if (computes(name)) return Reach::allowed;
  if (!table(schema, name, reason)) return Reach::refused;
  if (joining_views_.contains(lower(name))) {
    reason = "the view " + quoted(name) + " joins by USING or NATURAL, and columns are masked";
    return Reach::refused;
  }
  if (!masks(schema, name) && content_of(name) == Reach::allowed) return Reach::allowed;
  if (access_.masked(schema, name, column)) return Reach::masked;
  // The hidden column of a full-text table stands for all its columns.
  if (!same_ignoring_case(column, name)) return Reach::allowed;
  reason = "a search of " + quoted(name) + " would reach its masked columns";
  return Reach::refused;
}

Reach Rules::write(std::string_view schema, std::string_view name, std::string& reason) const {
  return table(schema, name, reason) ? Reach::allowed : Reach::refused;
}

Reach Rules::function(std::string_view name, std::string& reason) const {
  const bool reads =
      std::find(kTextFunctions.begin(), kTextFunctions.end(), lower(name)) != kTextFunctions.end();
  if (!access_.has_masks() || !reads) return Reach::allowed;
  reason = "the function " + escape_control(name) + "() would reach masked columns";
  return Reach::refused;
}

}  // namespace dbops::sqlite

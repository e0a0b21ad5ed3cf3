#include "core/access.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "core/dialect.h"

namespace dbops {
namespace {

constexpr size_t kShownBytes = 80;

// `*` stands for any text. Linear but for repeated stars, whose texts are short.
bool matches(std::string_view pattern, std::string_view text) {
  size_t star = std::string_view::npos;
  size_t at = 0;
  size_t retry = 0;
  size_t i = 0;
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      retry = i;
    } else if (at < pattern.size() && pattern[at] == text[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++retry;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

using Names = std::initializer_list<std::string_view>;

// The pattern's parts against the last of the names.
bool fits(const std::vector<std::string>& parts, Names names, bool ignore_case) {
  const std::string_view* name = names.end() - parts.size();
  return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
    const std::string_view text = *name++;
    return ignore_case ? matches(lower(part), lower(text)) : matches(part, text);
  });
}

bool named(std::span<const std::string> patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

void append_list(std::string& out, std::string_view title, std::span<const std::string> texts) {
  if (texts.empty()) return;
  if (!out.empty()) out += "; ";
  out += title;
  for (const std::string& text : texts)
    out += (&text == texts.data() ? " " : ", ") + escape_control(text);
}

}  // namespace

Result<Access::Patterns> Access::read(std::span<const std::string> texts, size_t parts_min,
                                      size_t parts_max, std::string_view what) {
  if (texts.size() > kAccessPatternsMax)
    return fail(Code::invalid_config, "more than 1000 patterns", "use `*` to name many at once");
  Patterns patterns;
  for (const std::string& text : texts) {
    auto path = parse_path(text);
    if (!path || path->size() < parts_min || path->size() > parts_max)
      return fail(Code::invalid_config, "the pattern \"" +
                                            escape_control(shorten(text, kShownBytes)) +
                                            "\" is not " + std::string(what));
    patterns.push_back({std::move(*path)});
  }
  return patterns;
}

Result<Access> Access::make(AccessRules rules) {
  Access access;
  DBOPS_ASSIGN(access.allow_, read(rules.allow, 1, 2, "TABLE or SCHEMA.TABLE"));
  DBOPS_ASSIGN(access.deny_, read(rules.deny, 1, 2, "TABLE or SCHEMA.TABLE"));
  DBOPS_ASSIGN(access.masks_, read(rules.masks, 2, 3, "TABLE.COLUMN or SCHEMA.TABLE.COLUMN"));
  access.rules_ = std::move(rules);
  return access;
}

bool Access::table(std::string_view schema, std::string_view table, Case letters) const {
  if (denied(schema, table)) return false;
  if (allow_.empty()) return true;
  return std::any_of(allow_.begin(), allow_.end(), [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table}, letters == Case::ignored);
  });
}

bool Access::denied(std::string_view schema, std::string_view table) const {
  return std::any_of(deny_.begin(), deny_.end(), [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table}, true);
  });
}

bool Access::masked(std::string_view schema, std::string_view table,
                    std::string_view column) const {
  return std::any_of(masks_.begin(), masks_.end(), [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table, column}, true);
  });
}

bool Access::has_masks(std::string_view schema, std::string_view table) const {
  return std::any_of(masks_.begin(), masks_.end(), [&](const Pattern& pattern) {
    const std::vector<std::string> parts(pattern.parts.begin(), pattern.parts.end() - 1);
    return fits(parts, {schema, table}, true);
  });
}

bool Access::operation(std::string_view name) const {
  if (named(rules_.deny_operations, name)) return false;
  return rules_.allow_operations.empty() || named(rules_.allow_operations, name);
}

bool Access::unchecked_operation(std::string_view name) const {
  if (!operation(name)) return false;
  return !restricts_data() ||
         std::find(rules_.allow_operations.begin(), rules_.allow_operations.end(), name) !=
             rules_.allow_operations.end();
}

uint64_t Access::capped(uint64_t rows) const {
  if (rules_.row_cap == 0) return rows;
  return rows == 0 ? rules_.row_cap : std::min(rows, rules_.row_cap);
}

std::string Access::describe() const {
  std::string text;
  append_list(text, "only the tables", rules_.allow);
  append_list(text, "never the tables", rules_.deny);
  append_list(text, "masked columns", rules_.masks);
  append_list(text, "only the operations", rules_.allow_operations);
  append_list(text, "never the operations", rules_.deny_operations);
  if (rules_.row_cap != 0)
    text += (text.empty() ? "" : "; ") + std::string("at most ") +
            format_count(static_cast<int64_t>(rules_.row_cap)) + " rows of a result";
  return text;
}

}  // namespace dbops

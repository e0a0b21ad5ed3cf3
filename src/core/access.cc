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
  if (rules == AccessRules()) return access;
  Layer layer;
  DBOPS_ASSIGN(layer.allow, read(rules.allow, 1, 2, "TABLE or SCHEMA.TABLE"));
  DBOPS_ASSIGN(layer.deny, read(rules.deny, 1, 2, "TABLE or SCHEMA.TABLE"));
  DBOPS_ASSIGN(layer.masks, read(rules.masks, 2, 3, "TABLE.COLUMN or SCHEMA.TABLE.COLUMN"));
  layer.rules = std::move(rules);
  access.layers_.push_back(std::move(layer));
  return access;
}

Access Access::with(const Access& other) const {
  Access both = *this;
  both.layers_.insert(both.layers_.end(), other.layers_.begin(), other.layers_.end());
  return both;
}

bool Access::restricts_data() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const Layer& layer) { return layer.restricts_data(); });
}

bool Access::table(std::string_view schema, std::string_view table, Case letters) const {
  if (denied(schema, table)) return false;
  const auto allows = [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table}, letters == Case::ignored);
  };
  return std::all_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
    return layer.allow.empty() || std::any_of(layer.allow.begin(), layer.allow.end(), allows);
  });
}

bool Access::denied(std::string_view schema, std::string_view table) const {
  const auto denies = [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table}, true);
  };
  return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
    return std::any_of(layer.deny.begin(), layer.deny.end(), denies);
  });
}

bool Access::masked(std::string_view schema, std::string_view table,
                    std::string_view column) const {
  const auto masks = [&](const Pattern& pattern) {
    return fits(pattern.parts, {schema, table, column}, true);
  };
  return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
    return std::any_of(layer.masks.begin(), layer.masks.end(), masks);
  });
}

bool Access::has_masks(std::string_view schema, std::string_view table) const {
  const auto masks = [&](const Pattern& pattern) {
    const std::vector<std::string> parts(pattern.parts.begin(), pattern.parts.end() - 1);
    return fits(parts, {schema, table}, true);
  };
  return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
    return std::any_of(layer.masks.begin(), layer.masks.end(), masks);
  });
}

bool Access::has_masks() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const Layer& layer) { return !layer.masks.empty(); });
}

bool Access::names_no_schema_but(std::string_view schema) const {
  const auto good = [&](const Patterns& patterns, size_t parts) {
    return std::all_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
      return pattern.parts.size() < parts || matches(lower(pattern.parts[0]), schema);
    });
  };
  return std::all_of(layers_.begin(), layers_.end(), [&](const Layer& layer) {
    return good(layer.allow, 2) && good(layer.deny, 2) && good(layer.masks, 3);
  });
}

bool Access::Layer::operation(std::string_view name) const {
  if (named(rules.deny_operations, name)) return false;
  return rules.allow_operations.empty() || named(rules.allow_operations, name);
}

bool Access::Layer::unchecked_operation(std::string_view name) const {
  if (!operation(name)) return false;
  return !restricts_data() ||
         std::find(rules.allow_operations.begin(), rules.allow_operations.end(), name) !=
             rules.allow_operations.end();
}

bool Access::operation(std::string_view name) const {
  return std::all_of(layers_.begin(), layers_.end(),
                     [&](const Layer& layer) { return layer.operation(name); });
}

bool Access::unchecked_operation(std::string_view name) const {
  return std::all_of(layers_.begin(), layers_.end(),
                     [&](const Layer& layer) { return layer.unchecked_operation(name); });
}

uint64_t Access::row_cap() const { return capped(0); }

uint64_t Access::capped(uint64_t rows) const {
  for (const Layer& layer : layers_) {
    const uint64_t cap = layer.rules.row_cap;
    if (cap != 0) rows = rows == 0 ? cap : std::min(rows, cap);
  }
  return rows;
}

void Access::Layer::describe(std::string& text) const {
  append_list(text, "only the tables", rules.allow);
  append_list(text, "never the tables", rules.deny);
  append_list(text, "masked columns", rules.masks);
  append_list(text, "only the operations", rules.allow_operations);
  append_list(text, "never the operations", rules.deny_operations);
}

std::string Access::describe() const {
  std::string text;
  for (const Layer& layer : layers_) layer.describe(text);
  if (const uint64_t cap = row_cap(); cap != 0)
    text += (text.empty() ? "" : "; ") + std::string("at most ") +
            format_count(static_cast<int64_t>(cap)) + " rows of a result";
  return text;
}

std::weak_ordering operator<=>(const Access& a, const Access& b) {
  return std::lexicographical_compare_three_way(
      a.layers_.begin(), a.layers_.end(), b.layers_.begin(), b.layers_.end(),
      [](const Access::Layer& x, const Access::Layer& y) -> std::weak_ordering {
        return x.rules <=> y.rules;
      });
}

}  // namespace dbops

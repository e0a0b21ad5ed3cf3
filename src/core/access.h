// What the owner of dbops lets a connection reach, beside its tier: tables, columns, operations,
// rows. Deny wins, and what isn't certain is refused.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops {

// As the configuration gives it. A pattern's parts are joined by '.', and `*` in a part stands for
// any text.
struct AccessRules {
  std::vector<std::string> allow = {};  // "table" in any schema, or "schema.table"; empty: all.
  std::vector<std::string> deny = {};
  std::vector<std::string> masks = {};             // "table.column", or "schema.table.column".
  std::vector<std::string> allow_operations = {};  // Of dbops or the engine; empty: all.
  std::vector<std::string> deny_operations = {};
  uint64_t row_cap = 0;  // rows of one result, over all its pages; 0: none.

  friend auto operator<=>(const AccessRules&, const AccessRules&) = default;  // NOLINT
};

inline constexpr size_t kAccessPatternsMax = 1000;  // in one list

// Immutable. Thread-safe.
class Access {
 public:
  Access() = default;  // Restricts nothing.
  // Code::invalid_config with the pattern that can't be used.
  static Result<Access> make(AccessRules rules);
  // What both allow.
  Access with(const Access& other) const;

  // True where tables or columns are ruled: what can't be checked against the rules is refused.
  bool restricts_data() const;
  bool restricts() const { return !layers_.empty(); }
  // Whether case tells two names apart is the engine's: a denial always ignores it, an allowance
  // only where the engine does.
  enum class Case : uint8_t { counts, ignored };
  bool table(std::string_view schema, std::string_view table, Case letters) const;
  bool denied(std::string_view schema, std::string_view table) const;
  bool masked(std::string_view schema, std::string_view table, std::string_view column) const;
  // Whether any column of the table is masked.
  bool has_masks(std::string_view schema, std::string_view table) const;
  bool has_masks() const;
  // For an engine without schemas: every rule that names one names this.
  bool names_no_schema_but(std::string_view schema) const;

  bool operation(std::string_view name) const;
  // For what reaches data past the rules of tables: allowed by its name alone where there are any.
  bool unchecked_operation(std::string_view name) const;

  // The lesser of a limit and the cap; 0 is no limit.
  uint64_t capped(uint64_t rows) const;
  // rows of one result; 0: none.
  uint64_t row_cap() const;
  // For whoever works under it: "tables: public.*; never: hr.*; ..."; empty where all is allowed.
  std::string describe() const;

  // By the rules: some order, so that it can be a key. (clang-tidy takes the 0 for a pointer.)
  friend std::weak_ordering operator<=>(const Access& a, const Access& b);
  friend bool operator==(const Access& a, const Access& b) { return (a <=> b) == 0; }  // NOLINT

 private:
  struct Pattern {
    std::vector<std::string> parts;
  };
  using Patterns = std::vector<Pattern>;
  static Result<Patterns> read(std::span<const std::string> texts, size_t parts_min,
                               size_t parts_max, std::string_view what);
  // One set of rules. All layers hold.
  struct Layer {
    AccessRules rules;
    Patterns allow;
    Patterns deny;
    Patterns masks;

    bool restricts_data() const {
      return !rules.allow.empty() || !rules.deny.empty() || !rules.masks.empty();
    }
    bool operation(std::string_view name) const;
    bool unchecked_operation(std::string_view name) const;
    void describe(std::string& text) const;
  };
  std::vector<Layer> layers_;
};

}  // namespace dbops

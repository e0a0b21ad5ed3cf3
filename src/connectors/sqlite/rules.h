// The connection's policy, asked of each table and column that SQLite compiles an access to.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access.h"

namespace dbops::sqlite {

// From the freest to the strictest.
enum class Reach : uint8_t { allowed, masked, refused };

class Rules {
 public:
  explicit Rules(Access access) : access_(std::move(access)) {}

  bool restrict() const { return access_.restricts_data(); }
  bool mask() const { return access_.has_masks(); }
  // SQLite asks nobody about the columns that NATURAL and USING compare: under masks no statement
  // may join so, and no view that does may be read.
  void set_joining_views(std::set<std::string> names) { joining_views_ = std::move(names); }
  // Columns that something reads, each with its table; nullopt: that can't be told.
  using Reads = std::optional<std::vector<std::pair<std::string, std::string>>>;
  // What full-text tables, by their names in lower case, keep of others' text: what holds for the
  // others holds for them.
  void set_contents(const std::map<std::string, Reads>& contents);
  // A column of a table that is read; `column` is empty where only rows are counted. `reason` is
  // set with Reach::refused.
  Reach read(std::string_view schema, std::string_view table, std::string_view column,
             std::string& reason) const;
  // A table that is written to.
  Reach write(std::string_view schema, std::string_view table, std::string& reason) const;
  Reach function(std::string_view name, std::string& reason) const;

 private:
  bool table(std::string_view schema, std::string_view table, std::string& reason) const;
  bool masks(std::string_view schema, std::string_view table) const {
    return access_.has_masks(schema, table);
  }
  Reach content_of(std::string_view table) const;
  const Access access_;
  std::set<std::string> joining_views_;    // Lower case.
  std::map<std::string, Reach> contents_;  // By the full-text table's name, in lower case.
};

}  // namespace dbops::sqlite

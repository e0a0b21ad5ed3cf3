// The connection's policy, asked of each table and column that SQLite compiles an access to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/access.h"

namespace dbops::sqlite {

enum class Reach : uint8_t { allowed, masked, refused };

class Rules {
 public:
  explicit Rules(Access access) : access_(std::move(access)) {}

  bool restrict() const { return access_.restricts_data(); }
  bool mask() const { return access_.has_masks(); }
  // SQLite asks nobody about the columns that NATURAL and USING compare: under masks no statement
  // may join so, and no view that does may be read.
  void set_joining_views(std::set<std::string> names) { joining_views_ = std::move(names); }
  // Full-text tables that keep an index of another table's text, each with that table: what holds
  // for the other one's holds for its index.
  void set_contents(std::map<std::string, std::string> contents) {
    contents_ = std::move(contents);
  }
  bool masks(std::string_view schema, std::string_view table) const {
    return access_.has_masks(schema, table);
  }
  // A column of a table that is read; `column` is empty where only rows are counted. `reason` is
  // set with Reach::refused.
  Reach read(std::string_view schema, std::string_view table, std::string_view column,
             std::string& reason) const;
  // A table that is written to.
  Reach write(std::string_view schema, std::string_view table, std::string& reason) const;
  Reach function(std::string_view name, std::string& reason) const;

 private:
  bool table(std::string_view schema, std::string_view table, std::string& reason) const;
  std::string_view content_of(std::string_view table) const;
  const Access access_;
  std::set<std::string> joining_views_;          // Lower case.
  std::map<std::string, std::string> contents_;  // By the index's name, in lower case.
};

}  // namespace dbops::sqlite

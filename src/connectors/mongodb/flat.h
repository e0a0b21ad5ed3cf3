#pragma once

#include <span>
#include <string>
#include <unordered_map>

#include "base/stream.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// A column for each field, those of documents within as "address.city"; arrays stay whole. The
// columns are those of the documents that were looked at before the first row; what later ones have
// beside them stands in a last column, "others", so that nothing is lost.
class Flat {
 public:
  static constexpr size_t kColumnsMax = 500;  // More fields than this stand in "others".
  static constexpr size_t kDepthMax = 8;      // Documents within are taken apart so deep.

  void look_at(const bson_t& document);
  // `complete`: no other documents will follow. Fixes the columns.
  Schema schema(bool complete);
  // REQUIRES: schema() was called; row.size() is its size.
  Result<void> fill(Batch& batch, std::span<Value> row, const bson_t& document, bool canonical);

 private:
  struct Field {
    std::string type;  // As $type names it; empty where it differs.
    Kind kind = Kind::null;
    size_t seen = 0;
  };
  void look_within(const bson_t& document, const std::string& prefix, size_t depth);
  Result<void> fill_within(Batch& batch, std::span<Value> row, const bson_t& document,
                           const std::string& prefix, size_t depth, bool canonical);

  std::vector<std::string> names_;  // In the order they were met.
  std::vector<Field> fields_;
  std::unordered_map<std::string, size_t> index_;
  bool overflow_ = false;
  bool has_others_ = false;
  std::string others_;
};

}  // namespace dbops::mongodb

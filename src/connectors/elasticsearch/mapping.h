#pragma once

#include <string>
#include <vector>

#include "core/catalog.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

struct Field {
  std::string name;        // With the objects around it: "address.city".
  std::string type;        // "keyword", "nested", "keyword | long" where indices differ.
  std::string note;        // "analyzer english", "not indexed" ...
  int64_t dimensions = 0;  // Of vectors; 0: none are said.
};

// The fields of GET /x/_mapping, of one index or several: sub-fields and runtime fields as well,
// sorted by their names' order in the mappings.
std::vector<Field> fields_of(const JsonView& mappings);
// The same of one index: what stands behind its name there.
std::vector<Field> fields_of_one(const JsonView& index);

}  // namespace dbops::elasticsearch

#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/sample.h"

namespace dbops::mongodb {

struct Mismatch {
  std::string field;
  std::string text;  // "the validator wants string; 3% are int"
};

// Where a sample's documents are not as the collection's validator has them: documents that stood
// there before, or that were let in by validationAction "warn". Looks at $jsonSchema: required,
// bsonType, additionalProperties and properties, within documents too; not at items of arrays.
std::vector<Mismatch> compare_with_validator(const bson_t& validator, const Sample& sample);

}  // namespace dbops::mongodb

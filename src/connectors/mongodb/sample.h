// The schema of a collection, as a sample of its documents shows it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/mongodb/link.h"

namespace dbops::mongodb {

inline constexpr size_t kSampledDocuments = 200;
inline constexpr size_t kSampledFields = 500;  // No more are told apart.

struct SampledField {
  std::string name;                                  // "address.city", "items[].price"
  size_t documents = 0;                              // that have it
  std::map<std::string, size_t, std::less<>> types;  // values of each, in arrays each item
  bool nullable() const { return types.contains("null"); }
  // "string 97%, null 3%": the most frequent first.
  std::string describe_types() const;
};

struct Sample {
  size_t documents = 0;
  std::vector<SampledField> fields;  // In the order they were met.
  bool truncated = false;            // There are more fields.
};

// By $sample, and where the server lacks that, the first ones.
Result<Sample> take_sample(const Context& context, Link& link, const std::string& database,
                           const std::string& collection);

// Counts the fields of one document in.
void add_to_sample(Sample& sample, const bson_t& document);

}  // namespace dbops::mongodb

// The schema of a collection, as a sample of its documents shows it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/mongodb/link.h"

namespace dbops::mongodb {

inline constexpr size_t kSampledDocuments = 200;
inline constexpr size_t kSampledFields = 500;  // No more are told apart.
inline constexpr size_t kSampledValues = 20;   // different ones of a field that are kept
inline constexpr size_t kValueBytesMax = 64;   // of one that is kept, as JSON

// The least and the greatest of values of one kind, and as they are shown.
struct Range {
  double least = 0;
  double greatest = 0;
  std::string least_text = {};
  std::string greatest_text = {};
};

struct SampledField {
  std::string name;                                       // "address.city", "items[].price"
  size_t documents = 0;                                   // that have it
  std::map<std::string, size_t, std::less<>> types = {};  // values of each, in arrays each item
  std::vector<std::string> values = {};  // The first different ones, relaxed Extended JSON.
  std::optional<Range> numbers = {};     // NaN is none of them.
  std::optional<Range> dates = {};
  std::optional<Range> items = {};  // How many the arrays have.

  size_t count() const;  // values
  bool nullable() const { return types.contains("null"); }
  // "string 97%, null 3%": the most frequent first.
  std::string describe_types() const;
  // "1979 to 1999; such as \"Alien\", \"Brazil\""; empty where there is nothing to say.
  std::string describe_values() const;
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

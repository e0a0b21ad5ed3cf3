// Which fields of a collection seem to hold the _id of documents of another: by their names, and by
// whether such documents are there. MongoDB keeps no references itself.
#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/sample.h"

namespace dbops::mongodb {

inline constexpr size_t kReferencesMax = 20;  // fields of one collection that are looked at

struct Candidate {
  std::string field;                // "customer_id", "lines[].product"
  std::string collection;           // "customers"
  std::vector<std::string> values;  // Of the sample, as Extended JSON.
};

// The fields that are named like one of the collections.
std::vector<Candidate> reference_candidates(const Sample& sample,
                                            const std::vector<std::string>& collections);

// How many of its values are an _id there.
Result<size_t> count_present(const Context& context, Link& link, const std::string& database,
                             const Candidate& candidate);

}  // namespace dbops::mongodb

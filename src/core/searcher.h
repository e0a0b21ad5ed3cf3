// Search by text or vector, in words that fit every engine.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/stream.h"
#include "core/parameters.h"

namespace dbops {

inline constexpr size_t kSearchTextBytesMax = 16u << 10;  // bytes of a text that is searched for
inline constexpr size_t kSearchDimensionsMax = 16'384;    // numbers of a vector
inline constexpr size_t kSearchConditionsMax = 100;       // conditions, and values of an `in`

// What a hit must fulfil beside the search itself. All of a list hold.
struct SearchCondition {
  enum class Test : uint8_t { equal, unequal, less, at_most, greater, at_least, one_of };
  std::string field;
  Test test = Test::equal;
  Parameters values;  // One; of one_of any number. A null is equal to nothing but null.
};

struct SearchRequest {
  std::vector<std::string> path;         // A table, collection, index.
  std::string text = {};                 // In a person's words, quotes and - included; empty: none.
  std::vector<float> vector = {};        // Empty: none.
  std::vector<std::string> fields = {};  // Where to look; empty: what the engine has an index for.
  std::vector<SearchCondition> conditions = {};
  uint64_t limit = 10;  // hits
};

// Capability: search.
class Searcher {
 public:
  virtual ~Searcher() = default;
  // The hits, best first, in three columns: `id` (what finds the item again: its key, or a JSON
  // object of several), `score` (real; higher is better, comparable within one answer only),
  // `document` (Kind::json: one object of all that may be seen of the item). The summary's warnings
  // say what the search cost or left out: a scan for want of an index. At least one of text and
  // vector is given; Code::unsupported for the one, or both, that this engine or target can't do.
  // Code::not_found for the path or a field, with the nearest name. The stream borrows the session,
  // and reads alone: the engine is told so.
  virtual Result<std::unique_ptr<Stream>> search(const Context& context,
                                                 const SearchRequest& request) = 0;
};

// A part of a text that is searched for.
struct SearchWord {
  std::string text;
  bool wanted = true;   // Behind a - it must not be there.
  bool phrase = false;  // Stood in quotes.
};
// The words of a text, and what stands in quotes; without those that are empty.
std::vector<SearchWord> search_words(std::string_view text);
// The same where at least one must be there; else Code::invalid_argument.
Result<std::vector<SearchWord>> wanted_words(std::string_view text);

// The columns of a Searcher's answer.
Schema search_schema();

// Conditions as callers write them: {"field": value} for equality, {"field": {"gte": 1, "lt": 9}}
// with eq, ne, lt, lte, gt, gte, in. Code::invalid_argument with what is wrong.
Result<std::vector<SearchCondition>> read_conditions(const boost::json::object& filter);

}  // namespace dbops

#include "connectors/mongodb/guarded.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/json.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

using std::string_view;

constexpr size_t kKeysMax = 6;    // of an index that is advised
constexpr size_t kDepthMax = 8;   // of $and within $and
constexpr size_t kStagesMax = 8;  // at a pipeline's beginning

// The first field of a document; false for an empty one.
bool first_of(const bson_t& document, bson_iter_t& first) {
  return bson_iter_init(&first, &document) && bson_iter_next(&first);
}

// What a value of a filter does with its field.
enum class Compares : uint8_t { equal, range, other };
Compares how(const bson_iter_t& condition) {
  constexpr auto kEqual = std::to_array<string_view>({"$eq", "$in"});
  constexpr auto kRange = std::to_array<string_view>({"$gt", "$gte", "$lt", "$lte"});
  bson_t tests;
  bson_iter_t test;
  if (BSON_ITER_HOLDS_REGEX(&condition)) return Compares::other;
  if (!BSON_ITER_HOLDS_DOCUMENT(&condition) || !view_document(condition, tests) ||
      !first_of(tests, test) || !key_of(test).starts_with('$'))
    return Compares::equal;
  bool equal = false;
  bool range = false;
  for_each_field(tests, [&](const bson_iter_t& each) {
    const string_view name = key_of(each);
    equal = equal || std::find(kEqual.begin(), kEqual.end(), name) != kEqual.end();
    range = range || std::find(kRange.begin(), kRange.end(), name) != kRange.end();
  });
  return equal ? Compares::equal : range ? Compares::range : Compares::other;
}

struct Key {
  std::string name;
  int direction = 1;
};

// What a command compares and orders by.
struct Wanted {
  std::vector<Key> equal;
  std::vector<Key> order;
  std::vector<Key> range;

  void look_at_filter(const bson_iter_t& filter, size_t depth = 0) {
    if (depth > kDepthMax) return;
    for_each_within(filter, [&](const bson_iter_t& field) {
      const string_view name = key_of(field);
      if (name == "$and")
        for_each_within(field, [&](const bson_iter_t& each) { look_at_filter(each, depth + 1); });
      if (name.starts_with('$')) return;
      const Compares compares = how(field);
      if (compares == Compares::equal) equal.push_back({std::string(name)});
      if (compares == Compares::range) range.push_back({std::string(name)});
    });
  }
  void look_at_order(const bson_iter_t& sort) {
    for_each_within(sort, [&](const bson_iter_t& field) {
      const auto direction = number_of(field);
      if (direction && !key_of(field).starts_with('$'))
        order.push_back({std::string(key_of(field)), *direction < 0 ? -1 : 1});
    });
  }
  // In the order of an index, each once.
  std::vector<Key> keys() const {
    std::vector<Key> all;
    for (const auto* part : {&equal, &order, &range})
      for (const Key& key : *part)
        if (all.size() < kKeysMax && std::none_of(all.begin(), all.end(), [&](const Key& each) {
              return each.name == key.name;
            }))
          all.push_back(key);
    return all;
  }
};

Wanted wanted_by(const bson_t& command) {
  Wanted wanted;
  bson_iter_t found;
  for (const char* name : {"filter", "query"})
    if (find_field(command, name, found)) wanted.look_at_filter(found);
  if (find_field(command, "sort", found)) wanted.look_at_order(found);
  if (!find_field(command, "pipeline", found)) return wanted;
  size_t stages = 0;
  bool begins = true;  // Only what stands before other stages can use an index.
  for_each_within(found, [&](const bson_iter_t& stage) {
    bson_t document;
    bson_iter_t name;
    begins = begins && stages++ < kStagesMax && view_document(stage, document) &&
             first_of(document, name);
    if (!begins) return;
    if (key_of(name) == "$match")
      wanted.look_at_filter(name);
    else if (key_of(name) == "$sort")
      wanted.look_at_order(name);
    else
      begins = false;
  });
  return wanted;
}

bool is_empty(const bson_t& command, const char* name) {
  bson_iter_t found;
  bson_t inner;
  return !find_field(command, name, found) || (view_document(found, inner) && bson_empty(&inner));
}

bool finds_by_id(const bson_t& command, const char* filter) {
  bson_iter_t found;
  bson_iter_t id;
  bson_iter_t other;
  bson_t document;
  return find_field(command, filter, found) && view_document(found, document) &&
         bson_iter_init_find(&id, &document, "_id") && how(id) == Compares::equal &&
         !find_field(command, "collation", other);
}

// Stages at the beginning that do not read their collection, or end after some of it.
bool begins_little(const bson_t& command) {
  constexpr auto kLittle = std::to_array<string_view>(
      {"$changeStream", "$collStats", "$documents", "$indexStats", "$limit", "$listSearchIndexes",
       "$search", "$searchMeta", "$vectorSearch"});
  bson_iter_t first;
  bson_iter_t stage;
  bson_t document;
  if (!find_field(command, "aggregate", first) || !BSON_ITER_HOLDS_UTF8(&first)) return true;
  return find_field(command, "pipeline.0", stage) && view_document(stage, document) &&
         first_of(document, first) &&
         std::find(kLittle.begin(), kLittle.end(), key_of(first)) != kLittle.end();
}

}  // namespace

bool reads_little(const bson_t& command) {
  bson_iter_t first;
  if (!first_of(command, first)) return true;
  const string_view verb = key_of(first);
  if (verb == "aggregate") return begins_little(command);
  if (verb == "count" && is_empty(command, "query")) return true;
  if (verb == "distinct") return finds_by_id(command, "query");
  const bool ends = integer_at(command, "limit").value_or(0) != 0;
  return finds_by_id(command, "filter") ||
         (ends && is_empty(command, "filter") && is_empty(command, "sort"));
}

std::string index_for(const bson_t& command) {
  const std::vector<Key> keys = wanted_by(command).keys();
  if (keys.empty()) return {};
  std::string text = "{";
  for (const Key& key : keys)
    text += (text.size() > 1 ? ", " : "") + quoted(key.name) + ": " + std::to_string(key.direction);
  return text + "}";
}

bool serves(const bson_t& index, const bson_t& command) {
  bson_iter_t found;
  bson_iter_t first;
  bson_t keys;
  if (!find_field(index, "key", found) || !view_document(found, keys) || !first_of(keys, first) ||
      find_field(index, "partialFilterExpression", found) || true_at(index, "sparse"))
    return false;
  const Wanted wanted = wanted_by(command);
  const auto begins = [&](const std::vector<Key>& part) {
    return std::any_of(part.begin(), part.end(),
                       [&](const Key& each) { return each.name == key_of(first); });
  };
  return begins(wanted.equal) || begins(wanted.range);
}

}  // namespace dbops::mongodb

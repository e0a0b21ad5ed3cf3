#include "connectors/mongodb/indexes.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kIndexesMax = 1000;  // of one collection; the server's bound is 64

// "year desc", "title text", "place 2dsphere".
std::vector<std::string> read_keys(const bson_t& index) {
  std::vector<std::string> keys;
  bson_iter_t found;
  bson_iter_t key;
  if (!find_field(index, "key", found) || !bson_iter_recurse(&found, &key)) return keys;
  while (bson_iter_next(&key)) {
    std::string text = escape_control(key_of(key));
    const auto direction = number_of(key);
    if (direction && *direction < 0) text += " desc";
    if (!direction) text += " " + escape_control(text_of(key));
    keys.push_back(std::move(text));
  }
  return keys;
}

// What is special to it.
std::string read_method(const bson_t& index) {
  std::string method = "btree";
  if (true_at(index, "sparse")) method += ", sparse";
  if (true_at(index, "hidden")) method += ", hidden";
  if (const auto seconds = integer_at(index, "expireAfterSeconds"))
    method += ", documents expire after " + std::to_string(*seconds) + " s";
  if (const std::string fields = shown_json(index, "wildcardProjection"); !fields.empty())
    method += ", of " + fields;
  if (const std::string collation = shown_json(index, "collation"); !collation.empty())
    method += ", collation " + collation;
  return method;
}

std::string turned(const std::string& key) {
  constexpr std::string_view kDescends = " desc";
  return key.ends_with(kDescends) ? key.substr(0, key.size() - kDescends.size())
                                  : key + std::string(kDescends);
}

// Whether the first keys of `other` are those of `index`, all in the same direction or all in the
// other one.
bool begins_with(const IndexInfo& other, const IndexInfo& index) {
  if (other.columns.size() < index.columns.size()) return false;
  bool same = true;
  bool opposite = true;
  for (size_t i = 0; i < index.columns.size(); ++i) {
    same = same && other.columns[i] == index.columns[i];
    opposite = opposite && other.columns[i] == turned(index.columns[i]);
  }
  return same || opposite;
}

bool is_plain(const IndexInfo& index) {
  return !index.primary && !index.unique && index.method == "btree" &&
         std::none_of(index.columns.begin(), index.columns.end(),
                      [](const std::string& key) { return key.find("$**") != std::string::npos; });
}

}  // namespace

std::vector<Redundant> redundant_indexes(const std::vector<IndexInfo>& indexes) {
  std::vector<Redundant> found;
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (!is_plain(indexes[i])) continue;
    const IndexInfo* by = nullptr;
    for (size_t other = 0; other < indexes.size(); ++other) {
      const bool stands_in = other != i && indexes[other].method == "btree" &&
                             indexes[other].condition == indexes[i].condition &&
                             begins_with(indexes[other], indexes[i]);
      // Of two with as many keys the first stays, unless the other is more than plain.
      const bool twin = indexes[other].columns.size() == indexes[i].columns.size();
      if (!stands_in || (twin && other > i && is_plain(indexes[other]))) continue;
      if (by == nullptr || indexes[other].columns.size() > by->columns.size()) by = &indexes[other];
    }
    if (by != nullptr) found.push_back({indexes[i].name, by->name});
  }
  return found;
}

std::string progress_of(const bson_t& operation) {
  std::string text = escape_control(text_at(operation, "msg"));
  const auto done = number_at(operation, "progress.done");
  const auto total = number_at(operation, "progress.total");
  if (done && total && *total > 0)
    text += (text.empty() ? "" : ": ") +
            std::to_string(static_cast<int>(std::clamp(100 * *done / *total, 0.0, 100.0))) + "%";
  return text;
}

Result<std::vector<IndexInfo>> read_indexes(const Context& context, Link& link,
                                            const std::string& database,
                                            const std::string& collection) {
  std::vector<IndexInfo> indexes;
  const std::string name = quoted(collection);
  DBOPS_TRY(ask_each(context, link, database, R"({"listIndexes": )" + name + R"(, "cursor": {}})",
                     kIndexesMax, [&](const bson_t& index) {
                       IndexInfo& info = indexes.emplace_back();
                       info.name = text_at(index, "name");
                       info.columns = read_keys(index);
                       info.primary = info.name == "_id_";
                       info.unique = info.primary || true_at(index, "unique");
                       info.method = read_method(index);
                       info.condition = shown_json(index, "partialFilterExpression");
                     }));
  const auto stats = ask(context, link, database, R"({"collStats": )" + name + "}");
  bson_iter_t sizes;
  bson_iter_t size;
  if (stats && find_field(**stats, "indexSizes", sizes) && bson_iter_recurse(&sizes, &size))
    while (bson_iter_next(&size))
      for (IndexInfo& info : indexes)
        if (info.name == key_of(size)) info.bytes = bson_iter_as_int64(&size);
  return indexes;
}

}  // namespace dbops::mongodb

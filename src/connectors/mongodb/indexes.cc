#include "connectors/mongodb/indexes.h"

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
  if (const std::string collation = shown_json(index, "collation"); !collation.empty())
    method += ", collation " + collation;
  return method;
}

}  // namespace

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

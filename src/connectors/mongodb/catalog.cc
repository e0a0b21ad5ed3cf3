#include "connectors/mongodb/catalog.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/indexes.h"
#include "connectors/mongodb/options.h"
#include "connectors/mongodb/references.h"
#include "connectors/mongodb/sample.h"
#include "connectors/mongodb/sharding.h"
#include "connectors/mongodb/validator.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kNamesMax = 10'000;  // databases, or collections of one

Item make_item(std::string kind, std::vector<std::string> path) {
  Item item;
  item.kind = std::move(kind);
  item.path = std::move(path);
  return item;
}

// Where the text can't be written as a name of a database, the server would say so in other words.
bool is_system(std::string_view collection) { return collection.starts_with("system."); }

// What the sample shows of it beside its type.
std::string comment_of(const SampledField& field, size_t documents) {
  std::string text;
  if (field.name.find("[]") == std::string::npos && field.documents != documents)
    text = "in " + std::to_string(std::max<size_t>(100 * field.documents / documents, 1)) +
           "% of the sampled documents";
  const std::string values = field.describe_values();
  return text + (text.empty() || values.empty() ? "" : "; ") + values;
}

Catalog::Listing page_of(std::vector<Item> all, const Catalog::Search& search) {
  const size_t begin = std::min(search.offset, all.size());
  const size_t end = begin + std::min(search.limit, all.size() - begin);
  Catalog::Listing listing{.items = {}, .truncated = end < all.size()};
  std::move(all.begin() + static_cast<std::ptrdiff_t>(begin),
            all.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(listing.items));
  return listing;
}

}  // namespace

Result<std::vector<Item>> MongoCatalog::databases(const Context& context) {
  DBOPS_ASSIGN(const Bson reply,
               ask(context, link_, "admin", R"({"listDatabases": 1, "nameOnly": false})"));
  std::vector<Item> items;
  bson_iter_t found;
  bson_iter_t each;
  if (find_field(*reply, "databases", found) && bson_iter_recurse(&found, &each))
    while (bson_iter_next(&each) && items.size() < kNamesMax) {
      bson_t database;
      if (!view_document(each, database)) continue;
      Item& item = items.emplace_back(make_item("database", {text_at(database, "name")}));
      item.bytes = integer_at(database, "sizeOnDisk");
    }
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return a.path < b.path; });
  return items;
}

Result<std::vector<Item>> MongoCatalog::collections(const Context& context,
                                                    const std::string& database) {
  std::vector<Item> items;
  DBOPS_ASSIGN(const auto keys, shard_keys(context, link_, database));
  DBOPS_TRY(
      ask_each(context, link_, database, R"({"listCollections": 1, "cursor": {}})", kNamesMax,
               [&](const bson_t& info) {
                 const std::string name = text_at(info, "name");
                 if (is_system(name)) return;
                 const std::string type = text_at(info, "type");
                 items.push_back(make_item(type.empty() ? "collection" : type, {database, name}));
                 if (const auto key = keys.find(name); key != keys.end())
                   items.back().comment = "sharded by " + key->second;
               }));
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return a.path < b.path; });
  return items;
}

// Fields, then indexes.
Result<std::vector<Item>> MongoCatalog::members(const Context& context,
                                                const std::vector<std::string>& path) {
  DBOPS_ASSIGN(const Description found, describe_collection(context, path));
  std::vector<Item> items;
  const auto add = [&](std::string kind, const std::string& name, std::string signature) -> Item& {
    std::vector<std::string> below = path;
    below.push_back(name);
    items.push_back(make_item(std::move(kind), std::move(below)));
    items.back().signature = std::move(signature);
    return items.back();
  };
  for (const ColumnInfo& column : found.columns)
    add("field", column.name, column.type).comment = column.comment;
  for (const IndexInfo& index : found.indexes) {
    std::string keys;
    for (const std::string& each : index.columns) keys += (keys.empty() ? "" : ", ") + each;
    add("index", index.name, (index.unique ? "unique (" : "(") + keys + ")");
  }
  return items;
}

// As the server estimates it; nothing where it doesn't.
void MongoCatalog::measure(const Context& context, Item& item) {
  if (item.kind != "collection") return;
  const auto stats =
      ask(context, link_, item.path[0], R"({"collStats": )" + quoted(item.path[1]) + "}");
  if (!stats) return;
  item.rows = integer_at(**stats, "count");
  item.bytes = integer_at(**stats, "totalSize");
}

Result<Catalog::Listing> MongoCatalog::list(const Context& context,
                                            const std::vector<std::string>& path,
                                            const Search& search) {
  std::vector<Item> all;
  if (path.size() > 2) return missing(context, path);
  if (path.size() == 2) {
    DBOPS_ASSIGN(all, members(context, path));
  } else if (path.size() == 1) {
    DBOPS_ASSIGN(all, collections(context, path[0]));
    if (all.empty()) DBOPS_TRY(describe_database(context, path[0]));
  } else {
    DBOPS_ASSIGN(all, databases(context));
    if (!search.pattern.empty()) {
      std::vector<Item> below;
      for (const Item& database : all) {
        DBOPS_ASSIGN(std::vector<Item> names, collections(context, database.path[0]));
        std::move(names.begin(), names.end(), std::back_inserter(below));
      }
      std::move(below.begin(), below.end(), std::back_inserter(all));
    }
  }
  if (!search.pattern.empty())
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Item& each) {
                               return !matches_name(each.path.back(), search.pattern);
                             }),
              all.end());
  Listing listing = page_of(std::move(all), search);
  for (Item& item : listing.items) measure(context, item);
  DBOPS_TRY(context.alive());
  return listing;
}

Result<std::vector<Description>> MongoCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  std::vector<Description> all;
  for (const auto& path : paths) {
    if (path.empty() || path.size() > 2) return missing(context, path);
    DBOPS_ASSIGN(Description one, path.size() == 1 ? describe_database(context, path[0])
                                                   : describe_collection(context, path));
    all.push_back(std::move(one));
  }
  return all;
}

Result<Description> MongoCatalog::describe_database(const Context& context,
                                                    const std::string& database) {
  DBOPS_ASSIGN(const std::vector<Item> known, databases(context));
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const Item& each) { return each.path[0] == database; });
  if (same == known.end()) return missing(context, {database});
  Description found;
  found.item = *same;
  DBOPS_ASSIGN(const Bson stats, ask(context, link_, database, R"({"dbStats": 1})"));
  for (const char* count : {"collections", "views", "objects", "indexes"})
    if (const auto value = integer_at(*stats, count))
      add_property(found, count, format_count(*value));
  for (const char* bytes : {"dataSize", "storageSize", "indexSize"})
    if (const auto value = number_at(*stats, bytes); value && *value >= 0)
      add_property(found, bytes, format_bytes(static_cast<uint64_t>(*value)));
  return found;
}

Result<Description> MongoCatalog::describe_collection(const Context& context,
                                                      const std::vector<std::string>& path) {
  Description found;
  Bson validator;
  bool there = false;
  DBOPS_TRY(ask_each(
      context, link_, path[0],
      R"({"listCollections": 1, "cursor": {}, "filter": {"name": )" + quoted(path[1]) + "}}", 1,
      [&](const bson_t& info) {
        there = true;
        const std::string type = text_at(info, "type");
        found.item = make_item(type.empty() ? "collection" : type, path);
        add_options(info, found);
        bson_iter_t options;
        bson_t document;
        if (find_field(info, "options.validator", options) && view_document(options, document))
          validator = Bson::copy_of(document);
      }));
  if (!there) return missing(context, path);
  measure(context, found.item);
  DBOPS_TRY(describe_sharding(context, link_, path[0], path[1], found));
  DBOPS_ASSIGN(const Sample sample, take_sample(context, link_, path[0], path[1]));
  for (const SampledField& field : sample.fields) {
    ColumnInfo column;
    column.name = field.name;
    column.type = field.describe_types();
    column.nullable = field.nullable() || field.documents < sample.documents;
    column.comment = comment_of(field, sample.documents);
    found.columns.push_back(std::move(column));
  }
  add_property(found, "sampled documents", std::to_string(sample.documents));
  if (sample.truncated)
    add_property(found, "fields", "more than the " + std::to_string(kSampledFields) + " shown");
  for (const Mismatch& each : compare_with_validator(*validator, sample))
    found.features.push_back({"mismatch", each.field, each.text});
  DBOPS_TRY(add_references(context, path, sample, found));
  if (found.item.kind != "view") {
    found.primary_key = {"_id"};
    DBOPS_ASSIGN(found.indexes, read_indexes(context, link_, path[0], path[1]));
  }
  return found;
}

Result<void> MongoCatalog::add_references(const Context& context,
                                          const std::vector<std::string>& path,
                                          const Sample& sample, Description& found) {
  DBOPS_ASSIGN(const std::vector<Item> others, collections(context, path[0]));
  std::vector<std::string> names;
  for (const Item& item : others)
    if (item.kind == "collection") names.push_back(item.path[1]);
  for (const Candidate& each : reference_candidates(sample, names)) {
    DBOPS_ASSIGN(const size_t present, count_present(context, link_, path[0], each));
    if (present > 0)
      found.features.push_back(
          {"reference", each.field,
           escape_control(each.collection) + "._id: " + std::to_string(present) + " of " +
               std::to_string(each.values.size()) + " sampled values are there"});
  }
  return {};
}

tl::unexpected<Error> MongoCatalog::missing(const Context& context,
                                            const std::vector<std::string>& path) {
  std::string shown;
  for (const std::string& part : path)
    shown += (shown.empty() ? "" : ".") + escape_control(shorten(part, 80));
  Error error{.code = Code::not_found, .message = "there is no \"" + shown + '"'};
  auto known = path.size() == 1   ? databases(context)
               : path.size() == 2 ? collections(context, path[0])
                                  : Result<std::vector<Item>>(std::vector<Item>());
  if (!known) return fail(std::move(known).error());
  std::vector<std::string> names;
  for (const Item& item : *known) names.push_back(item.path.back());
  const auto near = path.empty() ? std::nullopt : nearest(path.back(), names);
  error.hint = near ? "did you mean \"" + escape_control(*near) + "\"?"
                    : "explore without a path shows the databases that there are";
  return fail(std::move(error));
}

}  // namespace dbops::mongodb

#include "connectors/mongodb/classify.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/meant.h"

namespace dbops::mongodb {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 64;  // of a name in a message

// Missing on purpose: currentOp, getLog, top and profile (they show what others do), getParameter
// and getCmdLineOpts (they may show secrets), validate and dbHash (they stop writers), usersInfo.
constexpr auto kReads = std::to_array<string_view>({
    "aggregate",    "buildInfo",     "buildinfo",   "collStats", "connectionStatus",
    "count",        "dataSize",      "dbStats",     "distinct",  "explain",
    "find",         "hello",         "isMaster",    "ismaster",  "listCollections",
    "listCommands", "listDatabases", "listIndexes", "ping",      "replSetGetStatus",
    "serverStatus",
});
constexpr auto kWrites = std::to_array<string_view>({
    "bulkWrite",
    "collMod",
    "convertToCapped",
    "create",
    "createIndexes",
    "createSearchIndexes",
    "delete",
    "drop",
    "dropIndexes",
    "dropSearchIndex",
    "findAndModify",
    "findandmodify",
    "insert",
    "renameCollection",
    "update",
    "updateSearchIndex",
});
// What a transaction takes. Others have it too, but only where a collection is new.
constexpr auto kTransactional = std::to_array<string_view>({
    "aggregate",
    "bulkWrite",
    "delete",
    "distinct",
    "find",
    "findAndModify",
    "findandmodify",
    "insert",
    "update",
});
// They speak for the link itself: its user, its session, its cursors.
constexpr auto kLink = std::to_array<string_view>({
    "abortTransaction",
    "authenticate",
    "commitTransaction",
    "endSessions",
    "getMore",
    "killCursors",
    "logout",
    "refreshSessions",
    "saslContinue",
    "saslStart",
    "startSession",
});
constexpr auto kLinkFields = std::to_array<string_view>(
    {"$clusterTime", "$readPreference", "autocommit", "lsid", "startTransaction", "txnNumber"});

// Stages of a pipeline that only read. Missing on purpose: $currentOp, $listSessions,
// $listLocalSessions, $planCacheStats and $queryStats (they show what others do).
constexpr auto kStages = std::to_array<string_view>({
    "$addFields",
    "$bucket",
    "$bucketAuto",
    "$changeStream",
    "$changeStreamSplitLargeEvent",
    "$collStats",
    "$count",
    "$densify",
    "$documents",
    "$facet",
    "$fill",
    "$geoNear",
    "$graphLookup",
    "$group",
    "$indexStats",
    "$limit",
    "$listSearchIndexes",
    "$lookup",
    "$match",
    "$project",
    "$rankFusion",
    "$redact",
    "$replaceRoot",
    "$replaceWith",
    "$sample",
    "$scoreFusion",
    "$search",
    "$searchMeta",
    "$set",
    "$setWindowFields",
    "$skip",
    "$sort",
    "$sortByCount",
    "$unionWith",
    "$unset",
    "$unwind",
    "$vectorSearch",
});
constexpr auto kWritingStages = std::to_array<string_view>({"$merge", "$out"});
constexpr auto kScripts = std::to_array<string_view>({"$accumulator", "$function", "$where"});

template <size_t kSize>
bool has(const std::array<string_view, kSize>& table, string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

std::string shown(string_view name) { return escape_control(shorten(name, kShownBytes)); }

void need(Class& found, Tier tier, std::string reason) {
  if (found.tier >= tier && !found.reason.empty()) return;
  found.tier = std::max(found.tier, tier);
  found.reason = std::move(reason);
}

// Looks at stages one by one: an unknown one needs admin.
void look_at_pipeline(const bson_iter_t& pipeline, Class& found) {
  for_each_within(pipeline, [&](const bson_iter_t& stage) {
    for_each_within(stage, [&](const bson_iter_t& name) {
      const string_view stage_name = key_of(name);
      if (has(kStages, stage_name) || has(kWritingStages, stage_name)) return;
      need(found, Tier::admin, "the stage " + shown(stage_name) + " is not known to only read");
    });
  });
}

// What stands anywhere below, however deep.
void look_within(const bson_iter_t& field, Class& found) {
  const string_view key = key_of(field);
  const bson_type_t type = bson_iter_type(&field);
  if (has(kWritingStages, key)) need(found, Tier::write, std::string(key) + " writes a collection");
  if (has(kScripts, key))
    need(found, Tier::admin, std::string(key) + " runs JavaScript on the server");
  if (type == BSON_TYPE_CODE || type == BSON_TYPE_CODEWSCOPE)
    need(found, Tier::admin, "it hands JavaScript to the server");
  if (key == "pipeline") look_at_pipeline(field, found);
  if (key == "$facet")
    for_each_within(field, [&](const bson_iter_t& each) { look_at_pipeline(each, found); });
  if (key == "$out") found.danger = "$out replaces all that its collection holds";
  for_each_within(field, [&](const bson_iter_t& each) { look_within(each, found); });
}

bool has_field(const bson_t& document, const char* path) {
  bson_iter_t found;
  return find_field(document, path, found);
}

bool is_empty(const bson_t& parent, const char* name) {
  bson_iter_t found;
  bson_t inner;
  return find_field(parent, name, found) && view_document(found, inner) && bson_empty(&inner);
}

// The parts of a bulkWrite, each for a collection of a list.
void look_at_bulk(const bson_t& command, Class& found) {
  bson_iter_t at;
  if (!find_field(command, "ops", at)) return;
  for_each_within(at, [&](const bson_iter_t& part) {
    bson_t document;
    bson_iter_t kind;
    if (!view_document(part, document) || !is_empty(document, "filter") ||
        !true_at(document, "multi"))
      return;
    for (const char* verb : {"delete", "update"})
      if (find_field(document, verb, kind))
        found.danger =
            std::string(verb) + " without a filter is for every document of a collection";
  });
}

// A part of delete or update without a filter, that is for more than one document.
void look_at_parts(const bson_t& command, const char* parts, Class& found) {
  bson_iter_t at;
  if (!find_field(command, parts, at)) return;
  for_each_within(at, [&](const bson_iter_t& part) {
    bson_t document;
    if (!view_document(part, document) || !is_empty(document, "q")) return;
    const std::string collection = shown(text_at(command, found.verb.c_str()));
    if (found.verb == "delete" && integer_at(document, "limit") != 1)
      found.danger = "delete without a filter removes every document of " + collection;
    if (found.verb == "update" && true_at(document, "multi"))
      found.danger = "update without a filter changes every document of " + collection;
  });
}

// Whether an index of the command, in a list or alone, lets documents expire.
bool expires(const bson_t& command, const char* indexes) {
  bson_iter_t at;
  bool found = false;
  if (!find_field(command, indexes, at)) return false;
  const auto look = [&](const bson_iter_t& field) {
    found = found || key_of(field) == "expireAfterSeconds";
  };
  for_each_within(at, [&](const bson_iter_t& each) {
    look(each);
    for_each_within(each, look);
  });
  return found;
}

std::string danger_of(const bson_t& command, const std::string& verb) {
  const std::string name = shown(text_at(command, verb.c_str()));
  if (verb == "drop") return "drop removes the collection " + name + " with all its documents";
  if (verb == "dropDatabase") return "dropDatabase removes the database with all its collections";
  if (verb == "convertToCapped") return "convertToCapped may drop documents of " + name;
  if (verb == "dropIndexes" && text_at(command, "index") == "*")
    return "dropIndexes removes every index of " + name;
  if (verb == "renameCollection" && true_at(command, "dropTarget"))
    return "renameCollection removes the collection that has the new name";
  if (verb == "shutdown") return "shutdown stops the server";
  if ((verb == "createIndexes" && expires(command, "indexes")) ||
      (verb == "collMod" &&
       (expires(command, "index") || has_field(command, "expireAfterSeconds"))))
    return "documents of " + name + " that are older than the index says will be removed";
  return {};
}

Class by_name(const bson_t& command) {
  Class found;
  bson_iter_t first;
  if (!bson_iter_init(&first, &command) || !bson_iter_next(&first)) return found;
  const string_view name = key_of(first);
  found.verb = shown(name);
  found.link = has(kLink, name);
  found.danger = danger_of(command, found.verb);
  if (has(kReads, name)) {
    found.tier = Tier::read;
  } else if (has(kWrites, name)) {
    found.tier = Tier::write;
    found.reason = found.verb + " changes data";
  } else {
    found.reason = found.verb + " is not known to only read or write documents" +
                   or_meant(found.verb, known_commands());
  }
  bson_t inner;
  if (name == "explain" && view_document(first, inner)) {
    Class of = by_name(inner);
    of.verb = "explain";
    of.danger.clear();
    if (!of.reason.empty()) of.reason = "it explains what is no read: " + of.reason;
    return of;
  }
  return found;
}

}  // namespace

Class classify(const bson_t& command) {
  Class found = by_name(command);
  for_each_field(command, [&](const bson_iter_t& field) {
    if (has(kLinkFields, key_of(field))) found.link = true;
    // What is inserted is data, whatever its fields are called.
    if (found.verb == "insert" && key_of(field) == "documents") return;
    look_within(field, found);
  });
  if (found.verb == "bulkWrite") look_at_bulk(command, found);
  if (found.verb == "delete") look_at_parts(command, "deletes", found);
  if (found.verb == "update") look_at_parts(command, "updates", found);
  // A pipeline that writes a collection doesn't run in one.
  found.transactional = has(kTransactional, string_view(found.verb)) &&
                        (found.verb != "aggregate" || found.tier == Tier::read);
  return found;
}

std::vector<string_view> known_commands() {
  std::vector<string_view> all(kReads.begin(), kReads.end());
  all.insert(all.end(), kWrites.begin(), kWrites.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace dbops::mongodb

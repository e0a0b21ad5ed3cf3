#include "connectors/mongodb/sharding.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

constexpr const char* kArea = "sharding";
constexpr size_t kShardsMax = 1000;
constexpr size_t kCollectionsMax = 200;      // whose balance is asked for
constexpr size_t kNamesMax = 10'000;         // of a database's sharded collections
constexpr size_t kShownShards = 20;          // of a collection
constexpr double kUnevenShare = 2;           // times what it had if all had the same
constexpr double kUnevenBytesMin = 1 << 30;  // less is moved by no balancer

// Those that were made for it, and not dropped.
std::string of_collections(const std::string& id) {
  return R"({"find": "collections", "filter": {)" + id + R"("key": {"$exists": true},
      "unsplittable": {"$ne": true}, "dropped": {"$ne": true}}})";
}

struct Part {
  std::string shard;
  int64_t documents = 0;
  double bytes = 0;
};

// What each shard has of a collection, by its collStats.
std::vector<Part> parts_of(const bson_t& stats) {
  std::vector<Part> parts;
  bson_iter_t shards;
  bson_iter_t each;
  bson_t one;
  if (!find_field(stats, "shards", shards) || !bson_iter_recurse(&shards, &each)) return parts;
  while (parts.size() < kShardsMax && bson_iter_next(&each))
    if (view_document(each, one))
      parts.push_back({escape_control(key_of(each)),
                       std::max<int64_t>(integer_at(one, "count").value_or(0), 0),
                       std::clamp(number_at(one, "size").value_or(0), 0.0, 1e18)});
  return parts;
}

double sum(const std::vector<Part>& parts) {
  double bytes = 0;
  for (const Part& part : parts) bytes += part.bytes;
  return bytes;
}

// "a: 60 documents, 4 KB; b: 20 documents, 1 KB"
std::string describe_parts(const std::vector<Part>& parts) {
  std::string text;
  for (size_t i = 0; i < std::min(parts.size(), kShownShards); ++i)
    text += (i > 0 ? "; " : "") + parts[i].shard + ": " + format_count(parts[i].documents) +
            " documents, " + format_bytes(static_cast<uint64_t>(parts[i].bytes));
  return text + (parts.size() > kShownShards ? " ..." : "");
}

// A reply, or nothing where the server lacks that or hides it from this user: that is then said.
Result<std::optional<Bson>> probe(const Context& context, Link& link, const std::string& subject,
                                  const std::string& command, std::vector<Finding>& out) {
  auto reply = ask(context, link, "admin", command);
  if (reply) return std::optional<Bson>(*std::move(reply));
  if (!lacks(reply.error())) return fail(std::move(reply).error());
  out.push_back(
      {Severity::info, kArea, subject, "the server does not say: " + reply.error().message, {}});
  return std::nullopt;
}

Result<void> look_at_shards(const Context& context, Link& link, std::vector<Finding>& out) {
  DBOPS_ASSIGN(const auto reply, probe(context, link, "shards", R"({"listShards": 1})", out));
  bson_iter_t shards;
  bson_iter_t each;
  bson_t shard;
  if (!reply || !find_field(**reply, "shards", shards) || !bson_iter_recurse(&shards, &each))
    return {};
  for (size_t count = 0; count < kShardsMax && bson_iter_next(&each); ++count) {
    if (!view_document(each, shard)) continue;
    const bool leaves = true_at(shard, "draining");
    out.push_back({leaves ? Severity::warning : Severity::ok, kArea,
                   escape_control(text_at(shard, "_id")),
                   "a shard: " + escape_control(text_at(shard, "host")) +
                       (leaves ? "; it is being removed, and its data is moved away" : ""),
                   leaves ? "removeShard again tells what is left of it" : ""});
  }
  return {};
}

Result<void> look_at_balancer(const Context& context, Link& link, std::vector<Finding>& out) {
  DBOPS_ASSIGN(const auto reply, probe(context, link, "balancer", R"({"balancerStatus": 1})", out));
  if (!reply) return {};
  const std::string mode = escape_control(text_at(**reply, "mode"));
  const bool off = mode == "off";
  out.push_back({off ? Severity::warning : Severity::ok, kArea, "balancer",
                 off ? "it is off: data stays on the shard that it is on"
                     : "its mode is " + mode +
                           (true_at(**reply, "inBalancerRound") ? ", and it moves data now" : ""),
                 off ? "balancerStart turns it on" : ""});
  return {};
}

Result<void> look_at_jumbo(const Context& context, Link& link, std::vector<Finding>& out) {
  const auto reply =
      ask(context, link, "config", R"({"count": "chunks", "query": {"jumbo": true}})");
  if (!reply && !lacks(reply.error())) return fail(reply.error());
  const int64_t jumbo = reply ? integer_at(**reply, "n").value_or(0) : 0;
  if (jumbo > 0)
    out.push_back({Severity::warning, kArea, "chunks",
                   format_count(jumbo) + (jumbo == 1 ? " chunk is" : " chunks are") +
                       " too large to be moved (jumbo)",
                   "refineCollectionShardKey or reshardCollection gives a key that splits them"});
  return {};
}

struct Sharded {
  std::string name;  // "database.collection"
  std::string key;
  bool balanced = true;  // By the balancer, unless it is told to leave it alone.
};

Result<void> look_at_collection(const Context& context, Link& link, const Sharded& collection,
                                std::vector<Finding>& out) {
  const size_t dot = collection.name.find('.');
  if (dot == std::string::npos) return {};
  const std::string subject = escape_control(collection.name);
  const auto stats =
      ask(context, link, collection.name.substr(0, dot),
          R"({"collStats": )" + quoted(std::string_view(collection.name).substr(dot + 1)) + "}");
  if (!stats && !lacks(stats.error())) return fail(stats.error());
  const std::vector<Part> parts = stats ? parts_of(**stats) : std::vector<Part>();
  DBOPS_ASSIGN(const auto reply,
               probe(context, link, subject,
                     R"({"balancerCollectionStatus": )" + quoted(collection.name) + "}", out));
  const std::string violation =
      reply ? escape_control(text_at(**reply, "firstComplianceViolation")) : std::string();
  const double all = sum(parts);
  const auto most = std::max_element(
      parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.bytes < b.bytes; });
  const bool uneven = all >= kUnevenBytesMin && parts.size() > 1 &&
                      most->bytes * static_cast<double>(parts.size()) >= kUnevenShare * all;
  std::string text = "by " + collection.key;
  if (all > 0)
    text += "; " + most->shard + " has " +
            std::to_string(static_cast<int>(100 * most->bytes / all)) + "% of " +
            format_bytes(static_cast<uint64_t>(all)) + " on " + std::to_string(parts.size()) +
            " shards";
  if (!violation.empty()) text += "; not balanced: " + violation;
  if (!collection.balanced) text += "; the balancer leaves it alone";
  const bool wrong = uneven || !violation.empty();
  out.push_back({wrong ? Severity::warning : Severity::ok, kArea, subject, text,
                 wrong ? "look at the balancer, and at chunks that can't be moved; a key with few "
                         "values, or one that only grows, keeps data together"
                       : ""});
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> shard_keys(const Context& context, Link& link,
                                                      const std::string& database) {
  std::map<std::string, std::string> keys;
  if (!link.facts().router) return keys;
  // All ids that begin with the name and a dot: '/' is the character behind it.
  const std::string id = R"("_id": {"$gt": )" + quoted(database + ".") + R"(, "$lt": )" +
                         quoted(database + "/") + "}, ";
  const auto read =
      ask_each(context, link, "config", of_collections(id), kNamesMax, [&](const bson_t& found) {
        const std::string name = text_at(found, "_id");
        if (name.size() > database.size())
          keys.emplace(name.substr(database.size() + 1), shown_json(found, "key"));
      });
  if (!read && !lacks(read.error())) return fail(read.error());
  return keys;
}

Result<void> describe_sharding(const Context& context, Link& link, const std::string& database,
                               const std::string& collection, Description& found) {
  if (!link.facts().router) return {};
  const auto stats = ask(context, link, database, R"({"collStats": )" + quoted(collection) + "}");
  if (!stats && !lacks(stats.error())) return fail(stats.error());
  bool known = false;
  const auto read = ask_each(
      context, link, "config",
      of_collections(R"("_id": )" + quoted(database + "." + collection) + ", "), 1,
      [&](const bson_t& info) {
        known = true;
        found.properties.emplace_back(
            "shard key", shown_json(info, "key") + (true_at(info, "unique") ? " (unique)" : ""));
        if (true_at(info, "noBalance"))
          found.properties.emplace_back("balancer", "leaves it alone");
      });
  if (!read && !lacks(read.error())) return fail(read.error());
  if (!read && stats && true_at(**stats, "sharded"))
    found.properties.emplace_back("shard key", "this user can't read it (config.collections)");
  if (read && !known) found.properties.emplace_back("shard key", "none: it is on one shard");
  if (const std::string parts = stats ? describe_parts(parts_of(**stats)) : ""; !parts.empty())
    found.properties.emplace_back("shards", parts);
  return {};
}

Result<void> look_at_sharding(const Context& context, Link& link, std::vector<Finding>& out) {
  if (!link.facts().router) {
    out.push_back(
        {Severity::info, kArea, {}, "the server is no mongos: it has no shards to look at", {}});
    return {};
  }
  DBOPS_TRY(look_at_shards(context, link, out));
  DBOPS_TRY(look_at_balancer(context, link, out));
  DBOPS_TRY(look_at_jumbo(context, link, out));
  std::vector<Sharded> collections;
  const auto all = ask_each(
      context, link, "config", of_collections({}), kCollectionsMax, [&](const bson_t& found) {
        collections.push_back(
            {text_at(found, "_id"), shown_json(found, "key"), !true_at(found, "noBalance")});
      });
  if (!all && !lacks(all.error())) return fail(all.error());
  if (!all)
    out.push_back({Severity::info,
                   kArea,
                   "collections",
                   "this user can't read config.collections: " + all.error().message,
                   {}});
  else if (collections.empty())
    out.push_back({Severity::info, kArea, "collections", "none is sharded", {}});
  else if (!*all)
    out.push_back({Severity::info,
                   kArea,
                   "collections",
                   "only the first " + format_count(kCollectionsMax) + " are looked at",
                   {}});
  for (const Sharded& each : collections)
    // Its own: time series and sessions are spread by it as it likes.
    if (!each.name.starts_with("config.")) DBOPS_TRY(look_at_collection(context, link, each, out));
  return {};
}

}  // namespace dbops::mongodb

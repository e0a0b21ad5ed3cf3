#include "connectors/mongodb/diagnostics.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/time.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

using Findings = std::vector<Finding>;

constexpr int64_t kWarnPercent = 80;      // of a limit
constexpr int64_t kCriticalPercent = 95;  // of a limit
constexpr int64_t kLongSeconds = 60;      // an operation that runs for longer is worth a look
constexpr int64_t kLagSeconds = 10;       // a secondary that is further behind
constexpr size_t kCollectionsMax = 200;   // whose indexes are looked at
constexpr size_t kIndexesMax = 1000;      // of one collection
constexpr size_t kShownOperations = 5;

struct Asking {
  const Context& context;
  Link& link;
  const std::string& database;
  Findings& out;
};

Severity severity_of(int64_t percent) {
  if (percent >= kCriticalPercent) return Severity::critical;
  return percent >= kWarnPercent ? Severity::warning : Severity::ok;
}

// Nothing where the error is that the server has no such thing: that is said instead.
Result<std::optional<Bson>> probe(const Asking& asking, const char* area,
                                  const std::string& command) {
  auto reply = ask(asking.context, asking.link, "admin", command);
  if (reply) return std::optional<Bson>(*std::move(reply));
  if (!lacks(reply.error())) return fail(std::move(reply).error());
  asking.out.push_back(
      {Severity::info, area, {}, "the server does not say: " + reply.error().message, {}});
  return std::nullopt;
}

Result<void> look_at_connections(const Asking& asking) {
  constexpr const char* kArea = "connections";
  DBOPS_ASSIGN(const auto status, probe(asking, kArea, R"({"serverStatus": 1})"));
  if (!status) return {};
  const auto current = integer_at(**status, "connections.current");
  const auto available = integer_at(**status, "connections.available");
  if (!current || !available || *current + *available <= 0) {
    asking.out.push_back(
        {Severity::info, kArea, {}, "the server does not count its connections", {}});
    return {};
  }
  const int64_t percent = 100 * *current / (*current + *available);
  asking.out.push_back(
      {severity_of(percent),
       kArea,
       {},
       format_count(*current) + " are open, " + format_count(*available) + " more may be",
       percent < kWarnPercent ? "" : "use pools, or raise net.maxIncomingConnections"});
  return {};
}

Result<void> look_at_memory(const Asking& asking) {
  constexpr const char* kArea = "memory";
  DBOPS_ASSIGN(const auto status, probe(asking, kArea, R"({"serverStatus": 1})"));
  if (!status) return {};
  const auto used = number_at(**status, "wiredTiger.cache.bytes currently in the cache");
  const auto most = number_at(**status, "wiredTiger.cache.maximum bytes configured");
  if (!used || !most || *most <= 0) {
    asking.out.push_back(
        {Severity::info, kArea, {}, "the server has no cache of WiredTiger to look at", {}});
    return {};
  }
  const auto percent = static_cast<int64_t>(100 * *used / *most);
  asking.out.push_back(
      {percent >= kCriticalPercent ? Severity::warning : Severity::ok, kArea, "cache",
       format_bytes(static_cast<uint64_t>(*used)) + " of " +
           format_bytes(static_cast<uint64_t>(*most)) + " are used",
       percent < kCriticalPercent ? "" : "raise cacheSizeGB, or read less at once"});
  return {};
}

Result<void> look_at_operations(const Asking& asking) {
  constexpr const char* kArea = "operations";
  DBOPS_ASSIGN(const auto reply,
               probe(asking, kArea, R"({"currentOp": 1, "active": true, "$ownOps": false})"));
  if (!reply) return {};
  bson_iter_t found;
  bson_iter_t each;
  size_t running = 0;
  size_t slow = 0;
  if (find_field(**reply, "inprog", found) && bson_iter_recurse(&found, &each)) {
    while (bson_iter_next(&each)) {
      bson_t operation;
      if (!view_document(each, operation) || !true_at(operation, "active")) continue;
      ++running;
      const int64_t seconds = integer_at(operation, "secs_running").value_or(0);
      if (seconds < kLongSeconds || slow++ >= kShownOperations) continue;
      asking.out.push_back({Severity::warning, kArea, escape_control(text_at(operation, "ns")),
                            escape_control(text_at(operation, "op")) + " has run for " +
                                std::to_string(seconds) + " s",
                            "the operation running_operations shows it, kill_operation ends it"});
    }
  }
  if (slow == 0)
    asking.out.push_back({Severity::ok,
                          kArea,
                          {},
                          std::to_string(running) + " run, none for a minute or longer",
                          {}});
  return {};
}

Result<void> look_at_replication(const Asking& asking) {
  constexpr const char* kArea = "replication";
  if (asking.link.facts().set.empty()) {
    asking.out.push_back(
        {Severity::info, kArea, {}, "the server is no member of a replica set", {}});
    return {};
  }
  DBOPS_ASSIGN(const auto status, probe(asking, kArea, R"({"replSetGetStatus": 1})"));
  if (!status) return {};
  bson_iter_t members;
  bson_iter_t each;
  int64_t newest = 0;
  std::vector<std::pair<std::string, int64_t>> behind;
  if (find_field(**status, "members", members) && bson_iter_recurse(&members, &each)) {
    while (bson_iter_next(&each)) {
      bson_t member;
      bson_iter_t date;
      if (!view_document(each, member)) continue;
      const std::string name = escape_control(text_at(member, "name"));
      const bool healthy = number_at(member, "health").value_or(1) > 0;
      asking.out.push_back({healthy ? Severity::ok : Severity::critical, kArea, name,
                            "it is " + escape_control(text_at(member, "stateStr")),
                            healthy ? "" : "look at the member's log"});
      if (!find_field(member, "optimeDate", date) || !BSON_ITER_HOLDS_DATE_TIME(&date)) continue;
      behind.emplace_back(name, bson_iter_date_time(&date));
      newest = std::max(newest, behind.back().second);
    }
  }
  for (const auto& [name, at] : behind)
    if (const int64_t lag = (newest - at) / 1000; lag >= kLagSeconds)
      asking.out.push_back({Severity::warning, kArea, name,
                            "it is " + std::to_string(lag) + " s behind the newest member",
                            "look at its load and at the network between them"});
  return {};
}

// The indexes of one collection that nothing has used since the server counts.
Result<void> look_at_usage(const Asking& asking, const std::string& collection, size_t& unused) {
  auto all = ask_each(
      asking.context, asking.link, asking.database,
      R"({"aggregate": )" + quoted(collection) +
          R"(, "pipeline": [{"$indexStats": {}}], "cursor": {}})",
      kIndexesMax, [&](const bson_t& index) {
        const std::string name = escape_control(text_at(index, "name"));
        if (name == "_id_" || integer_at(index, "accesses.ops").value_or(1) > 0) return;
        ++unused;
        asking.out.push_back({Severity::info, "indexes", escape_control(collection) + "." + name,
                              "nothing has used it since the server counts",
                              "each write pays for it: hide it, then drop it"});
      });
  if (!all && !lacks(all.error())) return fail(std::move(all).error());
  return {};
}

Result<void> look_at_indexes(const Asking& asking) {
  std::vector<std::string> collections;
  DBOPS_ASSIGN(const bool all,
               ask_each(asking.context, asking.link, asking.database,
                        R"({"listCollections": 1, "cursor": {}, "filter": {"type": "collection"}})",
                        kCollectionsMax,
                        [&](const bson_t& info) { collections.push_back(text_at(info, "name")); }));
  size_t unused = 0;
  for (const std::string& collection : collections)
    DBOPS_TRY(look_at_usage(asking, collection, unused));
  if (unused == 0)
    asking.out.push_back({Severity::ok,
                          "indexes",
                          {},
                          "of " + std::to_string(collections.size()) + (all ? "" : " (not all)") +
                              " collections in " + escape_control(asking.database) +
                              ", no index is unused",
                          {}});
  return {};
}

struct Area {
  std::string_view name;
  Result<void> (*look)(const Asking&);
};
constexpr auto kAreas = std::to_array<Area>({
    {"connections", look_at_connections},
    {"memory", look_at_memory},
    {"operations", look_at_operations},
    {"replication", look_at_replication},
    {"indexes", look_at_indexes},
});

}  // namespace

std::vector<std::string> MongoDiagnostics::areas() const {
  std::vector<std::string> names;
  for (const Area& area : kAreas) names.emplace_back(area.name);
  return names;
}

Result<Findings> MongoDiagnostics::diagnose(const Context& context, std::string_view area) {
  const bool known = std::any_of(kAreas.begin(), kAreas.end(),
                                 [&](const Area& each) { return each.name == area; });
  if (!area.empty() && !known) {
    std::string all;
    for (const Area& each : kAreas) all += (all.empty() ? "" : ", ") + std::string(each.name);
    return fail(Code::invalid_argument,
                "MongoDB has no area \"" + escape_control(shorten(area, 64)) + "\" to diagnose",
                "the areas are " + all);
  }
  Findings findings;
  for (const Area& each : kAreas)
    if (area.empty() || each.name == area)
      DBOPS_TRY(each.look({context, link_, database_, findings}));
  return findings;
}

}  // namespace dbops::mongodb

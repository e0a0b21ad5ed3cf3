#include "connectors/mongodb/diagnostics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "base/text.h"
#include "base/time.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/indexes.h"
#include "connectors/mongodb/server_status.h"
#include "connectors/mongodb/sharding.h"

namespace dbops::mongodb {
namespace {

using Findings = std::vector<Finding>;

constexpr int64_t kWarnPercent = 80;      // of a limit
constexpr int64_t kCriticalPercent = 95;  // of a limit
constexpr int64_t kLongSeconds = 60;      // an operation that runs for longer is worth a look
constexpr size_t kCollectionsMax = 200;   // whose indexes are looked at
constexpr size_t kIndexesMax = 1000;      // of one collection
constexpr size_t kShownOperations = 5;

constexpr std::chrono::hours kOplogMin{24};

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
  auto findings = read_cache(**status);
  if (findings.empty())
    findings.push_back(
        {Severity::info, kArea, {}, "the server has no cache of WiredTiger to look at", {}});
  std::move(findings.begin(), findings.end(), std::back_inserter(asking.out));
  return {};
}

Result<void> look_at_load(const Asking& asking) {
  constexpr const char* kArea = "load";
  DBOPS_ASSIGN(const auto status, probe(asking, kArea, R"({"serverStatus": 1})"));
  if (!status) return {};
  auto findings = read_load(**status);
  if (findings.empty())
    findings.push_back({Severity::info, kArea, {}, "the server does not say how busy it is", {}});
  std::move(findings.begin(), findings.end(), std::back_inserter(asking.out));
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

// Seconds since 1970 of the oplog's first or last entry; nothing where there is none to be seen.
Result<std::optional<int64_t>> end_of_oplog(const Asking& asking, const char* direction) {
  std::optional<int64_t> seconds;
  const auto read =
      ask_each(asking.context, asking.link, "local",
               R"({"find": "oplog.rs", "sort": {"$natural": )" + std::string(direction) +
                   R"(}, "limit": 1, "projection": {"ts": 1}})",
               1, [&](const bson_t& entry) {
                 bson_iter_t at;
                 uint32_t time = 0;
                 uint32_t number = 0;
                 if (!find_field(entry, "ts", at) || !BSON_ITER_HOLDS_TIMESTAMP(&at)) return;
                 bson_iter_timestamp(&at, &time, &number);
                 seconds = time;
               });
  if (!read && !lacks(read.error())) return fail(read.error());
  return seconds;
}

// How long a member may be away, or a token of changes be kept.
Result<void> look_at_oplog(const Asking& asking) {
  DBOPS_ASSIGN(const auto first, end_of_oplog(asking, "1"));
  DBOPS_ASSIGN(const auto last, end_of_oplog(asking, "-1"));
  if (!first || !last) {
    asking.out.push_back(
        {Severity::info, "replication", "oplog", "it can't be read by this user", {}});
    return {};
  }
  const std::chrono::seconds window(std::max<int64_t>(*last - *first, 0));
  const bool little = window < kOplogMin;
  asking.out.push_back({little ? Severity::warning : Severity::ok, "replication", "oplog",
                        "it reaches back " + format_duration(window),
                        little ? "a member that is away for longer must be synced anew: raise "
                                 "oplogSizeMB, unless the set is that young"
                               : ""});
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
  auto findings = read_members(**status);
  std::move(findings.begin(), findings.end(), std::back_inserter(asking.out));
  return look_at_oplog(asking);
}

// Those that another one stands in for.
Result<void> look_at_redundancy(const Asking& asking, const std::string& collection,
                                size_t& found) {
  const auto indexes = read_indexes(asking.context, asking.link, asking.database, collection);
  if (!indexes && !lacks(indexes.error())) return fail(indexes.error());
  if (!indexes) return {};
  for (const Redundant& each : redundant_indexes(*indexes)) {
    ++found;
    asking.out.push_back(
        {Severity::info, "indexes", escape_control(collection) + "." + escape_control(each.index),
         escape_control(each.by) + " begins with the same keys, and serves what this one does",
         "each write pays for both: hide it, then drop it"});
  }
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
  size_t unused = 0;  // Or redundant.
  for (const std::string& collection : collections) {
    DBOPS_TRY(look_at_usage(asking, collection, unused));
    DBOPS_TRY(look_at_redundancy(asking, collection, unused));
  }
  if (unused == 0)
    asking.out.push_back({Severity::ok,
                          "indexes",
                          {},
                          "of " + std::to_string(collections.size()) + (all ? "" : " (not all)") +
                              " collections in " + escape_control(asking.database) +
                              ", no index is unused or redundant",
                          {}});
  return {};
}

Result<void> look_at_shards(const Asking& asking) {
  return look_at_sharding(asking.context, asking.link, asking.out);
}

struct Area {
  std::string_view name;
  Result<void> (*look)(const Asking&);
};
constexpr auto kAreas = std::to_array<Area>({
    {"connections", look_at_connections},
    {"load", look_at_load},
    {"memory", look_at_memory},
    {"operations", look_at_operations},
    {"replication", look_at_replication},
    {"indexes", look_at_indexes},
    {"sharding", look_at_shards},
});

}  // namespace

std::vector<std::string> MongoDiagnostics::areas() const {
  std::vector<std::string> names;
  for (const Area& area : kAreas) names.emplace_back(area.name);
  return names;
}

Result<Findings> MongoDiagnostics::diagnose(const Context& context, std::string_view area) {
  DBOPS_TRY(check_area("MongoDB", area, areas()));
  Findings findings;
  for (const Area& each : kAreas)
    if (area.empty() || each.name == area)
      DBOPS_TRY(each.look({context, link_, database_, findings}));
  return findings;
}

}  // namespace dbops::mongodb

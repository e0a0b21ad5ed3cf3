#include "connectors/mongodb/server_status.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace dbops::mongodb {
namespace {

constexpr int64_t kLagSeconds = 10;       // a secondary that is further behind
constexpr int64_t kQueueMany = 10;        // operations that wait for a lock
constexpr double kFullPercent = 95;       // of the cache: the server evicts with all its threads
constexpr double kDirtyPercent = 20;      // from there on writers must evict themselves
constexpr double kDirtyWarnPercent = 10;  // more than the 5 that eviction aims at
constexpr double kSecond = 1;
constexpr int64_t kUptimeMax = 10'000'000'000;  // seconds
constexpr int64_t kDateMax = 1ll << 60;         // milliseconds since 1970
constexpr double kNumberMax = 1e15;             // bytes; more is none that any server has

// A number that the server gave, as one that it may be.
int64_t whole(double number) { return static_cast<int64_t>(std::clamp(number, 0.0, kNumberMax)); }

std::string share(double part, double all) {
  return format_bytes(static_cast<uint64_t>(whole(part))) + " of " +
         format_bytes(static_cast<uint64_t>(whole(all)));
}

// "1,234 inserts, ..." of those that there were.
std::string describe_operations(const bson_t& status) {
  std::string text;
  for (const char* name : {"insert", "query", "update", "delete", "getmore", "command"})
    if (const auto count = integer_at(status, (std::string("opcounters.") + name).c_str());
        count && *count > 0)
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + format_count(*count);
  return text;
}

void look_at_places(const bson_t& status, const char* kind, std::vector<Finding>& out) {
  // The second since MongoDB 7.
  for (const char* where : {"wiredTiger.concurrentTransactions.", "queues.execution."}) {
    const std::string path = std::string(where) + kind;
    const auto free = integer_at(status, (path + ".available").c_str());
    const auto used = integer_at(status, (path + ".out").c_str());
    if (!free || !used || *free + *used <= 0) continue;
    out.push_back(
        {*free == 0 ? Severity::warning : Severity::ok, "load", kind,
         format_count(*used) + " of " + format_count(*used + *free) +
             " places in the storage engine are taken",
         *free == 0 ? "others wait: look at running_operations for what takes long" : ""});
    return;
  }
}

}  // namespace

std::vector<Finding> read_load(const bson_t& status) {
  std::vector<Finding> out;
  const auto uptime = number_at(status, "uptime");
  if (uptime && *uptime >= kSecond) {
    const std::string operations = describe_operations(status);
    out.push_back({Severity::info,
                   "load",
                   "server",
                   "it is up for " +
                       format_duration(std::chrono::seconds(std::min(whole(*uptime), kUptimeMax))) +
                       (operations.empty() ? "" : "; since then: " + operations),
                   {}});
  }
  const auto readers = integer_at(status, "globalLock.currentQueue.readers");
  const auto writers = integer_at(status, "globalLock.currentQueue.writers");
  if (readers && writers) {
    const bool many = *readers + *writers >= kQueueMany;
    out.push_back({many ? Severity::warning : Severity::ok, "load", "queue",
                   format_count(*readers) + " readers and " + format_count(*writers) +
                       " writers wait for a lock",
                   many ? "look at running_operations for what holds it" : ""});
  }
  for (const char* kind : {"read", "write"}) look_at_places(status, kind, out);
  return out;
}

std::vector<Finding> read_cache(const bson_t& status) {
  std::vector<Finding> out;
  const auto most = number_at(status, "wiredTiger.cache.maximum bytes configured");
  const auto used = number_at(status, "wiredTiger.cache.bytes currently in the cache");
  const auto dirty = number_at(status, "wiredTiger.cache.tracked dirty bytes in the cache");
  if (!most || !(*most > 0) || !used || !(*used >= 0)) return out;
  const bool full = 100 * *used / *most >= kFullPercent;
  out.push_back({full ? Severity::warning : Severity::ok, "memory", "cache",
                 share(*used, *most) + " are used",
                 full ? "raise cacheSizeGB, or read less at once" : ""});
  if (!dirty || !(*dirty >= 0)) return out;
  const double percent = 100 * *dirty / *most;
  const Severity severity = percent >= kDirtyPercent       ? Severity::critical
                            : percent >= kDirtyWarnPercent ? Severity::warning
                                                           : Severity::ok;
  out.push_back({severity, "memory", "dirty cache",
                 share(*dirty, *most) + " are still to be written",
                 severity == Severity::ok ? "" : "the disk is slower than what is written"});
  return out;
}

std::vector<Finding> read_members(const bson_t& status) {
  constexpr const char* kArea = "replication";
  std::vector<Finding> out;
  std::vector<std::pair<std::string, int64_t>> behind;
  bson_iter_t members;
  bson_iter_t each;
  int64_t newest = 0;
  if (!find_field(status, "members", members) || !bson_iter_recurse(&members, &each)) return out;
  while (bson_iter_next(&each)) {
    bson_t member;
    bson_iter_t date;
    if (!view_document(each, member)) continue;
    const std::string name = escape_control(text_at(member, "name"));
    const bool healthy = number_at(member, "health").value_or(1) > 0;
    out.push_back({healthy ? Severity::ok : Severity::critical, kArea, name,
                   "it is " + escape_control(text_at(member, "stateStr")),
                   healthy ? "" : "look at the member's log"});
    if (!healthy || !find_field(member, "optimeDate", date) || !BSON_ITER_HOLDS_DATE_TIME(&date))
      continue;
    behind.emplace_back(name, std::clamp<int64_t>(bson_iter_date_time(&date), 0, kDateMax));
    newest = std::max(newest, behind.back().second);
  }
  for (const auto& [name, at] : behind)
    if (const int64_t lag = (newest - at) / 1000; lag >= kLagSeconds)
      out.push_back({Severity::warning, kArea, name,
                     "it is " + std::to_string(lag) + " s behind the newest member",
                     "look at its load and at the network between them"});
  return out;
}

Tier granted_by_roles(const bson_t& status) {
  constexpr auto kReading =
      std::to_array<std::string_view>({"read", "readAnyDatabase", "clusterMonitor"});
  constexpr auto kWriting = std::to_array<std::string_view>({"readWrite", "readWriteAnyDatabase"});
  bson_iter_t roles;
  bson_iter_t each;
  if (!find_field(status, "authInfo.authenticatedUserRoles", roles) ||
      !bson_iter_recurse(&roles, &each))
    return Tier::admin;
  Tier granted = Tier::read;
  bool any = false;
  while (bson_iter_next(&each)) {
    bson_t role;
    if (!view_document(each, role)) return Tier::admin;
    const std::string name = text_at(role, "role");
    any = true;
    if (std::find(kReading.begin(), kReading.end(), name) != kReading.end()) continue;
    if (std::find(kWriting.begin(), kWriting.end(), name) == kWriting.end()) return Tier::admin;
    granted = Tier::write;
  }
  return any ? granted : Tier::admin;
}

}  // namespace dbops::mongodb

#include "connectors/redis/diagnostics.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "connectors/redis/info.h"

namespace dbops::redis {
namespace {

using Findings = std::vector<Finding>;

constexpr int64_t kWarnPercent = 80;            // of a limit
constexpr int64_t kCriticalPercent = 95;        // of a limit
constexpr double kFragmentedRatio = 1.5;        // of memory taken to memory used
constexpr int64_t kFragmentedBytes = 64 << 20;  // below it the ratio says nothing
constexpr double kHitRatioLow = 0.5;            // of reads that found their key
constexpr int64_t kReadsMin = 1000;             // reads before the ratio says anything
constexpr int64_t kSlowEntries = 128;           // of the slow log
constexpr size_t kCommandsShown = 3;
constexpr size_t kReplicasMax = 100;  // looked at
constexpr int64_t kReplicaBehindBytes = 16 << 20;

std::string bytes(int64_t count) { return format_bytes(static_cast<uint64_t>(count)); }

Severity severity_of(int64_t percent) {
  if (percent >= kCriticalPercent) return Severity::critical;
  return percent >= kWarnPercent ? Severity::warning : Severity::ok;
}

// A part of a limit. REQUIRES: limit > 0.
int64_t percent_of(int64_t part, int64_t limit) {
  return static_cast<int64_t>(100.0 * static_cast<double>(part) / static_cast<double>(limit));
}

void look_at_memory(const Info& info, Findings& out) {
  const int64_t used = info.integer("used_memory").value_or(0);
  const int64_t limit = info.integer("maxmemory").value_or(0);
  const std::string policy = info.text("maxmemory_policy");
  if (limit > 0) {
    const int64_t percent = percent_of(used, limit);
    out.push_back({severity_of(percent), "memory", "maxmemory",
                   bytes(used) + " of " + bytes(limit) + " are used (" + std::to_string(percent) +
                       "%), and when it is full: " + policy,
                   percent < kWarnPercent ? "" : "raise maxmemory, or let keys expire"});
  } else {
    out.push_back({Severity::info, "memory", "maxmemory",
                   bytes(used) + " are used, without a limit: the system's memory is one",
                   "set maxmemory and maxmemory_policy"});
  }
  const double ratio = info.real("mem_fragmentation_ratio").value_or(0);
  const bool fragmented = ratio > kFragmentedRatio && used > kFragmentedBytes;
  out.push_back(
      {fragmented ? Severity::warning : Severity::ok, "memory", "fragmentation",
       "the system gave " + info.text("mem_fragmentation_ratio") + " times the memory that is used",
       fragmented ? "set activedefrag, or restart the server at a quiet time" : ""});
}

void look_at_clients(const Info& info, Findings& out) {
  const int64_t connected = info.integer("connected_clients").value_or(0);
  const int64_t limit = info.integer("maxclients").value_or(0);
  const int64_t percent = limit > 0 ? percent_of(connected, limit) : 0;
  out.push_back({severity_of(percent), "clients", "connections",
                 std::to_string(connected) + " clients of at most " + std::to_string(limit) + ", " +
                     std::to_string(info.integer("blocked_clients").value_or(0)) + " of them wait",
                 percent < kWarnPercent ? "" : "close idle clients, or raise maxclients"});
  const int64_t rejected = info.integer("rejected_connections").value_or(0);
  if (rejected > 0)
    out.push_back({Severity::warning, "clients", "rejected",
                   std::to_string(rejected) + " connections were refused since the start",
                   "raise maxclients, or use pools"});
}

void look_at_keys(const Info& info, Findings& out) {
  const int64_t hits = info.integer("keyspace_hits").value_or(0);
  const int64_t reads = hits + info.integer("keyspace_misses").value_or(0);
  const bool low =
      reads >= kReadsMin && static_cast<double>(hits) < kHitRatioLow * static_cast<double>(reads);
  out.push_back({low ? Severity::warning : Severity::ok, "keyspace", "hits",
                 std::to_string(hits) + " of " + std::to_string(reads) +
                     " reads found their key since the start" +
                     (reads > 0 ? " (" + std::to_string(percent_of(hits, reads)) + "%)" : "") +
                     "; " + std::to_string(info.integer("expired_keys").value_or(0)) +
                     " keys expired",
                 low ? "look whether keys expire too soon, or are never written" : ""});
  const int64_t evicted = info.integer("evicted_keys").value_or(0);
  if (evicted > 0)
    out.push_back({Severity::warning, "keyspace", "evicted",
                   std::to_string(evicted) + " keys were removed for want of memory",
                   "raise maxmemory if they were more than a cache"});
}

// By the server's own clock, which it tells since 6.2.
std::string age_of_snapshot(const Info& info) {
  const auto now = info.integer("server_time_usec");
  const auto saved = info.integer("rdb_last_save_time");
  if (!now || !saved || *saved <= 0) return {};
  return ", " + std::to_string(std::max<int64_t>(*now / 1'000'000 - *saved, 0)) + " s ago";
}

// Each as "calls=21,usec=175,usec_per_call=8.33,...", since the start or CONFIG RESETSTAT.
void look_at_commands(const Info& info, Findings& out) {
  struct Spent {
    std::string name;
    int64_t microseconds = 0;
    std::string message;
  };
  std::vector<Spent> all;
  int64_t sum = 0;
  for (const auto& [name, stats] : info.starting("cmdstat_")) {
    int64_t spent = 0;
    const std::string told = part_of(stats, "usec");
    std::from_chars(told.data(), told.data() + told.size(), spent);
    sum += spent;
    all.push_back({name, spent,
                   part_of(stats, "calls") + " calls of " + part_of(stats, "usec_per_call") +
                       " us on average"});
  }
  std::sort(all.begin(), all.end(),
            [](const Spent& a, const Spent& b) { return a.microseconds > b.microseconds; });
  if (all.size() > kCommandsShown) all.resize(kCommandsShown);
  for (const Spent& each : all)
    out.push_back({Severity::info, "commands", escape_control(shorten(each.name, 64)),
                   each.message + ", " +
                       std::to_string(percent_of(each.microseconds, std::max<int64_t>(sum, 1))) +
                       "% of the time that commands took",
                   ""});
  if (all.empty()) out.push_back({Severity::ok, "commands", "", "none was counted yet", ""});
}

void look_at_persistence(const Info& info, Findings& out) {
  const size_t before = out.size();
  for (const auto& [field, what] :
       {std::pair{"rdb_last_bgsave_status", "the last snapshot"},
        {"aof_last_write_status", "the last write of the append-only file"},
        {"aof_last_bgrewrite_status", "the last rewrite of the append-only file"}})
    if (const std::string status = info.text(field); !status.empty() && status != "ok")
      out.push_back({Severity::critical, "persistence", field,
                     std::string(what) + " failed: " + status,
                     "look into the server's log, and for room on its disk"});
  if (info.integer("loading").value_or(0) != 0)
    out.push_back({Severity::warning, "persistence", "loading", "the server still reads its data",
                   "try again in a moment"});
  if (out.size() == before)
    out.push_back({Severity::ok, "persistence", "",
                   info.text("rdb_changes_since_last_save") + " changes since the last snapshot" +
                       age_of_snapshot(info) + "; append-only file " +
                       (info.text("aof_enabled") == "1" ? "on" : "off"),
                   ""});
}

// Each as "ip=127.0.0.1,port=6380,state=online,offset=14,lag=0".
void look_at_replicas(const Info& info, Findings& out) {
  const int64_t offset = info.integer("master_repl_offset").value_or(0);
  for (size_t i = 0; i < kReplicasMax; ++i) {
    const std::string replica = info.text("slave" + std::to_string(i));
    if (replica.empty()) return;
    int64_t reached = offset;
    const std::string told = part_of(replica, "offset");
    std::from_chars(told.data(), told.data() + told.size(), reached);
    const bool online = part_of(replica, "state") == "online";
    const int64_t behind = std::max<int64_t>(offset - reached, 0);
    const bool late = !online || behind > kReplicaBehindBytes;
    out.push_back({late ? Severity::warning : Severity::ok, "replication",
                   part_of(replica, "ip") + ':' + part_of(replica, "port"),
                   "the replica is " + part_of(replica, "state") + " and " + bytes(behind) +
                       " behind, last heard of " + part_of(replica, "lag") + " s ago",
                   late ? "look at its load, and at the network between them" : ""});
  }
}

void look_at_replication(const Info& info, Findings& out) {
  const std::string role = info.text("role");
  if (role == "slave" && info.text("master_link_status") != "up") {
    out.push_back({Severity::critical, "replication", "link",
                   "this replica has lost its primary " + info.text("master_host"),
                   "look whether the primary runs and can be reached"});
    return;
  }
  out.push_back({Severity::ok, "replication", "role",
                 role == "slave" ? "a replica of " + info.text("master_host") + ", in touch"
                                 : "a primary with " + info.text("connected_slaves") + " replicas",
                 ""});
  look_at_replicas(info, out);
}

// Why an answer can't be had; an error that the caller must see ends the whole look.
Result<void> unanswered(std::string_view area, Error error, Findings& out) {
  if (error.session_broken || error.code == Code::cancelled || error.code == Code::timeout)
    return fail(std::move(error));
  out.push_back({Severity::info,
                 std::string(area),
                 {},
                 "can't be looked at: " + error.message,
                 "allow the command to this user"});
  return {};
}

// The slowest of the log. An entry is its id, time, microseconds, arguments, and more.
Result<void> look_at_slow_log(const Context& context, Link& link, Findings& out) {
  const std::string count = std::to_string(kSlowEntries);
  auto reply = link.ask(context, std::array<std::string_view, 3>{"SLOWLOG", "GET", count});
  if (!reply) return unanswered("slow", std::move(reply).error(), out);
  int64_t slowest = -1;
  std::string command;
  uint64_t entries = 0;
  constexpr size_t kTime = 3;
  constexpr size_t kCommand = 5;
  for (size_t at = 1; at < reply->nodes.size(); at += reply->nodes[at].nodes, ++entries) {
    if (reply->nodes[at].nodes <= kCommand) continue;
    const RespNode& time = reply->nodes[at + kTime];
    const RespNode& name = reply->nodes[at + kCommand];
    if (time.type != RespType::integer || name.type != RespType::bulk || time.integer <= slowest)
      continue;
    slowest = time.integer;
    command = escape_control(shorten(reply->text(name), 64));
  }
  if (entries == 0)
    out.push_back({Severity::ok, "slow", "", "the slow log is empty", ""});
  else
    out.push_back({Severity::info, "slow", command,
                   std::to_string(entries) + " commands in the slow log, the slowest took " +
                       std::to_string(slowest) + " us",
                   "the operation slowlog shows them"});
  return {};
}

// An event is its name, the time of the last one, its milliseconds, and the most ever.
Result<void> look_at_latency(const Context& context, Link& link, Findings& out) {
  auto reply = link.ask(context, std::array<std::string_view, 2>{"LATENCY", "LATEST"});
  if (!reply) return unanswered("latency", std::move(reply).error(), out);
  constexpr size_t kMost = 4;
  const size_t before = out.size();
  for (size_t at = 1; at < reply->nodes.size(); at += reply->nodes[at].nodes) {
    if (reply->nodes[at].nodes <= kMost) continue;
    const RespNode& name = reply->nodes[at + 1];
    const RespNode& most = reply->nodes[at + kMost];
    if (name.type == RespType::bulk && most.type == RespType::integer)
      out.push_back({Severity::info, "latency", escape_control(shorten(reply->text(name), 64)),
                     "took up to " + std::to_string(most.integer) + " ms",
                     "LATENCY DOCTOR says what to do"});
  }
  if (out.size() == before)
    out.push_back({Severity::ok, "latency", "", "no event took longer than the threshold", ""});
  return {};
}

struct Area {
  std::string_view name;
  void (*by_info)(const Info&, Findings&);
  Result<void> (*by_asking)(const Context&, Link&, Findings&);
};
constexpr auto kAreas = std::to_array<Area>({
    {"memory", look_at_memory, nullptr},
    {"clients", look_at_clients, nullptr},
    {"keyspace", look_at_keys, nullptr},
    {"commands", look_at_commands, nullptr},
    {"persistence", look_at_persistence, nullptr},
    {"replication", look_at_replication, nullptr},
    {"slow", nullptr, look_at_slow_log},
    {"latency", nullptr, look_at_latency},
});

}  // namespace

std::vector<std::string> RedisDiagnostics::areas() const {
  std::vector<std::string> names;
  for (const Area& area : kAreas) names.emplace_back(area.name);
  return names;
}

Result<Findings> RedisDiagnostics::diagnose(const Context& context, std::string_view area) {
  DBOPS_TRY(check_area("Redis", area, areas()));
  DBOPS_ASSIGN(const Info info, ask_info(context, link_, "all"));
  Findings findings;
  for (const Area& each : kAreas) {
    if (!area.empty() && each.name != area) continue;
    if (each.by_info != nullptr) each.by_info(info, findings);
    if (each.by_asking != nullptr) DBOPS_TRY(each.by_asking(context, link_, findings));
  }
  return findings;
}

}  // namespace dbops::redis

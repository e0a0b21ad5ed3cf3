#include "connectors/elasticsearch/diagnostics.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/time.h"

namespace dbops::elasticsearch {
namespace {

using Findings = std::vector<Finding>;

constexpr int64_t kDiskWarn = 85;         // percent of a disk in use: the server's low watermark
constexpr int64_t kDiskCritical = 90;     // its high one
constexpr int64_t kHeapWarn = 85;         // percent of the heap in use
constexpr int64_t kSlowTask = 10;         // seconds
constexpr int64_t kShardsPerNode = 1000;  // the server's own default limit
constexpr int64_t kFieldsWarn = 800;      // of the server's default limit of 1,000
constexpr double kSmallShard =
    1.0 * (1 << 30);  // bytes, below which many shards cost more than they give
constexpr size_t kHotLines = 3;

std::string shown(const JsonView& json) { return escape_control(shorten(json.string(), 200)); }

// The answer; nullopt with a finding where it can't be had, unless the whole look must end.
Result<std::optional<Whole>> look(const Context& context, Link& link, std::string_view area,
                                  const std::string& path, Findings& out) {
  auto answer = ask_json(context, link, Tier::read, {"GET", path});
  if (answer) return std::optional(*std::move(answer));
  Error error = std::move(answer).error();
  if (error.code == Code::cancelled || error.code == Code::timeout ||
      error.code == Code::disconnected || error.code == Code::unreachable)
    return fail(std::move(error));
  out.push_back({Severity::info,
                 std::string(area),
                 {},
                 "can't be looked at: " + error.message,
                 "allow the user to monitor the cluster"});
  return std::nullopt;
}

Result<void> look_at_cluster(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto health, look(context, link, "cluster", "/_cluster/health", out));
  if (!health) return {};
  const JsonView json = health->json();
  const std::string status = json["status"].string();
  const Severity severity = status == "green"    ? Severity::ok
                            : status == "yellow" ? Severity::warning
                                                 : Severity::critical;
  out.push_back({severity, "cluster", "status",
                 shown(json["status"]) + ": " + shown(json["number_of_nodes"]) + " nodes, " +
                     shown(json["active_shards"]) + " shards active, " +
                     shown(json["unassigned_shards"]) + " unassigned",
                 severity == Severity::ok ? "" : "the area shards says why a shard is unassigned"});
  if (const int64_t pending = json["number_of_pending_tasks"].integer().value_or(0); pending > 0)
    out.push_back({Severity::info,
                   "cluster",
                   "pending tasks",
                   std::to_string(pending) + " changes of the cluster wait",
                   {}});
  return {};
}

// Why the first unassigned shard is none's, in the server's own words.
Result<void> look_at_shards(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto shards,
               look(context, link, "shards",
                    "/_cat/shards?format=json&bytes=b&h=index,shard,prirep,state,store", out));
  if (!shards) return {};
  int64_t unassigned = 0;
  int64_t small = 0;
  int64_t all = 0;
  for (const JsonView& shard : shards->json().elements()) {
    ++all;
    unassigned += shard["state"].string() == "UNASSIGNED";
    small += static_cast<double>(shard["store"].integer().value_or(0)) < kSmallShard;
  }
  if (all > kShardsPerNode && small * 2 > all)
    out.push_back({Severity::warning, "shards", "size",
                   std::to_string(small) + " of " + std::to_string(all) + " shards are below 1 GB",
                   "fewer shards for an index, or older indices shrunk or joined by reindex"});
  if (unassigned == 0) {
    out.push_back(
        {Severity::ok, "shards", {}, "all " + std::to_string(all) + " shards are assigned", {}});
    return {};
  }
  const auto why = ask_json(context, link, Tier::read, {"GET", "/_cluster/allocation/explain"});
  std::string words;
  std::string subject;
  if (why) {
    const JsonView json = why->json();
    subject = shown(json["index"]) + '[' + shown(json["shard"]) + ']';
    words = ": " + shown(json["allocate_explanation"]);
    for (const JsonView& node : json["node_allocation_decisions"].elements())
      for (const JsonView& decider : node["deciders"].elements())
        words += "; " + shown(decider["explanation"]);
  }
  out.push_back({Severity::warning, "shards", subject,
                 std::to_string(unassigned) + " shards are unassigned" + shorten(words, 600),
                 "add nodes, or set index.number_of_replicas to what the nodes can hold"});
  return {};
}

Result<void> look_at_disks(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(
      const auto disks,
      look(context, link, "disk",
           "/_cat/allocation?format=json&bytes=b&h=node,disk.percent,disk.avail,shards", out));
  if (!disks) return {};
  const size_t before = out.size();
  for (const JsonView& node : disks->json().elements()) {
    const auto percent = node["disk.percent"].integer();
    if (!percent) continue;  // The row of what is unassigned.
    const Severity severity = *percent >= kDiskCritical ? Severity::critical
                              : *percent >= kDiskWarn   ? Severity::warning
                                                        : Severity::ok;
    out.push_back(
        {severity, "disk", shown(node["node"]),
         std::to_string(*percent) + "% of the disk in use, " +
             format_bytes(static_cast<uint64_t>(node["disk.avail"].integer().value_or(0))) +
             " free, " + shown(node["shards"]) + " shards",
         severity == Severity::ok
             ? ""
             : "make room: beyond 85% no shard comes here, beyond 95% indices are read-only"});
  }
  if (out.size() == before)
    out.push_back({Severity::info, "disk", {}, "no node tells how full its disk is", {}});
  return {};
}

Result<void> look_at_nodes(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto stats,
               look(context, link, "nodes", "/_nodes/stats/jvm,thread_pool,breaker", out));
  if (!stats) return {};
  const size_t before = out.size();
  for (const auto& [id, node] : stats->json()["nodes"].members()) {
    const std::string name = shown(node["name"]);
    const int64_t heap = node.at({"jvm", "mem", "heap_used_percent"}).integer().value_or(0);
    out.push_back({heap >= kHeapWarn ? Severity::warning : Severity::ok, "nodes", name,
                   std::to_string(heap) + "% of the heap in use",
                   heap >= kHeapWarn ? "give it more heap, or ask for less at once" : ""});
    for (const auto& [pool, state] : node["thread_pool"].members())
      if (const int64_t rejected = state["rejected"].integer().value_or(0); rejected > 0)
        out.push_back({Severity::warning, "nodes", name,
                       std::to_string(rejected) + " requests were rejected by the pool " +
                           escape_control(pool) + " since the start",
                       "send fewer requests at once"});
    for (const auto& [breaker, state] : node["breakers"].members())
      if (const int64_t tripped = state["tripped"].integer().value_or(0); tripped > 0)
        out.push_back({Severity::warning, "nodes", name,
                       "the breaker " + escape_control(breaker) + " has stopped " +
                           std::to_string(tripped) + " requests that wanted too much memory",
                       "ask for less at once: smaller pages, fewer buckets"});
  }
  if (out.size() == before) out.push_back({Severity::info, "nodes", {}, "no node answered", {}});
  return {};
}

Result<void> look_at_tasks(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto tasks,
               look(context, link, "tasks", "/_tasks?detailed=true&group_by=none", out));
  if (!tasks) return {};
  const size_t before = out.size();
  for (const JsonView& task : tasks->json()["tasks"].elements()) {
    const int64_t nanos = task["running_time_in_nanos"].integer().value_or(0);
    const auto span =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(nanos));
    const std::string action = shown(task["action"]);
    if (span < std::chrono::seconds(kSlowTask) || task["type"].string() == "persistent") continue;
    out.push_back({Severity::warning, "tasks", shown(task["node"]) + ':' + shown(task["id"]),
                   action + " runs since " + format_duration(span),
                   task["cancellable"].is_true() ? "the operation cancel_task ends it"
                                                 : "it can't be cancelled: wait"});
  }
  if (out.size() == before)
    out.push_back({Severity::ok, "tasks", {}, "no task runs longer than 10 s", {}});
  return {};
}

// The busiest threads of each node: the lines that name them, without their stacks.
Result<void> look_at_threads(const Context& context, Link& link, Findings& out) {
  const auto text = link.ask(context, Tier::read, {"GET", "/_nodes/hot_threads?interval=100ms"});
  if (!text) {
    if (text.error().code == Code::cancelled || text.error().code == Code::timeout)
      return fail(text.error());
    out.push_back(
        {Severity::info, "threads", {}, "can't be looked at: " + text.error().message, {}});
    return {};
  }
  size_t lines = 0;
  for (size_t at = 0; at < text->size() && lines < kHotLines;) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const std::string_view line = std::string_view(*text).substr(at, end - at);
    const size_t used = line.find("cpu usage by thread");
    at = end + 1;
    if (used == std::string_view::npos) continue;
    ++lines;
    const size_t begin = std::min(line.find_first_not_of(' '), line.size());
    out.push_back(
        {Severity::info, "threads", {}, escape_control(shorten(line.substr(begin), 300)), {}});
  }
  if (lines == 0) out.push_back({Severity::ok, "threads", {}, "no thread is busy", {}});
  return {};
}

// Indices whose mappings grow towards the server's limit of fields.
Result<void> look_at_mappings(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto fields, look(context, link, "mappings", "/_field_caps?fields=*", out));
  if (!fields) return {};
  const auto count = static_cast<int64_t>(fields->json()["fields"].members().size());
  const bool many = count > kFieldsWarn;
  out.push_back(
      {many ? Severity::warning : Severity::ok,
       "mappings",
       {},
       format_count(count) + " fields in all indices together",
       many ? "set dynamic to false where documents bring new names, or use flattened" : ""});
  return {};
}

struct Area {
  std::string_view name;
  Result<void> (*look)(const Context&, Link&, Findings&);
};
constexpr auto kAreas = std::to_array<Area>({
    {"cluster", look_at_cluster},
    {"shards", look_at_shards},
    {"disk", look_at_disks},
    {"nodes", look_at_nodes},
    {"tasks", look_at_tasks},
    {"threads", look_at_threads},
    {"mappings", look_at_mappings},
});

}  // namespace

std::vector<std::string> ElasticDiagnostics::areas() const {
  std::vector<std::string> names;
  for (const Area& area : kAreas) names.emplace_back(area.name);
  return names;
}

Result<Findings> ElasticDiagnostics::diagnose(const Context& context, std::string_view area) {
  const bool known = std::any_of(kAreas.begin(), kAreas.end(),
                                 [&](const Area& each) { return each.name == area; });
  if (!area.empty() && !known) {
    std::string all;
    for (const Area& each : kAreas) all += (all.empty() ? "" : ", ") + std::string(each.name);
    return fail(
        Code::invalid_argument,
        "Elasticsearch has no area \"" + escape_control(shorten(area, 64)) + "\" to diagnose",
        "the areas are " + all);
  }
  Findings findings;
  for (const Area& each : kAreas)
    if (area.empty() || each.name == area) DBOPS_TRY(each.look(context, link_, findings));
  return findings;
}

}  // namespace dbops::elasticsearch

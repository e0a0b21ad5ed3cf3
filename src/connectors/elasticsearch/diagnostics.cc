#include "connectors/elasticsearch/diagnostics.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "connectors/elasticsearch/diagnose_look.h"
#include "connectors/elasticsearch/diagnose_upkeep.h"
#include "connectors/elasticsearch/mapping.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kExplained = 3;          // unassigned shards that are asked about
constexpr int64_t kHeapWarn = 85;         // percent of the heap in use
constexpr int64_t kSlowTask = 10;         // seconds
constexpr int64_t kShardsPerNode = 1000;  // the server's own default limit
constexpr int64_t kFieldsLimit = 1000;    // of an index, unless it says otherwise
constexpr int64_t kFieldsTenths = 8;      // of that limit
constexpr size_t kHotLines = 3;

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

// Why each of the first few unassigned shards is none's, primaries before all.
Result<void> explain_shards(const Context& context, Link& link, const JsonView& shards,
                            Findings& out) {
  std::vector<JsonView> unassigned;
  for (const JsonView& shard : shards.elements())
    if (shard["state"].string() == "UNASSIGNED") unassigned.push_back(shard);
  std::stable_partition(unassigned.begin(), unassigned.end(),
                        [](const JsonView& shard) { return shard["prirep"].string() == "p"; });
  if (unassigned.size() > kExplained)
    out.push_back({Severity::warning,
                   "shards",
                   "unassigned",
                   format_count(static_cast<int64_t>(unassigned.size())) +
                       " shards are on no node; of the first " + std::to_string(kExplained) +
                       " is said why",
                   {}});
  for (size_t i = 0; i < std::min(unassigned.size(), kExplained); ++i) {
    const JsonView& shard = unassigned[i];
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().member("index", shard["index"].string());
    writer.member("shard", shard["shard"].integer().value_or(0));
    writer.member("primary", shard["prirep"].string() == "p").end_object();
    const auto why =
        ask_json(context, link, Tier::read, {"POST", "/_cluster/allocation/explain", body});
    DBOPS_TRY(context.alive());
    // It may have found its node in between.
    if (why) out.push_back(explain_unassigned(why->json()));
  }
  return {};
}

Result<void> look_at_shards(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto shards,
               look(context, link, "shards",
                    "/_cat/shards?format=json&bytes=b&h=index,shard,prirep,state,store,node", out));
  if (!shards) return {};
  const size_t before = out.size();
  DBOPS_TRY(explain_shards(context, link, shards->json(), out));
  DBOPS_ASSIGN(const auto settings,
               look(context, link, "shards",
                    "/_cluster/settings?include_defaults=true&filter_path=*.cluster."
                    "max_shards_per_node",
                    out));
  const std::string limit =
      settings ? setting(settings->json(), {"cluster", "max_shards_per_node"}).string() : "";
  int64_t per_node = kShardsPerNode;
  std::from_chars(limit.data(), limit.data() + limit.size(), per_node);
  look_at_sizes(shards->json(), per_node, out);
  DBOPS_ASSIGN(const auto stats, look(context, link, "shards",
                                      "/_stats/search,indexing?level=shards&filter_path="
                                      "indices.*.shards.*.search.query_time_in_millis,"
                                      "indices.*.shards.*.indexing.index_time_in_millis",
                                      out));
  if (stats) look_at_heat(stats->json(), out);
  if (out.size() == before)
    out.push_back({Severity::ok,
                   "shards",
                   {},
                   "all " + format_count(static_cast<int64_t>(shards->json().elements().size())) +
                       " shards are assigned",
                   {}});
  return {};
}

Result<void> look_at_all_disks(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(
      const auto disks,
      look(context, link, "disk",
           "/_cat/allocation?format=json&bytes=b&h=node,disk.percent,disk.avail,shards", out));
  if (!disks) return {};
  DBOPS_ASSIGN(const auto settings,
               look(context, link, "disk",
                    "/_cluster/settings?include_defaults=true&filter_path=*.cluster.routing."
                    "allocation.disk",
                    out));
  const size_t before = out.size();
  look_at_disks(disks->json(), settings ? settings->json() : JsonView(), out);
  if (out.size() == before)
    out.push_back({Severity::info, "disk", {}, "no node tells how full its disk is", {}});
  DBOPS_ASSIGN(const auto blocks,
               look(context, link, "disk",
                    "/_all/_settings/index.blocks.read_only_allow_delete?filter_path="
                    "*.settings.index.blocks",
                    out));
  if (!blocks) return {};
  for (const auto& [index, of_index] : blocks->json().members())
    out.push_back({Severity::critical, "disk", escape_control(index),
                   "is read-only, but for deletes: a disk with a shard of it was too full",
                   "make room; the server lifts the block by itself then, older ones by PUT "
                   "/index/_settings {\"index.blocks.read_only_allow_delete\": null}"});
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

// Indices whose mappings grow towards their limit of fields.
Result<void> look_at_mappings(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto mappings, look(context, link, "mappings", "/_mapping", out));
  if (!mappings) return {};
  DBOPS_ASSIGN(const auto settings, look(context, link, "mappings",
                                         "/_all/_settings/index.mapping.total_fields.limit?"
                                         "filter_path=*.settings.index.mapping.total_fields.limit",
                                         out));
  const size_t before = out.size();
  int64_t indices = 0;
  for (const auto& [index, mapping] : mappings->json().members()) {
    ++indices;
    const auto count = static_cast<int64_t>(fields_of_one(mapping).size());
    int64_t limit = kFieldsLimit;
    const std::string set = settings
                                ? settings->json()[index]
                                      .at({"settings", "index", "mapping", "total_fields", "limit"})
                                      .string()
                                : "";
    std::from_chars(set.data(), set.data() + set.size(), limit);
    if (count * 10 < limit * kFieldsTenths) continue;
    out.push_back(
        {Severity::warning, "mappings", escape_control(index),
         format_count(count) + " fields, of " + format_count(limit) + " that it may have",
         "set dynamic to false where documents bring new names, or map what holds them as "
         "flattened (flat_object on OpenSearch)"});
  }
  if (out.size() == before)
    out.push_back({Severity::ok,
                   "mappings",
                   {},
                   "no index of " + format_count(indices) + " is near its limit of fields",
                   {}});
  return {};
}

// Whether the server would write down which searches are slow.
Result<void> look_at_slow_log(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto settings, look(context, link, "slowlog",
                                         "/_all/_settings/index.search.slowlog*?filter_path="
                                         "*.settings.index.search.slowlog",
                                         out));
  if (!settings) return {};
  const auto set = static_cast<int64_t>(settings->json().members().size());
  out.push_back({Severity::info,
                 "slowlog",
                 {},
                 set == 0 ? "no index notes its slow searches"
                          : format_count(set) + " indices note their slow searches",
                 set == 0 ? "PUT /index/_settings {\"index.search.slowlog.threshold.query.warn\": "
                            "\"2s\"}; explain with analyze shows where one search spends its time"
                          : ""});
  return {};
}

struct Area {
  std::string_view name;
  Result<void> (*look)(const Context&, Link&, Findings&);
};
constexpr auto kAreas = std::to_array<Area>({
    {"cluster", look_at_cluster},
    {"shards", look_at_shards},
    {"disk", look_at_all_disks},
    {"nodes", look_at_nodes},
    {"tasks", look_at_tasks},
    {"threads", look_at_threads},
    {"mappings", look_at_mappings},
    {"slowlog", look_at_slow_log},
    {"lifecycles", look_at_lifecycles},
    {"licence", look_at_licence},
    {"deprecations", look_at_deprecations},
});

}  // namespace

std::vector<std::string> ElasticDiagnostics::areas() const {
  std::vector<std::string> names;
  for (const Area& area : kAreas) names.emplace_back(area.name);
  return names;
}

Result<Findings> ElasticDiagnostics::diagnose(const Context& context, std::string_view area) {
  DBOPS_TRY(check_area("Elasticsearch", area, areas()));
  Findings findings;
  for (const Area& each : kAreas)
    if (area.empty() || each.name == area) DBOPS_TRY(each.look(context, link_, findings));
  return findings;
}

}  // namespace dbops::elasticsearch

#include "connectors/elasticsearch/diagnose_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

constexpr int64_t kSmallShard = int64_t{1}
                                << 30;  // bytes, below which a shard costs more than it gives
constexpr int64_t kLargeShard = int64_t{50}
                                << 30;  // bytes, above which moving and recovering takes long
constexpr int64_t kManyShards = 100;    // of which small ones are worth a word
constexpr int64_t kSkewBytes = int64_t{1} << 30;  // of the largest shard of an index
constexpr int64_t kSkewFactor = 3;                // times what the others hold on average
constexpr double kNearLimit = 0.8;                // of the shards that the nodes may have
constexpr int64_t kHeatMillis = 60'000;           // of work since the start that is worth a word
constexpr double kHeatPart = 0.5;                 // of all of it
constexpr size_t kShownBytes = 600;               // of the server's explanation
constexpr double kDefaultLow = 85, kDefaultHigh = 90, kDefaultFlood = 95;  // percent

std::string shown(const JsonView& json) { return escape_control(shorten(json.string(), 200)); }

std::string percent_of(double part, double all) {
  return std::to_string(static_cast<int64_t>(part * 100 / all)) + '%';
}

struct Index {
  int64_t primaries = 0;
  int64_t small = 0;
  int64_t bytes = 0;
  int64_t largest = 0;
  std::string largest_shard;
};

void look_for_skew(const std::string& name, const Index& index, Findings& out) {
  if (index.primaries < 2 || index.largest < kSkewBytes) return;
  const int64_t others = (index.bytes - index.largest) / (index.primaries - 1);
  if (index.largest < others * kSkewFactor) return;
  out.push_back({Severity::warning, "shards", escape_control(name),
                 "shard " + index.largest_shard + " holds " +
                     format_bytes(static_cast<uint64_t>(index.largest)) + ", the others " +
                     format_bytes(static_cast<uint64_t>(others)) + " on average",
                 "look at the values that documents are routed by: few of them, or one that most "
                 "have; an index without custom routing spreads evenly"});
}

void look_for_large(const std::string& name, const Index& index, Findings& out) {
  if (index.largest < kLargeShard) return;
  out.push_back({Severity::warning, "shards", escape_control(name),
                 "its largest shard holds " + format_bytes(static_cast<uint64_t>(index.largest)),
                 "more primary shards (reindex or _split), or roll over at 50 GB"});
}

// What each decider's NO asks for.
struct Advice {
  std::string_view decider;
  std::string_view hint;
};
constexpr auto kAdvice = std::to_array<Advice>({
    {"same_shard",
     "a node holds a shard only once: add a node, or set index.number_of_replicas to "
     "what the nodes can hold"},
    {"disk_threshold", "make room on the nodes' disks, or add one: see the area disk"},
    {"filter",
     "the index or the cluster asks for nodes that are not there: look at "
     "index.routing.allocation and cluster.routing.allocation"},
    {"max_retry",
     "it was tried too often: mend the cause, then POST "
     "/_cluster/reroute?retry_failed=true"},
    {"enable", "allocation is turned off: look at cluster.routing.allocation.enable"},
    {"awareness",
     "add a node in the zone that is missing, or change "
     "cluster.routing.allocation.awareness"},
    {"shards_limit", "raise index.routing.allocation.total_shards_per_node, or add a node"},
    {"data_tier",
     "add a node of the tier that the index prefers, or change "
     "index.routing.allocation.include._tier_preference"},
    {"node_version", "finish the upgrade: a copy never goes to an older version"},
    {"throttling", "wait: other shards are recovering first"},
});

struct Doing {
  const char* name;
  const char* group;
  const char* millis;
  const char* hint;
};

void look_at_work(const JsonView& stats, const Doing& doing, Findings& out) {
  int64_t all = 0;
  int64_t most = 0;
  int64_t shards = 0;
  std::string hottest;
  for (const auto& [index, of_index] : stats["indices"].members())
    for (const auto& [shard, copies] : of_index["shards"].members()) {
      ++shards;
      int64_t millis = 0;
      for (const JsonView& copy : copies.elements())
        millis += copy.at({doing.group, doing.millis}).integer().value_or(0);
      all += millis;
      if (millis <= most) continue;
      most = millis;
      hottest = index + '[' + shard + ']';
    }
  const bool hot = shards > 1 && most >= kHeatMillis &&
                   static_cast<double>(most) >= kHeatPart * static_cast<double>(all);
  if (!hot) return;
  out.push_back({Severity::info, "shards", escape_control(hottest),
                 "has done " + percent_of(static_cast<double>(most), static_cast<double>(all)) +
                     " of all the " + doing.name + " since the start",
                 doing.hint});
}

std::optional<double> number_before(std::string_view text, std::string_view unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  text.remove_suffix(unit.size());
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> bytes_of(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  constexpr auto kUnits = std::to_array<Unit>({{"tb", 1099511627776.0},
                                               {"gb", 1073741824.0},
                                               {"mb", 1048576.0},
                                               {"kb", 1024.0},
                                               {"b", 1.0}});
  const std::string low = lower(text);
  for (const Unit& unit : kUnits)
    if (const auto number = number_before(low, unit.name)) return *number * unit.bytes;
  return std::nullopt;
}

// As the setting says, or as the server's own default has it.
Watermark mark_of(const JsonView& settings, const char* name, double percent) {
  const auto told = [&](const std::string& which) {
    return setting(settings, {"cluster", "routing", "allocation", "disk", "watermark", which})
        .string();
  };
  const std::string headroom = told(std::string(name) + ".max_headroom");
  const Watermark mark = read_watermark(told(name), headroom);
  if (mark.used_percent || mark.free_bytes) return mark;
  return {percent, bytes_of(headroom)};
}

}  // namespace

JsonView setting(const JsonView& settings, std::initializer_list<std::string_view> path) {
  for (const char* level : {"transient", "persistent"})
    if (const JsonView value = settings[level].at(path); !value.is_null()) return value;
  return settings["defaults"].at(path);
}

void look_at_sizes(const JsonView& shards, int64_t per_node_max, Findings& out) {
  std::map<std::string, Index> indices;
  std::set<std::string> nodes;
  int64_t all = 0;
  int64_t small = 0;
  for (const JsonView& shard : shards.elements()) {
    if (shard["node"].is_string()) nodes.insert(shard["node"].string());
    const auto bytes = shard["store"].integer();
    if (shard["state"].string() != "STARTED" || !bytes) continue;
    ++all;
    small += *bytes < kSmallShard;
    if (shard["prirep"].string() != "p") continue;
    Index& index = indices[shard["index"].string()];
    ++index.primaries;
    index.small += *bytes < kSmallShard;
    index.bytes += *bytes;
    if (*bytes <= index.largest) continue;
    index.largest = *bytes;
    index.largest_shard = shown(shard["shard"]);
  }
  for (const auto& [name, index] : indices) {
    look_for_skew(name, index, out);
    look_for_large(name, index, out);
  }
  const auto most = std::max_element(
      indices.begin(), indices.end(),
      [](const auto& a, const auto& b) { return a.second.small < b.second.small; });
  if (all >= kManyShards && small * 2 > all)
    out.push_back({Severity::warning, "shards", "size",
                   format_count(small) + " of " + format_count(all) +
                       " shards are below 1 GB, most of them in " + escape_control(most->first) +
                       " (" + format_count(most->second.small) + " primaries)",
                   "fewer primary shards for an index, longer spans for one of dates, or smaller "
                   "ones joined by reindex or _shrink"});
  const auto room = static_cast<double>(per_node_max) * static_cast<double>(nodes.size());
  if (room > 0 && static_cast<double>(all) >= kNearLimit * room)
    out.push_back({Severity::warning, "shards", "count",
                   format_count(all) + " shards, of " + format_count(static_cast<int64_t>(room)) +
                       " that the nodes may have: beyond it no index can be created",
                   "delete or join indices before cluster.max_shards_per_node is raised"});
}

void look_at_heat(const JsonView& stats, Findings& out) {
  look_at_work(stats,
               {"searching", "search", "query_time_in_millis",
                "more replicas spread its searches; more primary shards spread its documents"},
               out);
  look_at_work(stats,
               {"indexing", "indexing", "index_time_in_millis",
                "more primary shards spread its documents; look at what they are routed by"},
               out);
}

Finding explain_unassigned(const JsonView& json) {
  const bool primary = json["primary"].is_true();
  std::string words;
  std::string hint;
  std::set<std::string> said;
  for (const JsonView& node : json["node_allocation_decisions"].elements())
    for (const JsonView& decider : node["deciders"].elements()) {
      const std::string name = decider["decider"].string();
      if (decider["decision"].string() == "YES" || !said.insert(name).second) continue;
      words += (words.empty() ? "" : "; ") + shown(decider["explanation"]);
      for (const Advice& advice : kAdvice)
        if (advice.decider == name) hint += (hint.empty() ? "" : "; ") + std::string(advice.hint);
    }
  if (words.empty()) words = shown(json["allocate_explanation"]);
  const JsonView since = json.at({"unassigned_info", "reason"});
  const std::string reason = since.is_string() ? since.string() : "";
  if (hint.empty() && json["can_allocate"].string() == "no_valid_shard_copy")
    hint = "bring back the node that had it, or restore the index from a snapshot";
  return {
      primary ? Severity::critical : Severity::warning, "shards",
      shown(json["index"]) + '[' + shown(json["shard"]) + ']' + (primary ? " primary" : " replica"),
      "is on no node" + (reason.empty() ? "" : " (" + escape_control(lower(reason)) + ")") + ": " +
          shorten(words, kShownBytes),
      hint.empty() ? "mend what the server says, or set index.number_of_replicas" : hint};
}

Watermark read_watermark(std::string_view text, std::string_view headroom) {
  Watermark mark;
  if (const auto percent = number_before(text, "%"))
    mark.used_percent = percent;
  else if (const auto ratio = number_before(text, ""); ratio && *ratio <= 1)
    mark.used_percent = *ratio * 100;
  mark.free_bytes = bytes_of(mark.used_percent ? headroom : text);
  return mark;
}

bool is_over(const Watermark& mark, double used_percent, double free_bytes) {
  const bool little = !mark.free_bytes || free_bytes < *mark.free_bytes;
  if (!mark.used_percent) return mark.free_bytes && little;
  return used_percent >= *mark.used_percent && little;
}

void look_at_disks(const JsonView& nodes, const JsonView& settings, Findings& out) {
  const Watermark low = mark_of(settings, "low", kDefaultLow);
  const Watermark high = mark_of(settings, "high", kDefaultHigh);
  const Watermark flood = mark_of(settings, "flood_stage", kDefaultFlood);
  const bool watched =
      setting(settings, {"cluster", "routing", "allocation", "disk", "threshold_enabled"})
          .string() != "false";
  for (const JsonView& node : nodes.elements()) {
    const auto percent = node["disk.percent"].integer();
    if (!percent) continue;  // The row of what is unassigned.
    const auto used = static_cast<double>(*percent);
    const auto free = static_cast<double>(node["disk.avail"].integer().value_or(0));
    Finding finding{Severity::ok,
                    "disk",
                    shown(node["node"]),
                    std::to_string(*percent) + "% of the disk in use, " +
                        format_bytes(static_cast<uint64_t>(free)) + " free, " +
                        shown(node["shards"]) + " shards",
                    {}};
    if (is_over(flood, used, free)) {
      finding.severity = Severity::critical;
      finding.hint =
          "over the flood stage: indices with a shard here are read-only until there is "
          "room; delete what is not needed, or add a node";
    } else if (is_over(high, used, free)) {
      finding.severity = Severity::critical;
      finding.hint =
          "over the high watermark: shards are moved away from here; make room, or add a "
          "node";
    } else if (is_over(low, used, free)) {
      finding.severity = Severity::warning;
      finding.hint = "over the low watermark: no more shards come here; make room, or add a node";
    }
    if (finding.severity != Severity::ok && !watched)
      finding.hint =
          "the server does not watch its disks (cluster.routing.allocation.disk."
          "threshold_enabled is false): make room before it is full";
    out.push_back(std::move(finding));
  }
}

}  // namespace dbops::elasticsearch

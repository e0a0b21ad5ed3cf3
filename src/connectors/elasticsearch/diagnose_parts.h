// What the figures of shards and disks mean: findings made from the server's answers, without I/O.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "core/session.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

using Findings = std::vector<Finding>;

// Of _cat/shards, with sizes in bytes: too many and too small ones, too large ones, and indices of
// which one shard holds far more than the others. `per_node_max`: cluster.max_shards_per_node.
void look_at_sizes(const JsonView& shards, int64_t per_node_max, Findings& out);

// Of _stats?level=shards: a shard that does most of all the searching, or indexing, since the
// start.
void look_at_heat(const JsonView& stats, Findings& out);

// Of _cluster/allocation/explain: why that shard is on no node, and what to do about it.
Finding explain_unassigned(const JsonView& explanation);

// A mark of a disk: how full it may be, or how much must be free.
struct Watermark {
  std::optional<double> used_percent;
  std::optional<double> free_bytes;
};
// "85%", "0.85", "50gb"; nothing for another text. `headroom`: beyond which a percentage asks for
// no more to be free, or empty.
Watermark read_watermark(std::string_view text, std::string_view headroom);
bool is_over(const Watermark& mark, double used_percent, double free_bytes);

// A setting of the cluster by its path, its defaults among them: what was set last counts. Null
// where it is not told.
JsonView setting(const JsonView& settings, std::initializer_list<std::string_view> path);

// Of _cat/allocation, with sizes in bytes, and of _cluster/settings.
void look_at_disks(const JsonView& nodes, const JsonView& settings, Findings& out);

}  // namespace dbops::elasticsearch

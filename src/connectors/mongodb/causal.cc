#include "connectors/mongodb/causal.h"

#include <algorithm>

namespace dbops::mongodb {
namespace {

struct Known {
  std::string set;
  std::vector<std::string> hosts;
  std::shared_ptr<Causal> causal;
};

std::optional<LogTime> time_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  if (!find_field(document, path, found) || !BSON_ITER_HOLDS_TIMESTAMP(&found)) return {};
  LogTime time;
  bson_iter_timestamp(&found, &time.seconds, &time.increment);
  return time;
}

}  // namespace

std::shared_ptr<Causal> Causal::of(const std::string& set, std::span<const std::string> hosts) {
  static std::mutex mutex;
  static std::vector<Known> all;  // The one used last stands last.
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Known& known) {
    return known.set == set && std::find_first_of(known.hosts.begin(), known.hosts.end(),
                                                  hosts.begin(), hosts.end()) != known.hosts.end();
  });
  Known known{.set = set, .hosts = {}, .causal = nullptr};
  if (found != all.end()) {
    known.causal = found->causal;
    all.erase(found);
  } else {
    known.causal = std::make_shared<Causal>();
    if (all.size() >= kSetsMax) all.erase(all.begin());
  }
  known.hosts.assign(hosts.begin(), hosts.end());  // As they are now.
  all.push_back(std::move(known));
  return all.back().causal;
}

void Causal::note(const bson_t& reply, const std::string& member) {
  const auto time = time_at(reply, "operationTime");
  const auto clock = time_at(reply, "$clusterTime.clusterTime");
  if (!time && !clock) return;
  const std::lock_guard lock(mutex_);
  if (time && *time > seen_) {
    seen_ = *time;
    member_ = member;
  }
  if (clock && *clock > clock_) {
    bson_iter_t field;
    bson_t view;
    if (!bson_iter_init_find(&field, &reply, "$clusterTime") || !view_document(field, view)) return;
    clock_ = *clock;
    cluster_time_ = Bson::copy_of(view);
  }
}

std::optional<Causal::Wanted> Causal::wanted_of(const std::string& member) const {
  const std::lock_guard lock(mutex_);
  if (seen_ == LogTime() || (!member.empty() && member == member_)) return {};
  return Wanted{.time = seen_, .cluster_time = Bson::copy_of(*cluster_time_)};
}

std::optional<Bson> after(const bson_t& command, LogTime time, const std::string& level) {
  bson_iter_t field;
  bson_t own;
  const bool has_own =
      bson_iter_init_find(&field, &command, "readConcern") && view_document(field, own);
  const std::string wanted = has_own ? text_at(own, "level") : level;
  if (wanted == "available" || wanted == "linearizable" || wanted == "snapshot" ||
      (has_own &&
       (bson_has_field(&own, "afterClusterTime") || bson_has_field(&own, "atClusterTime"))))
    return {};
  Bson timed;
  bson_copy_to_excluding_noinit(&command, timed.get(), "readConcern", nullptr);
  bson_t concern;
  BSON_APPEND_DOCUMENT_BEGIN(timed.get(), "readConcern", &concern);
  if (has_own)
    bson_concat(&concern, &own);
  else if (!level.empty())
    BSON_APPEND_UTF8(&concern, "level", level.c_str());
  BSON_APPEND_TIMESTAMP(&concern, "afterClusterTime", time.seconds, time.increment);
  bson_append_document_end(timed.get(), &concern);
  return timed;
}

}  // namespace dbops::mongodb

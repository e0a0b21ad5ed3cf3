#include "connectors/mongodb/causal.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

namespace dbops::mongodb {

std::optional<ClusterTime> time_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  if (!find_field(document, path, found) || !BSON_ITER_HOLDS_TIMESTAMP(&found)) return std::nullopt;
  ClusterTime time;
  bson_iter_timestamp(&found, &time.seconds, &time.count);
  return time;
}

void Causal::learn(const bson_t& reply, const std::string& member) {
  const auto operation = time_at(reply, "operationTime");
  const auto cluster = time_at(reply, "$clusterTime.clusterTime");
  if (!operation && !cluster) return;
  const std::lock_guard lock(mutex_);
  if (operation && *operation > operation_) {
    operation_ = *operation;
    member_ = member;
  }
  bson_iter_t found;
  bson_t view;
  if (cluster && *cluster > cluster_ && find_field(reply, "$clusterTime", found) &&
      view_document(found, view) && view.len <= kSignedBytesMax) {
    cluster_ = *cluster;
    signed_ = Bson::copy_of(view);
  }
}

std::optional<ClusterTime> Causal::after(const std::string& member, bool majority) const {
  const std::lock_guard lock(mutex_);
  if (operation_ == ClusterTime() || (!majority && member == member_)) return std::nullopt;
  return operation_;
}

Bson Causal::cluster_time() const {
  const std::lock_guard lock(mutex_);
  return Bson::copy_of(*signed_);
}

std::string deployment_of(const bson_t& hello, const std::string& member) {
  std::string name = text_at(hello, "setName");
  if (name.empty()) return {};
  std::vector<std::string> members;
  for (const char* list : {"hosts", "passives"}) {
    bson_iter_t found;
    if (find_field(hello, list, found))
      for_each_within(found, [&](const bson_iter_t& host) { members.emplace_back(text_of(host)); });
  }
  std::sort(members.begin(), members.end());
  if (!std::binary_search(members.begin(), members.end(), member)) return {};
  for (const std::string& each : members) name.append(1, ' ').append(each);
  return name.size() <= kDeploymentBytesMax ? name : std::string();
}

std::shared_ptr<Causal> causal_of(const std::string& deployment) {
  static std::mutex mutex;
  static std::list<std::pair<std::string, std::shared_ptr<Causal>>> kept;  // Last asked for first.
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(kept.begin(), kept.end(),
                                  [&](const auto& each) { return each.first == deployment; });
  if (found != kept.end()) {
    kept.splice(kept.begin(), kept, found);
    return kept.front().second;
  }
  const auto unused = std::find_if(kept.rbegin(), kept.rend(),
                                   [](const auto& each) { return each.second.use_count() == 1; });
  if (kept.size() >= kDeploymentsMax && unused != kept.rend()) kept.erase(std::next(unused).base());
  kept.emplace_front(deployment, std::make_shared<Causal>());
  return kept.front().second;
}

std::string concern_level(const bson_t& command, const std::string& level) {
  if (!bson_has_field(&command, "readConcern")) return level;
  return text_at(command, "readConcern.level");
}

std::optional<Bson> reading_after(const bson_t& command, ClusterTime after,
                                  const std::string& level) {
  const std::string used = concern_level(command, level);
  // Others the server refuses to wait at, and a snapshot may have a time of its own.
  if (!used.empty() && used != "local" && used != "majority") return std::nullopt;
  bson_iter_t found;
  if (find_field(command, "readConcern.afterClusterTime", found) ||
      find_field(command, "readConcern.atClusterTime", found))
    return std::nullopt;
  Bson concern;
  if (find_field(command, "readConcern", found)) {
    bson_t own;
    if (!view_document(found, own)) return std::nullopt;  // The server says what is wrong.
    bson_concat(concern.get(), &own);
  } else if (!level.empty()) {
    BSON_APPEND_UTF8(concern.get(), "level", level.c_str());
  }
  BSON_APPEND_TIMESTAMP(concern.get(), "afterClusterTime", after.seconds, after.count);
  Bson result;
  bson_copy_to_excluding_noinit(&command, result.get(), "readConcern", nullptr);
  BSON_APPEND_DOCUMENT(result.get(), "readConcern", concern.get());
  return result;
}

}  // namespace dbops::mongodb

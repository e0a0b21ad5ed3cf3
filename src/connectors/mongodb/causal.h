// What the members of a replica set have shown this program, so that whichever of them it reads
// from next shows no less (MongoDB's driver specification "Causal Consistency").
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// A time of a replica set's or cluster's: seconds, and a count within the second.
struct ClusterTime {
  uint32_t seconds = 0;
  uint32_t count = 0;
  friend auto operator<=>(const ClusterTime&, const ClusterTime&) = default;  // NOLINT
};
std::optional<ClusterTime> time_at(const bson_t& document, const char* path);

// The latest that links to one replica set or cluster have written or seen, so that what they read
// next is no older. Shared by those links; thread-safe.
class Causal {
 public:
  static constexpr size_t kSignedBytesMax = 4096;  // of a signed time, which has about 150
  // What a reply says of the time; `member` is who gave it. Nothing where it says none. A signed
  // time that is longer is not kept.
  void learn(const bson_t& reply, const std::string& member);
  // The time that a read must wait for; nullopt where none is known, or where `member` itself
  // gave it and so has it already (but not for a majority).
  std::optional<ClusterTime> after(const std::string& member, bool majority) const;
  // The signed time of the cluster, as a member gave it; empty where none did. A member that has
  // not heard of a time refuses to wait for it unless this is sent along.
  Bson cluster_time() const;

 private:
  mutable std::mutex mutex_;
  ClusterTime operation_;
  std::string member_;  // Who gave it.
  ClusterTime cluster_;
  Bson signed_;
};

inline constexpr size_t kDeploymentBytesMax = 16u << 10;  // of a name: a set has 50 members at most
// The replica set of the member that sent this hello, by the set's name and its members. Empty
// where it is of none, the name would be longer, or the member is not among them: else any server
// could claim to be of another's set, and tell its readers of times that never come.
std::string deployment_of(const bson_t& hello, const std::string& member);

inline constexpr size_t kDeploymentsMax = 64;  // whose times are kept while no link is open

// That of a deployment, by a name that all its links find. Of those without a link the one that
// was longest unasked for is forgotten when there are kDeploymentsMax. Thread-safe.
std::shared_ptr<Causal> causal_of(const std::string& deployment);

// The command with a read concern that waits for `after`: its own, or one of that level (empty:
// the server's default). nullopt where its own concern already says what is to be seen, or is of
// a level that the server doesn't wait at.
std::optional<Bson> reading_after(const bson_t& command, ClusterTime after,
                                  const std::string& level);
// Of the command's own concern, else that one.
std::string concern_level(const bson_t& command, const std::string& level);

}  // namespace dbops::mongodb

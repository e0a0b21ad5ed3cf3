// The nodes of a cluster and which of them keeps what; of a server that is none, that one alone.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "connectors/redis/target.h"

namespace dbops::redis {

inline constexpr uint16_t kSlots = 16384;     // Of every cluster.
inline constexpr int kRedirectsMax = 5;       // A command is sent on so often at most.
inline constexpr size_t kNodesMax = 1000;     // nodes known at once, the cluster's own advice
inline constexpr size_t kFirstKeysMax = 500;  // commands whose place of the key is kept

// Which slot a key lies in: of what stands in its first {braces}, else of all of it.
uint16_t slot_of(std::string_view key) noexcept;

// "MOVED 3999 127.0.0.1:6381" and "ASK ...". An empty host is that of the node that said it.
struct Redirect {
  bool ask = false;  // For this command alone.
  uint16_t slot = 0;
  Address address;
};
// nullopt for any other error, and for one that makes no sense.
std::optional<Redirect> read_redirect(std::string_view error, const Address& from);

// So long a replica that failed is not asked, nor who else there is.
inline constexpr std::chrono::seconds kReplicaRest{5};

// Not thread-safe. Links live as long as this, or until route() or follow() is called again.
class Nodes {
 public:
  Nodes(OpenLink seed, Target target, std::chrono::milliseconds connect_timeout);

  // The node that the connection was opened to.
  Link& seed() { return *nodes_.front().link; }
  const Link& seed() const { return *nodes_.front().link; }
  const Address& seed_address() const { return nodes_.front().address; }
  // REQUIRES: the link is one of these.
  const Address& address_of(const Link& link) const { return nodes_[place_of(link)].address; }
  bool cluster() const { return cluster_; }
  // Sentinels say where the primary is.
  bool watched() const { return !target_.primary.empty(); }

  // The link that a command goes to, by what is known: of its slot, else the seed. `verb` is the
  // command's name, "GET" or "OBJECT ENCODING". Asks the server for slots and for where the key of
  // the command stands, once.
  Result<Link*> route(const Context& context, std::string_view verb,
                      std::span<const std::string> words);
  // The same for a read that any of its node's replicas may answer: to one of those that can be
  // reached, else to the node itself. Only where replicas are to be read from.
  Result<Link*> route_read(const Context& context, std::string_view verb,
                           std::span<const std::string> words);
  bool is_replica(const Link& link) const;
  // It failed: others are asked for a while.
  void rest(Link& replica);
  // The same for a key.
  Result<Link*> route_key(const Context& context, std::string_view key);
  // To each node that keeps slots, as the cluster has them now; of no cluster the seed's.
  Result<std::vector<Link*>> primaries(const Context& context);
  // The link that the answer of `from` sends a command on to; nullptr where it is no redirection.
  // On ASK it has been told to take the command.
  Result<Link*> follow(const Context& context, const Link& from, std::string_view error);
  // The error with what it means for the session: `session_broken` only where the seed's link is,
  // for another is opened anew; that of a primary which is one no longer is closed.
  Error about_session(Error error);

 private:
  struct Node {
    Address address;
    std::unique_ptr<Link> link;
    bool replica = false;  // The link was opened to read from a replica.
    std::chrono::steady_clock::time_point rests_until = {};
  };
  using Places = std::vector<uint16_t>;
  static constexpr uint16_t kUnknown = UINT16_MAX;

  Result<size_t> first_key(const Context& context, std::string_view verb);
  Result<void> load_slots(const Context& context);
  void read_slots(const RespReply& reply);
  Result<uint16_t> place_of(const Address& address);
  uint16_t place_of(const Link& link) const;
  Result<Link*> open(const Context& context, uint16_t place);
  Result<void> open_replica(const Context& context, Node& node);
  Result<void> find_replicas(const Context& context);

  const Target target_;
  const std::chrono::milliseconds connect_timeout_;
  const bool cluster_;
  std::vector<Node> nodes_;      // The seed first.
  std::vector<uint16_t> slots_;  // Of each its place in nodes_; empty until they are asked for.
  std::map<uint16_t, Places> replicas_;  // By the primary's place.
  std::chrono::steady_clock::time_point found_replicas_ = {};
  size_t turn_;  // Which replica is asked first: not the same for all sessions.
  std::map<std::string, size_t, std::less<>> first_keys_;  // By verb; 0: it has none.
};

}  // namespace dbops::redis

// Who wants to hear of changes: modern clients by subscriptions/listen, a request that stays open;
// legacy ones by their handshake and resources/subscribe.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"
#include "mcp/client.h"

namespace dbops::mcp {

enum class List : uint8_t { tools, prompts, resources };

// Thread-safe.
class Subscriptions {
 public:
  static constexpr size_t kListenersMax = 1024;  // open subscriptions/listen in all
  static constexpr size_t kUrisMax = 1000;       // resources of one of them

  struct Interests {
    std::set<List> lists;
    std::set<std::string, std::less<>> uris;
    bool empty() const { return lists.empty() && uris.empty(); }
  };

  // Makes the call stay, and acknowledges. False: there are too many, and nothing was done.
  bool add(const std::shared_ptr<Call>& call, Interests interests);
  // Hears of every list from now on, as long as it exists.
  void add(const std::weak_ptr<Client>& client);

  void announce_list(List list);
  void announce_resource(std::string_view uri);

  // Drops those that have gone.
  void trim();
  // Hands out all that listen.
  std::vector<std::shared_ptr<Call>> take_all();
  // Says which interests are honoured; always a listener's first notification.
  static void acknowledge(Call& call, const Interests& interests);

 private:
  struct Listener {
    std::shared_ptr<Call> call;
    Interests interests;
    std::mutex order;  // Held while something is sent: the acknowledgement goes first.
  };
  template <class Wants>
  void announce(Wants wants, std::string_view method, std::string_view member) const;
  std::vector<std::shared_ptr<Listener>> listeners() const;
  std::vector<std::shared_ptr<Client>> clients() const;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::weak_ptr<Client>> clients_;
};

}  // namespace dbops::mcp

// Who wants to hear of changes: modern clients by subscriptions/listen, a request that stays open;
// legacy ones by their handshake and resources/subscribe.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"
#include "mcp/client.h"
#include "mcp/task_keeper.h"

namespace dbops::mcp {

enum class List : uint8_t { tools, prompts, resources };
// As the protocol names them.
struct Listed {
  List list;
  std::string_view interest;    // Its name in subscriptions/listen.
  std::string_view capability;  // What must be advertised.
  std::string_view method;
};
inline constexpr Listed kLists[] = {
    {List::tools, "toolsListChanged", "tools", "notifications/tools/list_changed"},
    {List::prompts, "promptsListChanged", "prompts", "notifications/prompts/list_changed"},
    {List::resources, "resourcesListChanged", "resources", "notifications/resources/list_changed"},
};

// Thread-safe.
class Subscriptions {
 public:
  static constexpr size_t kUrisMax = 1000;         // resources of one of them
  static constexpr size_t kTasksMax = 100;         // tasks of one of them
  static constexpr size_t kUrisOfOneMax = 10'000;  // ... and of one principal, in all

  // A number that tells one state of a list from another, as that caller sees it.
  using Look = std::function<size_t(List, const Caller&)>;
  // `listeners_max`: open subscriptions/listen in all.
  Subscriptions(Look look, size_t listeners_max)
      : look_(std::move(look)), listeners_max_(listeners_max) {}

  struct Interests {
    std::set<List> lists;
    std::set<std::string, std::less<>> uris;
    std::set<std::string, std::less<>> tasks = {};    // Their ids.
    std::map<std::string, std::string> refused = {};  // URIs that can't be, each with why.
    bool empty() const { return lists.empty() && uris.empty() && tasks.empty(); }
  };

  // Makes the call stay, and acknowledges. False: there are too many, and nothing was done.
  bool add(const std::shared_ptr<Call>& call, Interests interests);
  // Hears of these lists from now on, as long as it exists.
  void add(const std::shared_ptr<Client>& client, const std::set<List>& lists);

  // To all that want to hear of it.
  void announce_list(List list);
  // To those for whom a list is another than when they last heard of it.
  void look_again();
  // The same for one alone, whose caller was granted something else.
  void renew(const Call& call, const Caller& caller);
  void renew(Client& client, const Caller& caller);
  using Changed = std::function<bool(std::string_view uri, const Caller&)>;
  void announce_resources(const Changed& changed);
  struct Subscribed {
    std::string uri;
    std::string principal;
    friend auto operator<=>(const Subscribed&, const Subscribed&) = default;  // NOLINT
  };
  std::set<Subscribed> subscribed() const;
  // How a task fares, to those of its principal that listen for it and don't know it yet.
  void announce_task(const TaskView& task);
  // Tasks that are listened for and not known to have ended, each with its principal.
  std::map<std::string, std::string> awaited_tasks() const;
  bool has_room(const std::string& principal, size_t more) const;
  // Those of subscriptions/listen that are open now.
  size_t open() const;

  // Drops those that have gone.
  void trim();
  // Hands out all that listen.
  std::vector<std::shared_ptr<Call>> take_all();
  // Says which interests are honoured; always a listener's first notification.
  static void acknowledge(Call& call, const Interests& interests);

 private:
  using Seen = std::map<List, size_t>;
  struct Listener {
    std::shared_ptr<Call> call;
    Interests interests;
    std::mutex order;  // Held while something is sent: the acknowledgement goes first.
    Caller caller;     // Guarded by it, as are the next.
    Seen seen;
    struct Told {
      TaskStatus status;
      TaskView::Time changed;
    };
    std::map<std::string, Told, std::less<>> told;  // Of tasks.
  };
  struct Hearer {
    std::weak_ptr<Client> client;
    std::mutex order;
    Seen seen;
  };
  Seen look(const std::set<List>& lists, const Caller& caller) const;
  Seen seen_by(const Caller& caller, const std::set<List>& lists);
  template <class Tell>
  void compare(Seen& seen, const Caller& caller, Tell tell) const;
  void look_again(Listener& listener) const;
  void look_again(Hearer& hearer) const;
  std::vector<std::shared_ptr<Listener>> listeners() const;
  std::vector<std::shared_ptr<Hearer>> hearers() const;

  const Look look_;
  const size_t listeners_max_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::shared_ptr<Hearer>> hearers_;
  struct Last {
    Caller caller;
    std::set<List> lists;
    Seen seen;
  };
  uint64_t looks_ = 0;  // look_again() of all
  // Who was last to hear, since then: a session for each call makes many alike.
  std::optional<Last> last_;
};

}  // namespace dbops::mcp

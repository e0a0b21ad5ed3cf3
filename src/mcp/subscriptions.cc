#include "mcp/subscriptions.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace dbops::mcp {
namespace {

namespace json = boost::json;

std::string_view method_of(List list) {
  return std::find_if(std::begin(kLists), std::end(kLists),
                      [&](const Listed& listed) { return listed.list == list; })
      ->method;
}

constexpr std::string_view kRefusedKey = "dbops/refused";  // in _meta of the acknowledgement

// `id`: JSON text. `member`: JSON members that follow, or empty. `meta`: the same, in _meta.
std::string tagged(std::string_view id, std::string_view member, std::string_view meta = {}) {
  std::string params = R"({"_meta":{")";
  params.append(kSubscriptionKey).append("\":").append(id).append(meta).append("}");
  if (!member.empty()) params.append(",").append(member);
  return params + "}";
}

std::string uri_member(std::string_view uri) {
  std::string member = R"("uri":)";
  JsonWriter(member).string(uri);
  return member;
}

}  // namespace

void Subscriptions::acknowledge(Call& call, const Interests& interests) {
  std::string member = R"("notifications":)";
  JsonWriter writer(member);
  writer.begin_object();
  for (const Listed& listed : kLists)
    if (interests.lists.contains(listed.list)) writer.member(listed.interest, true);
  if (!interests.uris.empty()) {
    writer.key("resourceSubscriptions").begin_array();
    for (const std::string& uri : interests.uris) writer.string(uri);
    writer.end_array();
  }
  if (!interests.tasks.empty()) {
    writer.key("taskIds").begin_array();
    for (const std::string& id : interests.tasks) writer.string(id);
    writer.end_array();
  }
  writer.end_object();
  std::string meta;
  if (!interests.refused.empty()) {
    meta.append(",\"").append(kRefusedKey).append("\":");
    JsonWriter why(meta);
    why.begin_object();
    for (const auto& [uri, reason] : interests.refused) why.member(uri, reason);
    why.end_object();
  }
  call.notify("notifications/subscriptions/acknowledged", tagged(call.id(), member, meta));
}

bool Subscriptions::add(const std::shared_ptr<Call>& call, Interests interests) {
  const auto listener = std::make_shared<Listener>();
  listener->call = call;
  listener->interests = std::move(interests);
  listener->caller = {.principal = call->context().principal, .grants = call->context().grants};
  const std::lock_guard order(listener->order);
  {
    const std::lock_guard lock(mutex_);
    if (listeners_.size() >= listeners_max_) return false;
    call->stay();
    listeners_.push_back(listener);
  }
  // After it is known to look_again(): a change in between is told once too often, not missed.
  listener->seen = look(listener->interests.lists, listener->caller);
  acknowledge(*call, listener->interests);
  return true;
}

void Subscriptions::add(const std::shared_ptr<Client>& client, const std::set<List>& lists) {
  const auto hearer = std::make_shared<Hearer>();
  hearer->client = client;
  const std::lock_guard order(hearer->order);
  {
    const std::lock_guard lock(mutex_);
    hearers_.push_back(hearer);
  }
  hearer->seen = seen_by(client->caller(), lists);
}

// What nobody has been told of since is told to this one, at worst once too often.
Subscriptions::Seen Subscriptions::seen_by(const Caller& caller, const std::set<List>& lists) {
  uint64_t looks = 0;
  {
    const std::lock_guard lock(mutex_);
    looks = looks_;
    if (last_ && last_->caller.principal == caller.principal &&
        last_->caller.grants == caller.grants && last_->lists == lists)
      return last_->seen;
  }
  Seen seen = look(lists, caller);
  const std::lock_guard lock(mutex_);
  if (looks == looks_) last_ = {.caller = caller, .lists = lists, .seen = seen};
  return seen;
}

Subscriptions::Seen Subscriptions::look(const std::set<List>& lists, const Caller& caller) const {
  Seen seen;
  for (const List list : lists) seen.emplace(list, look_(list, caller));
  return seen;
}

template <class Tell>
void Subscriptions::compare(Seen& seen, const Caller& caller, Tell tell) const {
  for (auto& [list, last] : seen) {
    const size_t now = look_(list, caller);
    if (std::exchange(last, now) != now) tell(method_of(list));
  }
}

void Subscriptions::look_again(Listener& listener) const {
  Call& call = *listener.call;
  const std::lock_guard order(listener.order);
  if (call.context().cancel.requested()) return;
  compare(listener.seen, listener.caller,
          [&](std::string_view method) { call.notify(method, tagged(call.id(), {})); });
}

void Subscriptions::look_again(Hearer& hearer) const {
  const auto client = hearer.client.lock();
  if (!client) return;
  const std::lock_guard order(hearer.order);
  compare(hearer.seen, client->caller(),
          [&](std::string_view method) { client->announce(method, "{}"); });
}

void Subscriptions::look_again() {
  {
    const std::lock_guard lock(mutex_);
    ++looks_;
    last_.reset();
  }
  for (const auto& listener : listeners()) look_again(*listener);
  for (const auto& hearer : hearers()) look_again(*hearer);
}

void Subscriptions::renew(const Call& call, const Caller& caller) {
  for (const auto& listener : listeners()) {
    if (listener->call.get() != &call) continue;
    {
      const std::lock_guard order(listener->order);
      if (listener->caller.grants == caller.grants) return;
      listener->caller = caller;
    }
    look_again(*listener);
  }
}

void Subscriptions::renew(Client& client, const Caller& caller) {
  if (client.caller().grants == caller.grants) return;
  client.renew(caller.grants);
  for (const auto& hearer : hearers())
    if (hearer->client.lock().get() == &client) look_again(*hearer);
}

void Subscriptions::announce_list(List list) {
  const std::string_view method = method_of(list);
  for (const auto& listener : listeners()) {
    const std::lock_guard order(listener->order);
    Call& call = *listener->call;
    if (listener->interests.lists.contains(list) && !call.context().cancel.requested())
      call.notify(method, tagged(call.id(), {}));
  }
  for (const auto& hearer : hearers()) {
    const std::lock_guard order(hearer->order);
    if (const auto client = hearer->client.lock(); client && hearer->seen.contains(list))
      client->announce(method, "{}");
  }
}

void Subscriptions::announce_resources(const Changed& changed) {
  constexpr std::string_view kMethod = "notifications/resources/updated";
  for (const auto& listener : listeners()) {
    const std::lock_guard order(listener->order);
    Call& call = *listener->call;
    if (call.context().cancel.requested()) continue;
    for (const std::string& uri : listener->interests.uris)
      if (changed(uri, listener->caller)) call.notify(kMethod, tagged(call.id(), uri_member(uri)));
  }
  for (const auto& hearer : hearers()) {
    const auto client = hearer->client.lock();
    if (!client) continue;
    for (const std::string& uri : client->watched())
      if (changed(uri, client->caller())) client->announce(kMethod, "{" + uri_member(uri) + "}");
  }
}

std::set<Subscriptions::Subscribed> Subscriptions::subscribed() const {
  std::set<Subscribed> all;
  for (const auto& listener : listeners())
    for (const std::string& uri : listener->interests.uris)
      all.insert({uri, listener->call->context().principal});
  for (const auto& hearer : hearers())
    if (const auto client = hearer->client.lock())
      for (const std::string& uri : client->watched()) all.insert({uri, client->principal()});
  return all;
}

// Of two servers' clocks one may be behind: an end is told whatever it says.
void Subscriptions::announce_task(const TaskView& task) {
  for (const auto& listener : listeners()) {
    const std::lock_guard order(listener->order);
    Call& call = *listener->call;
    if (!listener->interests.tasks.contains(task.id) ||
        listener->caller.principal != task.principal || call.context().cancel.requested())
      continue;
    const auto [known, first] = listener->told.try_emplace(task.id);
    const bool stale =
        !first && (has_ended(known->second.status) ||
                   (!has_ended(task.status) && task.changed <= known->second.changed));
    if (stale) continue;
    known->second = {.status = task.status, .changed = task.changed};
    std::string members;
    JsonWriter writer(members);
    writer.begin_object();
    task.write(writer);
    writer.end_object();
    call.notify("notifications/tasks",
                tagged(call.id(), std::string_view(members).substr(1, members.size() - 2)));
  }
}

std::map<std::string, std::string> Subscriptions::awaited_tasks() const {
  std::map<std::string, std::string> awaited;
  for (const auto& listener : listeners()) {
    const std::lock_guard order(listener->order);
    for (const std::string& id : listener->interests.tasks) {
      const auto known = listener->told.find(id);
      if (known == listener->told.end() || !has_ended(known->second.status))
        awaited.emplace(id, listener->caller.principal);
    }
  }
  return awaited;
}

bool Subscriptions::has_room(const std::string& principal, size_t more) const {
  size_t taken = 0;
  for (const auto& listener : listeners())
    if (listener->call->context().principal == principal) taken += listener->interests.uris.size();
  for (const auto& hearer : hearers())
    if (const auto client = hearer->client.lock(); client && client->principal() == principal)
      taken += client->watched().size();
  return taken + more <= kUrisOfOneMax;
}

size_t Subscriptions::open() const {
  const auto all = listeners();
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const auto& listener) {
    return !listener->call->context().cancel.requested();
  }));
}

std::vector<std::shared_ptr<Subscriptions::Listener>> Subscriptions::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_;
}

std::vector<std::shared_ptr<Subscriptions::Hearer>> Subscriptions::hearers() const {
  const std::lock_guard lock(mutex_);
  return hearers_;
}

void Subscriptions::trim() {
  std::vector<std::shared_ptr<Listener>> gone;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  std::erase_if(hearers_, [](const auto& hearer) { return hearer->client.expired(); });
  std::erase_if(listeners_, [&](const auto& listener) {
    if (!listener->call->context().cancel.requested()) return false;
    gone.push_back(listener);
    return true;
  });
}

std::vector<std::shared_ptr<Call>> Subscriptions::take_all() {
  std::vector<std::shared_ptr<Call>> calls;
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) calls.push_back(listener->call);
  listeners_.clear();
  return calls;
}

}  // namespace dbops::mcp

#include "mcp/subscriptions.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "mcp/resources.h"
#include "mcp/server.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

struct Listed {
  List list;
  std::string_view interest;    // Its name in subscriptions/listen.
  std::string_view capability;  // What must be advertised.
  std::string_view method;
};
constexpr Listed kLists[] = {
    {List::tools, "toolsListChanged", "tools", "notifications/tools/list_changed"},
    {List::prompts, "promptsListChanged", "prompts", "notifications/prompts/list_changed"},
    {List::resources, "resourcesListChanged", "resources", "notifications/resources/list_changed"},
};

std::string_view method_of(List list) {
  return std::find_if(std::begin(kLists), std::end(kLists),
                      [&](const Listed& listed) { return listed.list == list; })
      ->method;
}

constexpr std::string_view kRefusedKey = "dbops/refused";  // in _meta of the acknowledgement
constexpr std::chrono::seconds kListenMax{15};             // for all databases that must be asked
constexpr std::string_view kTooMany = "too many subscriptions are open: try again later";

bool wants(const json::object& interests, std::string_view name) {
  const json::value* wanted = member(interests, name);
  return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

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
    if (listeners_.size() >= kListenersMax) return false;
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
  hearer->seen = look(lists, client->caller());
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

bool Subscriptions::has_room(const std::string& principal, size_t more) const {
  size_t taken = 0;
  for (const auto& listener : listeners())
    if (listener->call->context().principal == principal) taken += listener->interests.uris.size();
  for (const auto& hearer : hearers())
    if (const auto client = hearer->client.lock(); client && client->principal() == principal)
      taken += client->watched().size();
  return taken + more <= kUrisOfOneMax;
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

void Server::add_listening() {
  add({.name = "subscriptions/listen",
       .legacy = false,
       .quick = true,
       .listens = true,
       .run = [this](Call& call, JsonWriter&) { return listen(call); }});
}

// basic/patterns/subscriptions: what is not advertised is left out of the acknowledgement; a
// subscription to nothing is over at once.
Outcome Server::listen(Call& call) {
  auto interests = read_interests(call);
  if (!interests) return tl::unexpected(std::move(interests.error()));
  if (!call.outlet_->can_send())
    return refuse_envelope(kInvalidRequest, "a subscription is answered by text/event-stream");
  if (interests->empty()) {
    Subscriptions::acknowledge(call, *interests);
    return std::nullopt;
  }
  const std::shared_ptr<Call> shared = call.shared_from_this();
  if (interests->uris.empty() || !watch_) {
    if (subscriptions_.add(shared, std::move(*interests))) return std::nullopt;
    return refuse(kInternalError, std::string(kTooMany));
  }
  // Databases are asked: not on the thread that brought it.
  call.stay();
  if (executor_.submit(
          [this, shared, wanted = std::move(*interests)] { watch_and_add(shared, wanted); }))
    return std::nullopt;
  end_stay(shared, Failure{.code = kInternalError, .message = std::string(kTooMany)});
  return std::nullopt;
}

tl::expected<Subscriptions::Interests, Failure> Server::read_interests(const Call& call) const {
  const json::object* wanted = object_member(call.params(), "notifications");
  if (wanted == nullptr) return refuse(kInvalidParams, "params.notifications is an object");
  Subscriptions::Interests interests;
  for (const Listed& listed : kLists)
    if (wants(*wanted, listed.interest) && settings_.changing.contains(listed.list) &&
        capabilities_.contains(listed.capability))
      interests.lists.insert(listed.list);
  const json::value* uris = member(*wanted, "resourceSubscriptions");
  if (uris == nullptr || !settings_.subscribing) return interests;
  if (!uris->is_array()) return refuse(kInvalidParams, "resourceSubscriptions is an array of URIs");
  if (uris->get_array().size() > Subscriptions::kUrisMax)
    return refuse(kInvalidParams, "more than 1000 resourceSubscriptions");
  for (const json::value& uri : uris->get_array()) {
    if (!uri.is_string() || uri.get_string().size() > kUriBytesMax)
      return refuse(kInvalidParams, "a resource subscription is a URI of at most 8 KiB");
    interests.uris.emplace(uri.get_string());
  }
  return interests;
}

void Server::watch_and_add(const std::shared_ptr<Call>& call, Subscriptions::Interests interests) {
  Context context = call->context();
  context.deadline = Deadline::after(kListenMax);
  const bool room = has_room(context.principal, interests.uris.size());
  std::erase_if(interests.uris, [&](const std::string& uri) {
    const auto watched =
        room ? watch(context, uri) : refuse(kInternalError, "too many resources are subscribed to");
    if (!watched) interests.refused.emplace(uri, watched.error().message);
    return !watched;
  });
  if (call->context().cancel.requested()) return;
  if (interests.empty()) {
    Subscriptions::acknowledge(*call, interests);
    return end_stay(call);
  }
  if (!subscriptions_.add(call, std::move(interests)))
    end_stay(call, Failure{.code = kInternalError, .message = std::string(kTooMany)});
}

tl::expected<void, Failure> Server::watch(const Context& context, std::string_view uri) const {
  if (!watch_) return {};
  return watch_(context, uri);
}

void Server::announce_resource(std::string_view uri) {
  announce_resources([&](std::string_view each, const Caller&) { return each == uri; });
}

void Server::end_subscriptions() {
  for (const auto& call : subscriptions_.take_all()) {
    // Elsewhere: a client that does not read must not hold up the end.
    const bool taken = executor_.submit([this, call] { end_stay(call); });
    if (!taken) call->cancel();
  }
}

void Server::end_subscription(const std::shared_ptr<Call>& call) const {
  end_stay(call);
  call->cancel();
}

size_t Server::look(List list, const Caller& caller) const {
  const auto found = shown_.find(list);
  if (found == shown_.end()) return 0;
  Context context;
  context.tier = Tier::admin;  // As of a call.
  context.principal = caller.principal;
  context.grants = caller.grants;
  std::string text;
  JsonWriter writer(text);
  found->second(context, writer);
  return std::hash<std::string>()(text);
}

void Server::end_stay(const std::shared_ptr<Call>& call,
                      const std::optional<Failure>& failure) const {
  {
    const std::lock_guard lock(call->mutex_);
    if (call->phase_ != Call::Phase::parked) return;
    call->phase_ = Call::Phase::finished;
  }
  if (failure)
    return call->conclude({.body = error_frame(call->message_.id, *failure),
                           .failure = failure->code,
                           .modern = true});
  call->body_.clear();
  open_result_frame(call->body_, call->message_.id);
  JsonWriter result(call->body_);
  write_modern(*call, "complete", result);
  call->body_ += "}}";
  call->conclude({.body = std::move(call->body_), .modern = true});
}

}  // namespace dbops::mcp

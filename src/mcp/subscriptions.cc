#include "mcp/subscriptions.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

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

bool wants(const json::object& interests, std::string_view name) {
  const json::value* wanted = member(interests, name);
  return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

// `id`: JSON text. `member`: JSON members that follow, or empty.
std::string tagged(std::string_view id, std::string_view member) {
  std::string params = R"({"_meta":{")";
  params.append(kSubscriptionKey).append("\":").append(id).append("}");
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
  call.notify("notifications/subscriptions/acknowledged", tagged(call.id(), member));
}

bool Subscriptions::add(const std::shared_ptr<Call>& call, Interests interests) {
  const auto listener = std::make_shared<Listener>();
  listener->call = call;
  listener->interests = std::move(interests);
  const std::lock_guard order(listener->order);
  {
    const std::lock_guard lock(mutex_);
    if (listeners_.size() >= kListenersMax) return false;
    call->stay();
    listeners_.push_back(listener);
  }
  acknowledge(*call, listener->interests);
  return true;
}

void Subscriptions::add(const std::weak_ptr<Client>& client) {
  const std::lock_guard lock(mutex_);
  clients_.push_back(client);
}

void Subscriptions::announce_list(List list) {
  for (const Listed& listed : kLists) {
    if (listed.list != list) continue;
    announce([&](const Interests& interests) { return interests.lists.contains(list); },
             listed.method, {});
    for (const auto& client : clients()) client->announce(listed.method, "{}");
  }
}

void Subscriptions::announce_resource(std::string_view uri) {
  constexpr std::string_view kMethod = "notifications/resources/updated";
  const std::string member = uri_member(uri);
  announce([&](const Interests& interests) { return interests.uris.contains(uri); }, kMethod,
           member);
  for (const auto& client : clients())
    if (client->watches(uri)) client->announce(kMethod, "{" + member + "}");
}

template <class Wants>
void Subscriptions::announce(Wants wants, std::string_view method, std::string_view member) const {
  for (const auto& listener : listeners()) {
    if (!wants(listener->interests)) continue;
    const std::lock_guard order(listener->order);
    Call& call = *listener->call;
    if (!call.context().cancel.requested()) call.notify(method, tagged(call.id(), member));
  }
}

std::vector<std::shared_ptr<Subscriptions::Listener>> Subscriptions::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_;
}

std::vector<std::shared_ptr<Client>> Subscriptions::clients() const {
  std::vector<std::shared_ptr<Client>> all;
  const std::lock_guard lock(mutex_);
  for (const auto& client : clients_)
    if (auto held = client.lock()) all.push_back(std::move(held));
  return all;
}

void Subscriptions::trim() {
  std::vector<std::shared_ptr<Listener>> gone;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  std::erase_if(clients_, [](const auto& client) { return client.expired(); });
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
  const json::object* wanted = object_member(call.params(), "notifications");
  if (wanted == nullptr) return refuse(kInvalidParams, "params.notifications is an object");
  if (!call.outlet_->can_send())
    return refuse_envelope(kInvalidRequest, "a subscription is answered by text/event-stream");
  Subscriptions::Interests interests;
  if (settings_.changes) {
    for (const Listed& listed : kLists)
      if (wants(*wanted, listed.interest) && capabilities_.contains(listed.capability))
        interests.lists.insert(listed.list);
    const json::value* uris = member(*wanted, "resourceSubscriptions");
    if (uris != nullptr && !uris->is_array())
      return refuse(kInvalidParams, "resourceSubscriptions is an array of URIs");
    if (uris != nullptr && capabilities_.contains("resources")) {
      if (uris->get_array().size() > Subscriptions::kUrisMax)
        return refuse(kInvalidParams, "more than 1000 resourceSubscriptions");
      for (const json::value& uri : uris->get_array()) {
        if (!uri.is_string() || uri.get_string().size() > kUriBytesMax)
          return refuse(kInvalidParams, "a resource subscription is a URI of at most 8 KiB");
        interests.uris.emplace(uri.get_string());
      }
    }
  }
  if (interests.empty()) {
    Subscriptions::acknowledge(call, interests);
    return std::nullopt;
  }
  if (subscriptions_.add(call.shared_from_this(), std::move(interests))) return std::nullopt;
  return refuse(kInternalError, "too many subscriptions are open: try again later");
}

void Server::end_subscriptions() {
  for (const auto& call : subscriptions_.take_all()) {
    // Elsewhere: a client that does not read must not hold up the end.
    const bool taken = executor_.submit([this, call] { end_stay(call); });
    if (!taken) call->cancel();
  }
}

void Server::end_stay(const std::shared_ptr<Call>& call) const {
  {
    const std::lock_guard lock(call->mutex_);
    if (call->phase_ != Call::Phase::parked) return;
    call->phase_ = Call::Phase::finished;
  }
  call->body_.clear();
  open_result_frame(call->body_, call->message_.id);
  JsonWriter result(call->body_);
  write_modern(*call, "complete", result);
  call->body_ += "}}";
  call->conclude({.body = std::move(call->body_), .modern = true});
}

}  // namespace dbops::mcp

// subscriptions/listen: what is honoured of it, and how it ends.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "mcp/resources.h"
#include "mcp/server.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kListenMax{15};  // for all databases that must be asked
constexpr std::string_view kTooMany = "too many subscriptions are open: try again later";

using Names = std::set<std::string, std::less<>>;
struct NamesMember {
  std::string_view name;
  size_t count_max;
  size_t bytes_max;  // of each
};

// Nothing where it is missing.
tl::expected<Names, Failure> read_names(const json::object& interests, const NamesMember& wanted) {
  const json::value* given = member(interests, wanted.name);
  Names names;
  if (given == nullptr) return names;
  const std::string shown(wanted.name);
  if (!given->is_array()) return refuse(kInvalidParams, shown + " is an array of texts");
  if (given->get_array().size() > wanted.count_max)
    return refuse(kInvalidParams, shown + " has more than " + std::to_string(wanted.count_max));
  for (const json::value& name : given->get_array()) {
    if (!name.is_string() || name.get_string().size() > wanted.bytes_max)
      return refuse(kInvalidParams, "each of " + shown + " is a text of at most " +
                                        std::to_string(wanted.bytes_max) + " bytes");
    names.emplace(name.get_string());
  }
  return names;
}

bool wants(const json::object& interests, std::string_view name) {
  const json::value* wanted = member(interests, name);
  return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

}  // namespace

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
  if ((interests->uris.empty() || !watch_) && interests->tasks.empty()) {
    if (subscriptions_.add(shared, std::move(*interests))) return std::nullopt;
    return refuse(kInternalError, std::string(kTooMany));
  }
  // Databases are asked, and the state: not on the thread that brought it.
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
  if (settings_.subscribing) {
    auto uris = read_names(*wanted, {.name = "resourceSubscriptions",
                                     .count_max = Subscriptions::kUrisMax,
                                     .bytes_max = kUriBytesMax});
    if (!uris) return tl::unexpected(std::move(uris.error()));
    interests.uris = std::move(*uris);
  }
  if (!settings_.tasks || member(*wanted, "taskIds") == nullptr) return interests;
  if (!call.can_be_task()) return tl::unexpected(missing_extension(kTasksExtension));
  auto ids = read_names(*wanted, {.name = "taskIds",
                                  .count_max = Subscriptions::kTasksMax,
                                  .bytes_max = ops::State::kIdBytesMax});
  if (!ids) return tl::unexpected(std::move(ids.error()));
  interests.tasks = std::move(*ids);
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
  std::erase_if(interests.tasks, [&](const std::string& id) { return !find_task(id, *call); });
  if (call->context().cancel.requested()) return;
  if (interests.empty()) {
    Subscriptions::acknowledge(*call, interests);
    return end_stay(call);
  }
  const Names tasks = interests.tasks;
  if (!subscriptions_.add(call, std::move(interests)))
    return end_stay(call, Failure{.code = kInternalError, .message = std::string(kTooMany)});
  // How they fare now: what changed until here was told to nobody.
  for (const std::string& id : tasks)
    if (const auto task = find_task(id, *call)) subscriptions_.announce_task(*task);
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

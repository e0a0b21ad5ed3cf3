#include "connectors/redis/nodes.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <set>

#include "base/text.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

// CRC-16/XMODEM, as clusters count.
uint16_t crc16(std::string_view bytes) noexcept {
  uint16_t crc = 0;
  for (const char c : bytes) {
    crc = static_cast<uint16_t>(crc ^ (static_cast<uint8_t>(c) << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

template <class T>
std::optional<T> read_number(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The children of an aggregate, as places in the reply's nodes.
std::vector<size_t> children(const RespReply& reply, size_t at) {
  std::vector<size_t> all;
  const size_t end = at + reply.nodes[at].nodes;
  for (size_t child = at + 1; child < end; child += reply.nodes[child].nodes) all.push_back(child);
  return all;
}

std::optional<int64_t> integer_at(const RespReply& reply, size_t at) {
  const RespNode& node = reply.nodes[at];
  return node.type == RespType::integer ? std::optional(node.integer) : std::nullopt;
}

bool has_text(const RespNode& node) {
  return node.type == RespType::bulk || node.type == RespType::status;
}

// [host, port, ...]; without a host it is the one that was asked.
std::optional<Address> address_at(const RespReply& reply, size_t at, const std::string& asked) {
  const auto parts = children(reply, at);
  if (parts.size() < 2) return std::nullopt;
  const auto port = integer_at(reply, parts[1]);
  if (!port || *port < 1 || *port > UINT16_MAX) return std::nullopt;
  const RespNode& host = reply.nodes[parts[0]];
  return Address{.host = has_text(host) && host.size > 0 ? std::string(reply.text(host)) : asked,
                 .port = static_cast<uint16_t>(*port)};
}

}  // namespace

uint16_t slot_of(std::string_view key) noexcept {
  const size_t open = key.find('{');
  const size_t close = open == std::string_view::npos ? open : key.find('}', open + 1);
  if (close != std::string_view::npos && close > open + 1)
    key = key.substr(open + 1, close - open - 1);
  return crc16(key) % kSlots;
}

std::optional<Redirect> read_redirect(std::string_view error, const Address& from) {
  Redirect redirect;
  redirect.ask = error.starts_with("ASK ");
  if (!redirect.ask && !error.starts_with("MOVED ")) return std::nullopt;
  error.remove_prefix(error.find(' ') + 1);
  const size_t blank = error.find(' ');
  const size_t colon = error.rfind(':');
  if (blank == std::string_view::npos || colon == std::string_view::npos || colon < blank)
    return std::nullopt;
  const auto slot = read_number<uint16_t>(error.substr(0, blank));
  const auto port = read_number<uint16_t>(error.substr(colon + 1));
  if (!slot || *slot >= kSlots || !port || *port == 0) return std::nullopt;
  redirect.slot = *slot;
  redirect.address.host = error.substr(blank + 1, colon - blank - 1);
  if (redirect.address.host.empty()) redirect.address.host = from.host;
  redirect.address.port = *port;
  return redirect;
}

Nodes::Nodes(OpenLink seed, Target target, std::chrono::milliseconds connect_timeout)
    : target_(std::move(target)), connect_timeout_(connect_timeout), cluster_(seed.cluster) {
  static std::atomic<size_t> turns = 0;
  turn_ = turns++;
  nodes_.push_back({.address = std::move(seed.address), .link = std::move(seed.link)});
}

// Where COMMAND INFO says that the first key stands: 1 for GET. A command whose keys it can't say
// has none here, and goes where the server sends it on to.
Result<size_t> Nodes::first_key(const Context& context, std::string_view verb) {
  if (const auto known = first_keys_.find(verb); known != first_keys_.end()) return known->second;
  std::string command(verb);
  std::replace(command.begin(), command.end(), ' ', '|');
  DBOPS_ASSIGN(const RespReply reply, seed().call(context, Words{"COMMAND", "INFO", command}));
  size_t place = 0;
  if (reply.nodes.size() > 1 && reply.nodes[1].type == RespType::array) {
    const auto parts = children(reply, 1);  // Name, arity, flags, first key ...
    if (parts.size() > 3)
      place = static_cast<size_t>(std::max<int64_t>(integer_at(reply, parts[3]).value_or(0), 0));
  }
  if (first_keys_.size() == kFirstKeysMax) first_keys_.clear();
  first_keys_.emplace(verb, place);
  return place;
}

Result<uint16_t> Nodes::place_of(const Address& address) {
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].address == address) return static_cast<uint16_t>(i);
  if (nodes_.size() == kNodesMax)
    return fail(Code::too_large,
                "the cluster names more than " + std::to_string(kNodesMax) + " nodes");
  nodes_.push_back({.address = address, .link = nullptr});
  return static_cast<uint16_t>(nodes_.size() - 1);
}

// Each entry: the first slot, the last, the primary as [host, port, ...], its replicas.
void Nodes::read_slots(const RespReply& reply) {
  slots_.assign(kSlots, kUnknown);
  replicas_.clear();
  if (reply.nodes[0].type != RespType::array) return;
  for (const size_t entry : children(reply, 0)) {
    const auto parts = children(reply, entry);
    if (parts.size() < 3) continue;
    const auto first = integer_at(reply, parts[0]);
    const auto last = integer_at(reply, parts[1]);
    const auto address = address_at(reply, parts[2], nodes_.front().address.host);
    if (!first || !last || !address) continue;
    const auto place = place_of(*address);
    if (!place) return;
    for (int64_t slot = std::max<int64_t>(*first, 0); slot <= *last && slot < kSlots; ++slot)
      slots_[static_cast<size_t>(slot)] = *place;
    Places& replicas = replicas_[*place];
    for (size_t i = 3; i < parts.size(); ++i) {
      const auto other = address_at(reply, parts[i], nodes_.front().address.host);
      const auto at = other ? place_of(*other) : Result<uint16_t>(*place);
      if (at && *at != *place && std::find(replicas.begin(), replicas.end(), *at) == replicas.end())
        replicas.push_back(*at);
    }
  }
}

Result<void> Nodes::load_slots(const Context& context) {
  DBOPS_ASSIGN(const RespReply reply, seed().call(context, Words{"CLUSTER", "SLOTS"}));
  read_slots(reply);
  return {};
}

Result<Link*> Nodes::open(const Context& context, uint16_t place) {
  Node& node = nodes_[place];
  node.replica = false;
  if (node.link && (place == 0 || !node.link->broken())) return node.link.get();
  auto opened = open_at(context, connect_timeout_, target_, node.address);
  if (!opened) {
    slots_.clear();  // Another may have taken over: they are asked for again.
    Error error = std::move(opened).error();
    error.message = "a node of the cluster can't be reached: " + error.message;
    error.hint = "try again in some seconds: a replica may take over";
    error.retryable = true;
    return fail(std::move(error));
  }
  node.link = std::move(opened->link);
  return node.link.get();
}

uint16_t Nodes::place_of(const Link& link) const {
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].link.get() == &link) return static_cast<uint16_t>(i);
  return kUnknown;
}

bool Nodes::is_replica(const Link& link) const {
  const uint16_t place = place_of(link);
  return place != kUnknown && nodes_[place].replica;
}

void Nodes::rest(Link& replica) {
  Node& node = nodes_[place_of(replica)];
  node.link->close();
  node.rests_until = std::chrono::steady_clock::now() + kReplicaRest;
}

Result<void> Nodes::open_replica(const Context& context, Node& node) {
  DBOPS_ASSIGN(OpenLink opened, open_at(context, connect_timeout_, target_, node.address));
  if (cluster_) {
    DBOPS_TRY(opened.link->ask(context, Words{"READONLY"}));
  } else {
    DBOPS_ASSIGN(const Role role, ask_role(context, *opened.link));
    if (!role.connected) return fail(Code::unreachable, "it is no replica that is up to date");
  }
  node.link = std::move(opened.link);
  node.replica = true;
  return {};
}

// Of a cluster they are known with its slots.
Result<void> Nodes::find_replicas(const Context& context) {
  found_replicas_ = std::chrono::steady_clock::now();
  if (cluster_) return load_slots(context);
  std::vector<Address> addresses = target_.hosts;
  if (watched()) {
    DBOPS_ASSIGN(addresses, ask_replicas(context, connect_timeout_, target_));
  } else if (addresses.size() < 2) {
    DBOPS_ASSIGN(Role role, ask_role(context, seed()));
    addresses = std::move(role.replicas);
  }
  Places& replicas = replicas_[0];
  replicas.clear();
  for (const Address& address : addresses) {
    DBOPS_ASSIGN(const uint16_t place, place_of(address));
    if (place != 0) replicas.push_back(place);
  }
  return {};
}

Result<Link*> Nodes::route_read(const Context& context, std::string_view verb,
                                std::span<const std::string> words) {
  DBOPS_ASSIGN(Link* const primary, route(context, verb, words));
  if (!target_.read_replicas) return primary;
  const auto now = std::chrono::steady_clock::now();
  const uint16_t place = place_of(*primary);
  for (const bool again : {false, true}) {
    const Places replicas = replicas_[place];
    for (size_t i = 0; i < replicas.size(); ++i) {
      const uint16_t at = replicas[(i + turn_) % replicas.size()];
      if (at == 0) continue;  // The seed's link is not opened anew.
      Node& node = nodes_[at];
      if (node.replica && node.link && !node.link->broken() && !node.link->hung_up())
        return node.link.get();
      if (node.rests_until > now) continue;
      if (open_replica(context, node)) return node.link.get();
      DBOPS_TRY(context.alive());
      node.rests_until = now + kReplicaRest;
    }
    if (again || now < found_replicas_ + kReplicaRest) break;
    if (auto found = find_replicas(context); !found && seed().broken())
      return fail(std::move(found).error());
  }
  return primary;
}

Result<Link*> Nodes::route(const Context& context, std::string_view verb,
                           std::span<const std::string> words) {
  if (!cluster_) return &seed();
  DBOPS_ASSIGN(const size_t key, first_key(context, verb));
  if (key == 0 || key >= words.size()) return &seed();
  return route_key(context, words[key]);
}

Result<Link*> Nodes::route_key(const Context& context, std::string_view key) {
  if (!cluster_) return &seed();
  const uint16_t slot = slot_of(key);
  constexpr int kAttempts = 2;  // The second with slots that are asked for anew.
  for (int attempt = 1;; ++attempt) {
    if (slots_.empty()) DBOPS_TRY(load_slots(context));
    const uint16_t place = slots_[slot];
    if (place == kUnknown) return &seed();
    auto link = open(context, place);
    if (link || attempt == kAttempts || !context.alive()) return link;
  }
}

Result<std::vector<Link*>> Nodes::primaries(const Context& context) {
  if (!cluster_) return std::vector<Link*>{&seed()};
  DBOPS_TRY(load_slots(context));
  std::set<uint16_t> places(slots_.begin(), slots_.end());
  places.erase(kUnknown);
  std::vector<Link*> links;
  for (const uint16_t place : places) {
    DBOPS_ASSIGN(Link* const link, open(context, place));
    links.push_back(link);
  }
  return links;
}

Error Nodes::about_session(Error error) {
  // A replica that was the primary before a failover: the next link leads to the new one.
  if (error.native_code == "READONLY" && watched()) {
    seed().close();
    error.session_broken = error.retryable = true;
    error.hint = "the primary has changed: try again";
  }
  error.session_broken = error.session_broken && seed().broken();
  return error;
}

Result<Link*> Nodes::follow(const Context& context, const Link& from, std::string_view error) {
  if (!cluster_) return nullptr;
  const uint16_t speaker = place_of(from);
  const auto redirect = read_redirect(error, nodes_[speaker == kUnknown ? 0 : speaker].address);
  if (!redirect) return nullptr;
  DBOPS_ASSIGN(const uint16_t place, place_of(redirect->address));
  DBOPS_ASSIGN(Link* const link, open(context, place));
  if (redirect->ask)
    DBOPS_TRY(link->ask(context, Words{"ASKING"}));
  else if (!slots_.empty())
    slots_[redirect->slot] = place;
  return link;
}

}  // namespace dbops::redis

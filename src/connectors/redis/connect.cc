// From a target to a link that is signed in: by TCP, TLS or a socket, and by way of sentinels.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "connectors/redis/target.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

// Servers before 6.0 know neither HELLO nor users.
bool lacks_hello(std::string_view error) {
  return error.starts_with("ERR unknown command") || error.starts_with("NOPROTO");
}

// HELLO answers a map; "mode" is one of its keys.
bool is_cluster(const RespReply& hello) {
  for (size_t i = 1; i + 1 < hello.nodes.size(); ++i) {
    const RespNode& key = hello.nodes[i];
    const RespNode& value = hello.nodes[i + 1];
    if (key.type == RespType::bulk && value.type == RespType::bulk && hello.text(key) == "mode")
      return hello.text(value) == "cluster";
  }
  return false;
}

// Signs in.
Result<void> greet(const Context& context, const Target& target, OpenLink& open) {
  Link& link = *open.link;
  const std::string_view user = target.user.empty() ? "default" : std::string_view(target.user);
  std::vector<std::string_view> hello = {"HELLO", "3"};
  if (!target.password.empty()) hello.insert(hello.end(), {"AUTH", user, target.password.reveal()});
  hello.insert(hello.end(), {"SETNAME", target.client_name});
  DBOPS_ASSIGN(const RespReply reply, link.call(context, hello));
  const RespNode& answer = reply.nodes[0];
  if (answer.type != RespType::error) {
    open.cluster = is_cluster(reply);
    return {};
  }
  if (!lacks_hello(reply.text(answer))) return fail(server_error(reply.text(answer)));
  open.protocol = 2;
  if (target.password.empty()) {
    // Asked, since a server that wants a password says so only now.
    DBOPS_TRY(link.ask(context, std::array<std::string_view, 1>{"PING"}));
  } else {
    std::vector<std::string_view> auth = {"AUTH"};
    if (!target.user.empty()) auth.push_back(user);
    auth.push_back(target.password.reveal());
    DBOPS_TRY(link.ask(context, auth));
  }
  // It goes without one where the server doesn't let it have any.
  DBOPS_TRY(link.call(context, Words{"CLIENT", "SETNAME", target.client_name}));
  return {};
}

Result<std::unique_ptr<Transport>> open_transport(const Context& context, const Target& target,
                                                  const Address& address) {
  if (!target.socket.empty()) return connect_unix(context, target.socket);
  auto plain = connect_tcp(context, address.host, address.port);
  if (!plain || !target.tls) return plain;
  TlsOptions tls = *target.tls;
  tls.host = address.host;
  return start_tls(context, *std::move(plain), tls);
}

Result<OpenLink> open(const Context& context, const Target& target, const Address& address) {
  DBOPS_ASSIGN(auto transport, open_transport(context, target, address));
  OpenLink open{.link = nullptr,
                .transport = target.socket.empty() ? std::string(transport->protocol()) : "socket",
                .address = address};
  open.link = std::make_unique<Link>(std::move(transport));
  DBOPS_TRY(greet(context, target, open));
  if (target.database != "0") DBOPS_TRY(open.link->ask(context, Words{"SELECT", target.database}));
  return open;
}

// Why another host may do better.
bool is_of_the_host(const Error& error) {
  return error.code == Code::unreachable || error.code == Code::unknown_host ||
         error.code == Code::disconnected || error.code == Code::not_found;
}

Error in_words(Error error, const std::string& place, const Target& target) {
  error.message = "connecting to " + place + ": " +
                  redact(redact(error.message, target.password), target.sentinel_password);
  if (error.code == Code::timeout)
    error.hint = "check host and port, and whether the server wants TLS (rediss:) or has none";
  else if (error.hint.empty())
    error.hint = "check the connection's URL, and whether the server runs";
  return error;
}

// Sentinels have no databases, and passwords of their own.
Result<OpenLink> open_sentinel(const Context& context, const Target& target,
                               const Address& sentinel) {
  Target own;
  own.tls = target.tls;
  own.client_name = target.client_name;
  own.user = target.sentinel_user;
  own.password = target.sentinel_password;
  auto link = open(context, own, sentinel);
  if (!link && link.error().code == Code::authentication)
    link.error().hint = "sentinels have passwords of their own: set sentinel_password";
  return link;
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool has_text(const RespNode& node) {
  return node.type == RespType::bulk || node.type == RespType::status;
}

// Where one sentinel has the primary.
Result<Address> ask_sentinel(const Context& context, const Target& target,
                             const Address& sentinel) {
  DBOPS_ASSIGN(const OpenLink link, open_sentinel(context, target, sentinel));
  DBOPS_ASSIGN(
      const RespReply reply,
      link.link->ask(context, Words{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", target.primary}));
  if (reply.nodes.size() != 3 || reply.nodes[1].type != RespType::bulk ||
      reply.nodes[2].type != RespType::bulk)
    return fail(
        Code::not_found,
        "the sentinel knows no primary of the name \"" + escape_control(target.primary) + '"',
        "SENTINEL MASTERS lists the names it knows");
  const auto port = read_number<uint16_t>(reply.text(reply.nodes[2]));
  if (!port || *port == 0) return fail(Code::protocol, "the sentinel named a port that is none");
  return Address{.host = std::string(reply.text(reply.nodes[1])), .port = *port};
}

// Soon after a failover a sentinel may still name the server that was the primary before.
Result<OpenLink> open_primary(const Context& context, const Target& target,
                              const Address& sentinel) {
  DBOPS_ASSIGN(const Address address, ask_sentinel(context, target, sentinel));
  DBOPS_ASSIGN(OpenLink link, open(context, target, address));
  DBOPS_ASSIGN(const Role role, ask_role(context, *link.link));
  if (role.primary) return link;
  Error error{.code = Code::unreachable,
              .message = address.text() + ", which the sentinel names, is not the primary now",
              .hint = "a failover is under way: try again in some seconds",
              .retryable = true};
  return fail(std::move(error));
}

// What SENTINEL REPLICAS says of one: names and values in turn.
std::optional<Address> read_replica(const RespReply& reply, size_t at) {
  Address address;
  bool named = false;
  bool healthy = true;
  const size_t end = at + reply.nodes[at].nodes;
  for (size_t i = at + 1; i + 1 < end; i += 2) {
    if (!has_text(reply.nodes[i]) || !has_text(reply.nodes[i + 1])) return std::nullopt;
    const std::string_view name = reply.text(reply.nodes[i]);
    const std::string_view value = reply.text(reply.nodes[i + 1]);
    if (name == "ip") {
      address.host = value;
      named = !value.empty();
    } else if (name == "port") {
      address.port = read_number<uint16_t>(value).value_or(0);
    } else if (name == "flags") {  // "slave", "s_down,slave,disconnected"
      healthy = value.find("down") == std::string_view::npos &&
                value.find("disconnected") == std::string_view::npos;
    }
  }
  return named && healthy && address.port != 0 ? std::optional(address) : std::nullopt;
}

// The first that is a primary; where none is, the first that answers.
Result<OpenLink> open_first_primary(const Context& context, const Target& target) {
  Result<OpenLink> best = fail(Code::internal, "the target has no host");
  for (const Address& host : target.hosts) {
    auto opened = open(context, target, host);
    if (!opened && !is_of_the_host(opened.error())) return opened;
    if (opened && opened->cluster) return opened;
    if (opened) {
      auto role = ask_role(context, *opened->link);
      if (role && role->primary) return opened;
      if (!role && role.error().session_broken) opened = fail(std::move(role).error());
    }
    if (!best) best = std::move(opened);
  }
  return best;
}

}  // namespace

Result<Role> ask_role(const Context& context, Link& link) {
  DBOPS_ASSIGN(const RespReply reply, link.ask(context, Words{"ROLE"}));
  Role role;
  const auto& nodes = reply.nodes;
  if (nodes.size() < 2 || !has_text(nodes[1])) return role;
  role.primary = reply.text(nodes[1]) == "master";
  constexpr size_t kReplicas = 3;  // Behind the word and the offset: [[host, port, offset] ...]
  constexpr size_t kState = 4;     // Behind the word, host and port.
  if (!role.primary)
    role.connected = nodes.size() > kState && has_text(nodes[kState]) &&
                     reply.text(nodes[kState]) == "connected";
  for (size_t i = kReplicas + 1; role.primary && i < nodes.size(); i += nodes[i].nodes) {
    if (nodes[i].nodes < 3 || !has_text(nodes[i + 1]) || !has_text(nodes[i + 2])) continue;
    if (const auto port = read_number<uint16_t>(reply.text(nodes[i + 2])); port && *port != 0)
      role.replicas.push_back({.host = std::string(reply.text(nodes[i + 1])), .port = *port});
  }
  return role;
}

Result<std::vector<Address>> ask_replicas(const Context& context, std::chrono::milliseconds timeout,
                                          const Target& target) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(timeout));
  Result<std::vector<Address>> found = std::vector<Address>();
  for (const Address& sentinel : target.hosts) {
    auto link = open_sentinel(limited, target, sentinel);
    auto reply = link ? link->link->ask(limited, Words{"SENTINEL", "REPLICAS", target.primary})
                      : Result<RespReply>(fail(std::move(link).error()));
    if (!reply) {
      found = fail(std::move(reply).error());
      continue;
    }
    found = std::vector<Address>();
    for (size_t i = 1; i < reply->nodes.size(); i += reply->nodes[i].nodes)
      if (auto replica = read_replica(*reply, i)) found->push_back(*std::move(replica));
    return found;
  }
  return found;
}

Result<OpenLink> open_link(const Context& context, std::chrono::milliseconds timeout,
                           const Target& target) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(timeout));
  const std::vector<Address> here = {Address()};
  const std::vector<Address>& hosts = target.socket.empty() ? target.hosts : here;
  Result<OpenLink> opened = fail(Code::internal, "the target has no host");
  const bool choose = target.read_replicas && target.primary.empty() && target.socket.empty();
  if (choose) opened = open_first_primary(limited, target);
  for (const Address& host : choose ? std::vector<Address>() : hosts) {
    opened =
        target.primary.empty() ? open(limited, target, host) : open_primary(limited, target, host);
    if (opened || !is_of_the_host(opened.error())) break;
  }
  if (opened) return opened;
  return fail(in_words(std::move(opened).error(), target.place(), target));
}

Result<OpenLink> open_at(const Context& context, std::chrono::milliseconds timeout,
                         const Target& target, const Address& address) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(timeout));
  auto opened = open(limited, target, address);
  if (opened) return opened;
  return fail(in_words(std::move(opened).error(), address.text(), target));
}

}  // namespace dbops::redis

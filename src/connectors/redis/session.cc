#include "connectors/redis/session.h"

#include "base/text.h"
#include "connectors/redis/granted.h"
#include "connectors/redis/info.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view kReader =
    "make a user for it: ACL SETUSER dbops_reader on >PASSWORD ~* &* -@all +@read -@dangerous "
    "+@transaction +ping +hello +select +info +command +acl|whoami +cluster|slots +role";

// A server that takes the same commands, and that dbops was never tried with.
void tell_kin(ServerInfo& info, std::string product, std::string version) {
  info.product = std::move(product);
  info.version = std::move(version);
  info.findings.push_back({Severity::info,
                           "server",
                           {},
                           "dbops was tried with Redis and Valkey, and never with " + info.product,
                           "what differs there is not known: look at what COMMAND INFO says"});
}

}  // namespace

Result<ServerInfo> RedisSession::info(const Context& context) {
  DBOPS_ASSIGN(const Info server, ask_info(context, link(), "server"));
  ServerInfo info{.product = "Redis",
                  .version = server.text("redis_version"),
                  .database = database_,
                  .user = {},
                  .transport = transport_,
                  .granted = Tier::admin,
                  .findings = {}};
  if (std::string version = server.text("valkey_version"); !version.empty()) {
    info.product = "Valkey";
    info.version = std::move(version);
  }
  // Both say how new a Redis they are like, and what they are besides.
  if (std::string version = server.text("dragonfly_version"); !version.empty())
    tell_kin(info, "Dragonfly", std::move(version));
  else if (server.text("executable").ends_with("keydb-server"))
    tell_kin(info, "KeyDB", info.version);
  if (protocol_ < 3)
    info.findings.push_back({Severity::info,
                             "protocol",
                             {},
                             "the server speaks version 2 of the protocol alone: maps come as flat "
                             "lists, numbers with a fraction as text",
                             {}});
  // Servers before 6.0 have no users.
  DBOPS_ASSIGN(const RespReply user, link().call(context, Words{"ACL", "WHOAMI"}));
  if (user.nodes[0].type != RespType::error) info.user = escape_control(user.texts);
  DBOPS_ASSIGN(info.granted, ask_what_is_granted(context, link()));
  if (tier() == Tier::read && info.granted != Tier::read && !info.user.empty())
    info.findings.push_back({Severity::warning, "connection", info.user,
                             "the user could do more than read: dbops alone holds it back",
                             std::string(kReader)});
  return info;
}

Result<void> RedisSession::ping(const Context& context) {
  DBOPS_TRY(link().ask(context, Words{"PING"}));
  return {};
}

}  // namespace dbops::redis

#include "connectors/redis/link.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace dbops::redis {
namespace {

constexpr size_t kReadBytes = 64u << 10;  // bytes asked of the system at once

struct Known {
  std::string_view start;  // of the server's text
  Code code;
  bool retryable;
  std::string_view hint;
};
constexpr auto kErrors = std::to_array<Known>({
    {"WRONGPASS ", Code::authentication, false, "check user and password in the connection's URL"},
    {"NOAUTH ", Code::authentication, false, "put user and password into the connection's URL"},
    {"ERR invalid password", Code::authentication, false, "check the password"},
    {"ERR AUTH ", Code::authentication, false, "the server has no password: leave it out"},
    {"NOPERM ", Code::denied, false, "the server's ACL must allow it to this user"},
    {"READONLY ", Code::denied, false, "connect to the primary to write"},
    {"WRONGTYPE ", Code::data, false, "TYPE tells what the key holds"},
    {"OOM ", Code::exhausted, true, "the server has reached maxmemory"},
    {"MISCONF ", Code::exhausted, false, "the server can't write its snapshot: see its log"},
    {"ERR max number of clients", Code::exhausted, true,
     "close other clients, or raise maxclients"},
    {"LOADING ", Code::busy, true, "the server reads its data: try again in a moment"},
    {"BUSY ", Code::busy, true, "a script runs on the server: try again when it has ended"},
    {"TRYAGAIN ", Code::busy, true, "slots are on the move: try again"},
    {"CLUSTERDOWN ", Code::busy, true, "the cluster does not serve all its slots"},
    {"MOVED ", Code::unsupported, false, "the key lives on the node named: connect to that one"},
    {"ASK ", Code::unsupported, false, "the key is on its way to the node named: try again later"},
    {"CROSSSLOT ", Code::unsupported, false,
     "a cluster takes several keys only of one slot: give them the same {tag}"},
    {"BUSYKEY ", Code::already_exists, false, ""},
    {"BUSYGROUP ", Code::already_exists, false, ""},
    {"NOGROUP ", Code::not_found, false, ""},
    {"NOSCRIPT ", Code::not_found, false, ""},
    {"ERR no such key", Code::not_found, false, ""},
    {"ERR DB index", Code::not_found, false, "the number of the database in the URL is too large"},
    {"ERR unknown command", Code::syntax, false, "COMMAND LIST shows what the server knows"},
    {"ERR unknown subcommand", Code::syntax, false, ""},
    {"ERR wrong number of arguments", Code::syntax, false, "COMMAND DOCS tells its arguments"},
    {"ERR syntax error", Code::syntax, false, "COMMAND DOCS tells its arguments"},
});

}  // namespace

Error server_error(std::string_view text) {
  constexpr size_t kShownBytes = 1000;
  Error error{.code = Code::data,
              .message = "the server says: " + escape_control(shorten(text, kShownBytes)),
              .native_code = escape_control(shorten(text.substr(0, text.find(' ')), kShownBytes))};
  for (const Known& known : kErrors) {
    if (!text.starts_with(known.start)) continue;
    error.code = known.code;
    error.retryable = known.retryable;
    error.hint = known.hint;
    break;
  }
  return error;
}

Result<RespReply> Link::call(const Context& context, std::span<const std::string_view> words) {
  if (broken_) return fail(Code::disconnected, "the connection to the server is broken");
  std::string command;
  DBOPS_TRY(append_command(command, words));
  DBOPS_TRY(context.alive());
  auto reply = transport_->write(context, command).and_then([&] { return read_reply(context); });
  if (!reply) {
    broken_ = true;
    reply.error().session_broken = true;
  }
  return reply;
}

Result<RespReply> Link::ask(const Context& context, std::span<const std::string_view> words) {
  DBOPS_ASSIGN(RespReply reply, call(context, words));
  if (reply.nodes[0].type == RespType::error) return fail(server_error(reply.text(reply.nodes[0])));
  return reply;
}

Result<RespReply> Link::read_reply(const Context& context) {
  const auto buffer = std::make_unique<std::array<char, kReadBytes>>();
  for (;;) {
    DBOPS_ASSIGN(auto reply, decoder_.next());
    if (reply && reply->nodes[0].type != RespType::push) return std::move(*reply);
    if (reply) continue;
    DBOPS_ASSIGN(const size_t size, transport_->read(context, *buffer));
    if (size == 0)
      return fail(Code::disconnected, "the server closed the connection",
                  "try again; if it stays so, look into the server's log");
    decoder_.feed({buffer->data(), size});
  }
}

}  // namespace dbops::redis

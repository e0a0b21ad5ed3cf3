#include "connectors/redis/link.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace dbops::redis {
namespace {

// What is left of a reply that nobody wants is read for so long, and no more of it than that.
constexpr std::chrono::milliseconds kAbandonMax{20};
constexpr uint64_t kAbandonBytesMax = 1u << 20;

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
    {"ERR Protocol error", Code::protocol, true,
     "something on the way to the server changes bytes"},
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

template <class T>
Result<T> Link::or_close(Result<T> result) {
  if (!result) {
    close();
    result.error().session_broken = true;
  }
  return result;
}

Result<void> Link::ready(const Context& context) const {
  if (broken()) {
    Error error{.code = Code::disconnected, .message = "the connection to the server is broken"};
    error.session_broken = true;
    return fail(std::move(error));
  }
  if (waited_for()) return fail(Code::internal, "the reply before is not read to its end");
  return context.alive();
}

Result<void> Link::send(const Context& context, std::span<const std::string_view> words) {
  DBOPS_TRY(ready(context));
  std::string command;
  DBOPS_TRY(append_command(command, words));
  return or_close(transport_->write(context, command));
}

// A part at a time: a server that is sent more than it may answer would wait for us, as we for it.
Result<std::vector<RespReply>> Link::call_all(const Context& context,
                                              std::span<const Command> commands) {
  constexpr size_t kAtOnce = 256;  // commands
  DBOPS_TRY(ready(context));
  std::vector<RespReply> replies;
  for (size_t begin = 0; begin < commands.size(); begin += kAtOnce) {
    const auto part = commands.subspan(begin, std::min(kAtOnce, commands.size() - begin));
    std::string bytes;
    for (const Command& command : part)
      DBOPS_TRY(
          append_command(bytes, std::vector<std::string_view>(command.begin(), command.end())));
    DBOPS_TRY(or_close(transport_->write(context, bytes)));
    for (size_t i = 0; i < part.size(); ++i) {
      DBOPS_ASSIGN(RespReply reply, or_close(read_reply(context)));
      replies.push_back(std::move(reply));
    }
  }
  return replies;
}

Result<RespReply> Link::call(const Context& context, std::span<const std::string_view> words) {
  DBOPS_TRY(send(context, words));
  return or_close(read_reply(context));
}

Result<RespReply> Link::ask(const Context& context, std::span<const std::string_view> words) {
  DBOPS_ASSIGN(RespReply reply, call(context, words));
  if (reply.nodes[0].type == RespType::error) return fail(server_error(reply.text(reply.nodes[0])));
  return reply;
}

Result<void> Link::send_all(const Context& context, std::span<const Command> commands) {
  DBOPS_TRY(ready(context));
  std::string bytes;
  for (const Command& command : commands)
    DBOPS_TRY(append_command(bytes, std::vector<std::string_view>(command.begin(), command.end())));
  DBOPS_TRY(or_close(transport_->write(context, bytes)));
  owed_ = commands.size();
  return {};
}

Result<RespHead> Link::begin_next(const Context& context) {
  if (broken() || owed_ == 0 || left_ > 0) return fail(Code::internal, "no reply is to come");
  auto head = or_close(read_head(context));
  --owed_;
  if (head) left_ = head->values;
  return head;
}

Result<RespHead> Link::begin(const Context& context, std::span<const std::string_view> words) {
  DBOPS_TRY(send(context, words));
  owed_ = 1;
  return begin_next(context);
}

Result<RespReply> Link::value(const Context& context) {
  if (broken() || left_ == 0) return fail(Code::internal, "no value of a reply is to come");
  auto reply = or_close(read_reply(context));
  if (reply) --left_;
  return reply;
}

Result<std::optional<RespReply>> Link::arrived_value() {
  if (left_ == 0) return std::nullopt;
  auto reply = or_close(decoder_.next());
  if (reply && *reply) --left_;
  return reply;
}

Result<RespReply> Link::hear(const Context& context) {
  while (!broken()) {
    DBOPS_ASSIGN(auto reply, or_close(decoder_.next()));
    if (reply) return std::move(*reply);
    DBOPS_TRY(or_close(read_more(context)));
  }
  return fail(Code::disconnected, "the connection to the server is broken");
}

Result<void> Link::pass_over(const Context& context) {
  while (!broken() && left_ > 0) DBOPS_TRY(value(context));
  return {};
}

void Link::abandon_while(bool (Link::*wanted)() const) noexcept {
  if (!(this->*wanted)()) return;  // As after each reply that was read whole.
  Context context;
  context.deadline = Deadline::after(kAbandonMax);
  const uint64_t read_max = read_ + kAbandonBytesMax;
  while (!broken() && (this->*wanted)()) {
    if (read_ > read_max) return close();
    if (left_ > 0 ? !value(context) : !begin_next(context)) return;
  }
}

void Link::abandon() noexcept { abandon_while(&Link::begun); }

void Link::abandon_all() noexcept { abandon_while(&Link::waited_for); }

// Passes over what the server says unasked, which may stand before a reply.
Result<RespReply> Link::read_reply(const Context& context) {
  for (;;) {
    DBOPS_ASSIGN(auto reply, decoder_.next());
    if (reply && reply->nodes[0].type != RespType::push) return std::move(*reply);
    if (!reply) DBOPS_TRY(read_more(context));
    if (!reply || !listens_) continue;
    if (pushes_.size() == kPushesMax)
      return fail(Code::exhausted, "more is published than can be kept while a reply is awaited");
    pushes_.push_back(std::move(*reply));
  }
}

Result<void> Link::say(const Context& context, const Command& command) {
  listens_ = true;
  return send(context, std::vector<std::string_view>(command.begin(), command.end()));
}

Result<std::optional<RespReply>> Link::overhear(const Context& context) {
  if (!pushes_.empty()) {
    std::optional<RespReply> push = std::move(pushes_.front());
    pushes_.pop_front();
    return push;
  }
  while (!broken()) {
    DBOPS_ASSIGN(auto said, or_close(decoder_.next()));
    if (said || !transport_->holds()) return said;
    auto more = read_more(context);
    if (more) continue;
    if (more.error().code == Code::timeout || more.error().code == Code::cancelled)
      return fail(std::move(more).error());
    DBOPS_TRY(or_close(std::move(more)));
  }
  return fail(Code::disconnected, "the connection to the server is broken");
}

Result<void> Link::wait_for_any(const Context& context, std::span<Link* const> links) {
  const int all = epoll_create1(EPOLL_CLOEXEC);
  if (all < 0) return fail(Code::io, "the system has no descriptor left to wait with");
  for (const Link* link : links) {
    if (link->broken() || link->transport_->read_fd() < 0) continue;
    epoll_event event = {.events = EPOLLIN, .data = {}};
    epoll_ctl(all, EPOLL_CTL_ADD, link->transport_->read_fd(), &event);
  }
  const auto came = context.wait(all, POLLIN);
  ::close(all);
  if (!came) return fail(came.error());
  return {};
}

Result<RespHead> Link::read_head(const Context& context) {
  for (;;) {
    DBOPS_ASSIGN(const auto head, decoder_.next_head());
    if (!head) {
      DBOPS_TRY(read_more(context));
      continue;
    }
    if (!head->push) return *head;
    for (std::optional<RespReply> push; !push;) {
      DBOPS_ASSIGN(push, decoder_.next());
      if (!push) DBOPS_TRY(read_more(context));
    }
  }
}

Result<void> Link::read_more(const Context& context) {
  DBOPS_ASSIGN(const size_t size, transport_->read(context, buffer_));
  if (size == 0)
    return fail(Code::disconnected, "the server closed the connection",
                "try again; if it stays so, look into the server's log");
  read_ += size;
  decoder_.feed({buffer_.data(), size});
  return {};
}

}  // namespace dbops::redis

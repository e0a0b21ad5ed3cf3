#pragma once

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport.h"
#include "wire/resp3.h"

namespace dbops::redis {

// One connection that takes one command at a time. A reply that is not waited for would answer the
// next command: whatever goes wrong on the way ends the link for good, and closes it.
class Link {
 public:
  explicit Link(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // An error of the server is a reply as any other. Code::disconnected, Code::timeout,
  // Code::cancelled, and the codes of RespDecoder, with `session_broken`.
  Result<RespReply> call(const Context& context, std::span<const std::string_view> words);
  // The same, with an error of the server as the error that server_error() makes of it.
  Result<RespReply> ask(const Context& context, std::span<const std::string_view> words);

  using Command = std::vector<std::string>;
  // Commands in one go, and a reply for each in their order; errors of the server are replies.
  Result<std::vector<RespReply>> call_all(const Context& context,
                                          std::span<const Command> commands);

  // Sends commands in one write. Each then owes a reply, which begin_next() begins in their order.
  Result<void> send_all(const Context& context, std::span<const Command> commands);
  // Begins the next reply, to be read as it comes: as many values as the head says, by value().
  // REQUIRES: owed() > 0 and left() == 0.
  Result<RespHead> begin_next(const Context& context);
  // Replies that are not begun.
  size_t owed() const { return owed_; }
  // One command that is sent and whose reply is begun.
  Result<RespHead> begin(const Context& context, std::span<const std::string_view> words);
  // The next value of that reply. REQUIRES: left() > 0.
  Result<RespReply> value(const Context& context);
  // The same where it has arrived already; nullopt where it has not, or where none is left.
  Result<std::optional<RespReply>> arrived_value();
  // Values of the reply that are still to be read.
  uint64_t left() const { return left_; }
  // The next thing that the server says, asked or not: for a link that has subscribed, and is
  // closed afterwards.
  Result<RespReply> hear(const Context& context);

  // For a link that listens for good. Pushes that come before a reply are kept for overhear().
  // Sends a command that is answered by pushes (version 2: by arrays), not by a reply.
  Result<void> say(const Context& context, const Command& command);
  // The next thing that has been said; nullopt where nothing has arrived. May wait for the rest of
  // what has arrived in part.
  Result<std::optional<RespReply>> overhear(const Context& context);
  // Waits until there is something; Code::timeout and Code::cancelled leave the link as it was.
  static Result<void> wait_for_any(const Context& context, std::span<Link* const> links);
  // Reads them all and forgets them.
  Result<void> pass_over(const Context& context);
  // The same where that is soon done; else the link is closed, so that the server stops.
  void abandon() noexcept;
  // The same of every reply that is owed.
  void abandon_all() noexcept;
  void close() noexcept { transport_.reset(); }

  bool broken() const { return !transport_; }
  // The server has ended it.
  bool hung_up() const { return transport_ && transport_->hung_up(); }

 private:
  static constexpr size_t kReadBytes = 64u << 10;  // bytes asked of the system at once

  Result<void> ready(const Context& context) const;
  Result<void> send(const Context& context, std::span<const std::string_view> words);
  Result<RespReply> read_reply(const Context& context);
  Result<RespHead> read_head(const Context& context);
  Result<void> read_more(const Context& context);
  void abandon_while(bool (Link::*wanted)() const) noexcept;
  bool begun() const { return left_ > 0; }
  bool waited_for() const { return left_ > 0 || owed_ > 0; }
  template <class T>
  Result<T> or_close(Result<T> result);

  std::unique_ptr<Transport> transport_;
  RespDecoder decoder_;
  uint64_t left_ = 0;
  size_t owed_ = 0;
  uint64_t read_ = 0;                           // bytes, of all replies
  static constexpr size_t kPushesMax = 10'000;  // kept before a reply
  bool listens_ = false;
  std::deque<RespReply> pushes_;
  std::array<char, kReadBytes> buffer_;
};

// "WRONGTYPE Operation against ..." with the code it stands for.
Error server_error(std::string_view text);

}  // namespace dbops::redis

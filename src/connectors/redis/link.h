#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/transport.h"
#include "wire/resp3.h"

namespace dbops::redis {

// One connection that takes one command at a time. A reply that is not waited for would answer the
// next command: whatever goes wrong on the way breaks the link for good.
class Link {
 public:
  explicit Link(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // An error of the server is a reply as any other. Code::disconnected, Code::timeout,
  // Code::cancelled, and the codes of RespDecoder, with `session_broken`.
  Result<RespReply> call(const Context& context, std::span<const std::string_view> words);
  // The same, with an error of the server as the error that server_error() makes of it.
  Result<RespReply> ask(const Context& context, std::span<const std::string_view> words);
  bool broken() const { return broken_; }

 private:
  Result<RespReply> read_reply(const Context& context);

  std::unique_ptr<Transport> transport_;
  RespDecoder decoder_;
  bool broken_ = false;
};

// "WRONGTYPE Operation against ..." with the code it stands for.
Error server_error(std::string_view text);

}  // namespace dbops::redis

// A test's side of a conversation with a server, without a transport.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "mcp/server.h"
#include "mcp/testing/recorder.h"

namespace dbops::mcp::testing {

class Conversation {
 public:
  explicit Conversation(Server& server, Caller caller = {.principal = "local"})
      : server_(server), client_(std::make_shared<Client>(std::move(caller))) {}

  // Sends what one line would hold.
  std::shared_ptr<Recorder> send(std::string_view text, bool can_send = true);
  // ... and waits for its answer, parsed; null where the answer is empty.
  boost::json::value ask(std::string_view text);
  // initialize, with success expected.
  void begin(std::string_view revision, std::string_view capabilities = "{}");
  Client& client() { return *client_; }

 private:
  Server& server_;
  const std::shared_ptr<Client> client_;
};

// One that was granted a scope: "db:read:db".
Caller caller_with(std::string_view scope, std::string principal = "ada");

boost::json::value parse(std::string_view text);
// The code of an error answer, 0 for a result.
int64_t code_of(const boost::json::value& answer);
// The text of a tool's result.
std::string text_of(const boost::json::value& answer);

}  // namespace dbops::mcp::testing

#pragma once

#include <string>

namespace dbops::mcp {

// The answer to one message, ready to be sent.
struct Reply {
  std::string body;       // One JSON-RPC response; empty where there is none to send.
  int failure = 0;        // The error's code; 0: a result.
  bool envelope = false;  // Failure::envelope.
  bool modern = false;
  bool tool_failed = false;  // A result, but one that says isError.
};

// Where the messages go that belong to one incoming message. Implemented by each front and called
// from any thread: send() by several at a time, all else by one.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // A notification, or a legacy request to the client, ahead of the answer.
  virtual void send(std::string message) = 0;
  // The last call. An empty body ends the exchange without an answer: a notification was taken, or
  // the client has cancelled its request.
  virtual void finish(Reply reply) = 0;
  // Lets go of what carries this to the client, which comes back for the rest. Does nothing where
  // the client can't (it can from 2025-11-25 on, over HTTP, until sessions went away).
  virtual void pause() {}
  // Whether what send() takes can reach the client before the answer.
  virtual bool can_send() const = 0;
};

}  // namespace dbops::mcp

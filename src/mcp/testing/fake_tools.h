// A server whose tools do what a test tells them, and the messages that a test sends to it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "fakes/fake_connector.h"
#include "mcp/server.h"

namespace dbops::mcp::testing {

// What the tools share with the test. Outlives the server.
//   echo {text}         answers it, as text and as {"text": ...}
//   wait                waits for the gate, or until it is cancelled
//   count {to, wait}    reports its progress at each step; then waits for the gate, if told so
//   say {level}         sends one log message
//   ask {rounds}        asks for a name that often, then greets
//   confirm             asks once; runs only when accepted
//   break               throws
//   refuse              fails with an error that has all there can be; needs the tier write
//   whoami              answers its principal
struct FakeTools {
  fakes::Gate gate;
  std::atomic<int> entered{0};     // calls of `wait` that have begun
  std::atomic<int> cancelled{0};   // ... and that ended by being cancelled
  std::atomic<int> confirmed{0};   // calls of `confirm` that ran
  std::atomic<bool> light{false};  // All are worked on in the front's Loop, where it has one.
};

std::unique_ptr<Server> make_fake_server(FakeTools& tools, ServerSettings settings = {});

// {"jsonrpc":"2.0","id":ID,"method":METHOD,"params":PARAMS}
std::string legacy(std::string_view id, std::string_view method, std::string_view params = "{}");
// The same with a modern envelope; `params`: an object's members, without braces.
std::string modern(std::string_view id, std::string_view method, std::string_view params = {},
                   std::string_view capabilities = "{}");
std::string notification(std::string_view method, std::string_view params = "{}");
std::string initialize(std::string_view revision, std::string_view capabilities = "{}");
// params of tools/call, an object's members.
std::string call_params(std::string_view tool, std::string_view arguments = "{}");

}  // namespace dbops::mcp::testing

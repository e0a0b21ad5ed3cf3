// What the tests against a server share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/context.h"
#include "core/testing/live.h"

namespace dbops::redis {

// The URL in that variable of the environment; a failure where there is none.
std::string server_url(const char* variable = "DBOPS_TEST_REDIS");
// The same server with another database, and where given another port.
std::string at_database(const std::string& url, int database, uint16_t port = 0);
uint16_t port_of(const std::string& url);

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier = Tier::admin);

// All streams of a script, read one after the other.
Result<std::string> run(Session& session, std::string_view text, Mode mode = Mode::write,
                        const Context& context = {});

// A field of what INFO answers; empty where there is none.
std::string info_field(const std::string& info, const std::string& name);

// Runs a Redis with its file of configuration, by which it goes into the background.
bool start_server(std::string configuration);

// Waits for something that servers do by themselves.
template <class Check>
bool eventually(Check check) {
  const Deadline deadline = Deadline::after(std::chrono::seconds(60));
  while (!deadline.passed())
    if (check()) return true;
  return false;
}

}  // namespace dbops::redis

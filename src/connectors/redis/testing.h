// What the tests against a server share.
#pragma once

#include <string>
#include <string_view>

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

}  // namespace dbops::redis

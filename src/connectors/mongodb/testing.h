// What the tests against a server share.
#pragma once

#include <string>
#include <string_view>

#include "core/testing/live.h"

namespace dbops::mongodb {

// The URL in that variable of the environment; a failure where there is none.
std::string server_url(const char* variable = "DBOPS_TEST_MONGODB");
// The same with another database, more options (each "&name=value"), and where given another port.
std::string at_database(const std::string& url, const std::string& database,
                        const std::string& options = "", uint16_t port = 0);
// A replica set's, with all its hosts; or where a port is given, its member there alone.
std::string set_url(const char* variable, const std::string& database,
                    const std::string& options = "", uint16_t port = 0);
uint16_t port_of(const std::string& url);

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier = Tier::admin);

// All streams of a script, read one after the other.
Result<std::string> run(Session& session, std::string_view text, Mode mode = Mode::write,
                        const Context& context = {});

}  // namespace dbops::mongodb

// What the tests against a server share.
#pragma once

#include <string>
#include <string_view>

#include "core/testing/live.h"

namespace dbops::elasticsearch {

// The URL in that variable of the environment; a failure where there is none.
std::string server_url(const char* variable = "DBOPS_TEST_ES");
uint16_t port_of(const std::string& url);
std::string with_port(std::string url, uint16_t port);

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier = Tier::admin);

// All streams of a script, read one after the other.
Result<std::string> run(Session& session, std::string_view text, Mode mode = Mode::write,
                        const Context& context = {});
// An operation with its arguments as a JSON object.
Result<std::string> operate(Session& session, std::string_view operation,
                            std::string_view arguments = "{}");

}  // namespace dbops::elasticsearch

// What the tests of connectors against a server share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/connector.h"

namespace dbops {

// The URL in that variable of the environment. Where there is none a failure, and `nowhere`.
// `script` starts such a server: a file in tests/servers.
std::string server_url(const char* variable, std::string_view script, std::string nowhere);
// NULL is "null".
std::string show(const Value& value);
// Cells joined by '|', rows by '\n'.
Result<std::string> read_all(const Context& context, Stream& stream);
// All streams of a script, read one after the other.
Result<std::string> run(const Connector& connector, Session& session, std::string_view text,
                        Mode mode, const Context& context);
// What an operation of the connector answers. `arguments`: a JSON object. Code::not_found.
Result<std::string> operate(const Connector& connector, Session& session,
                            std::string_view operation, std::string_view arguments);

}  // namespace dbops

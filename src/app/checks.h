// What serving as configured needs beside the connections, looked at for doctor.
#pragma once

#include <vector>

#include "app/config.h"
#include "core/session.h"

namespace dbops::app {

// The folder of [load], the certificate and the processors of [server], the authorization server of
// [oauth]: a finding for each that is configured, ok or critical with the next step. Asks the
// authorization server, with its `patience`. Blocks.
std::vector<Finding> check_serving(const Config& config);

}  // namespace dbops::app

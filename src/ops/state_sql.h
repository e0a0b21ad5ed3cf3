#pragma once

#include <memory>

#include "core/connector.h"
#include "ops/state.h"

namespace dbops::ops {

// The state in a table `dbops_state` of a database that speaks SQL: SQLite (a file, mode 0600, made
// with its folder where it is missing) or PostgreSQL. Connects, and makes the table where there is
// none. `options`: only url, complete_url, settings and connect_timeout matter. Errors as
// Connector::connect(); Code::denied where the table can't be made.
Result<std::unique_ptr<State>> open_sql_state(ConnectionOptions options,
                                              std::span<const Connector* const> connectors);

// The options of an SQLite file: its folder (0700) and itself (0600) are made. Code::io,
// Code::denied.
Result<ConnectionOptions> prepare_state_file(const std::string& path);

}  // namespace dbops::ops

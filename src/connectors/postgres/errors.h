// From what PostgreSQL and libpq say went wrong to an Error of dbops.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "connectors/postgres/pq.h"

namespace dbops::postgres {

// What a SQLSTATE (PostgreSQL, appendix A) means to a caller. Code::internal for what is unknown.
Code code_of(std::string_view sqlstate) noexcept;

// The same call may succeed later, unchanged.
bool retryable(std::string_view sqlstate) noexcept;

// The error of a result that failed. REQUIRES: its status is PGRES_FATAL_ERROR or
// PGRES_BAD_RESPONSE. `position` counts in the statement as it was sent.
Error result_error(const PGresult& result);

// libpq's own words, on one line, control characters escaped and `secrets` replaced by "***".
std::string clean(std::string_view message, const std::vector<Secret>& secrets);

// Why a connect failed, from libpq's message and how far it had come. `stage`: the last status that
// was seen before the failure.
Error connect_error(std::string_view message, ConnStatusType stage,
                    const std::vector<Secret>& secrets);

// The link broke while it was in use.
Error link_error(std::string_view message, const std::vector<Secret>& secrets);

}  // namespace dbops::postgres

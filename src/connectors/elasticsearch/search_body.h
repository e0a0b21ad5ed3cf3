// Searches that stay within the indices they are sent to, and within some of their fields: closed
// lists of members, queries and aggregations. What stands not in them is refused.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace dbops::elasticsearch {

// Of a search, a count, or a validation. Refused: lookups in other indices (terms, more_like_this,
// percolate, indexed shapes, runtime fields), points in time, wrapped queries, templates.
Result<void> check_search(const boost::json::object& body);

// The same where some fields are masked: nothing but `_source` with names in it, conditions and
// sorting on fields that may be used, each written in full.
using MayUse = std::function<bool(std::string_view field)>;
Result<void> check_masked_search(const boost::json::object& body, const MayUse& may_use,
                                 bool counts_only);
// What of a document is asked for, as `_source` has it.
Result<void> check_masked_source(const boost::json::value& source, const MayUse& may_use);

}  // namespace dbops::elasticsearch

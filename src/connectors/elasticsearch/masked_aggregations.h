// Aggregations where some fields are masked: a closed list, each of one field that may be used.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>

#include "connectors/elasticsearch/search_body.h"

namespace dbops::elasticsearch {

using CheckQuery = std::function<Result<void>(const boost::json::value& query)>;

// Of a search's member "aggs", however deep. Refused: scripts, hits within buckets, significant
// terms, pipelines, and what else is not listed. `check_query` judges the filters in it.
Result<void> check_masked_aggregations(const boost::json::value& aggregations,
                                       const MayUse& may_use, const CheckQuery& check_query);

}  // namespace dbops::elasticsearch

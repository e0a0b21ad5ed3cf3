// What the operations of this engine share.
#pragma once

#include "connectors/elasticsearch/rows.h"
#include "core/connector.h"

namespace dbops::elasticsearch {

class ElasticSession;

using Rows = Result<std::unique_ptr<Stream>>;

// REQUIRES: the session is this connector's, as an operation's contract says.
ElasticSession& own(Session& session);

// An argument as a part of a path, with a '/' before it.
std::string segment(const Arguments& arguments, std::string_view name = "index");

// The answer's rows. Code::forbidden beyond the connection's tier.
Rows send(const Context& context, Session& session, OwnedRequest request, Paging paging = {});
// The answer whole, of a request that reads.
Result<Whole> ask(const Context& context, Session& session, const OwnedRequest& request);

}  // namespace dbops::elasticsearch

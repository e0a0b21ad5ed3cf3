#pragma once

#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/fence.h"
#include "connectors/elasticsearch/rows.h"
#include "core/session.h"

namespace dbops::elasticsearch {

// What of the server the way of asking depends on.
struct Server {
  std::string product;  // "Elasticsearch", "Elasticsearch Serverless", "OpenSearch"
  std::string version;  // Empty where the user may not know it.
  std::string cluster;
  bool opensearch() const { return product == "OpenSearch"; }
};

// Statements, one after the other: what ran stays done, there is no transaction around them. A
// request goes out as it was written; an answer is read as its rows are pulled.
class ElasticQueries final : public Queries {
 public:
  ElasticQueries(Link& link, const Server& server, Tier tier, const Fence& fence)
      : link_(link), server_(server), tier_(tier), fence_(fence) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;
  Link& link() { return link_; }
  const Server& server() const { return server_; }
  Tier tier() const { return tier_; }
  const Fence& fence() const { return fence_; }

 private:
  Link& link_;
  const Server& server_;
  const Tier tier_;
  const Fence& fence_;
};

// The request that a piece is: itself, or a query as the body of the server's own API for it.
// Code::invalid_argument where placeholders and parameters do not go together.
Result<OwnedRequest> request_of(const Piece& piece, std::string_view text,
                                const Parameters& parameters, const Server& server);

}  // namespace dbops::elasticsearch

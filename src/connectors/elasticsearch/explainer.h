#pragma once

#include "connectors/elasticsearch/queries.h"

namespace dbops::elasticsearch {

// Searches, ES|QL and SQL. Without running it: the server checks the query and says what it
// becomes; with `analyze` it runs with the server's profile on, of which the slowest parts are
// told. The profile is asked for by a request of its own, made from the statement.
class ElasticExplainer final : public Explainer {
 public:
  explicit ElasticExplainer(ElasticQueries& queries) : queries_(queries) {}
  Result<Plan> explain(const Context& context, const Script& script, const Parameters& parameters,
                       bool analyze, Mode mode) override;

 private:
  Result<Plan> check_search(const Context& context, const OwnedRequest& request);
  Result<void> look_for_fields(const Context& context, const OwnedRequest& request,
                               std::vector<Finding>& findings);
  Result<Plan> profile_search(const Context& context, const OwnedRequest& request);
  Result<Plan> translate_sql(const Context& context, const OwnedRequest& request);
  Result<Plan> profile_esql(const Context& context, const OwnedRequest& request);

  ElasticQueries& queries_;
};

}  // namespace dbops::elasticsearch

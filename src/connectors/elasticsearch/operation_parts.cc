#include "connectors/elasticsearch/operation_parts.h"

#include "connectors/elasticsearch/endpoints.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/session.h"
#include "connectors/elasticsearch/suggest.h"

namespace dbops::elasticsearch {

ElasticSession& own(Session& session) { return static_cast<ElasticSession&>(session); }

std::string segment(const Arguments& arguments, std::string_view name) {
  return '/' + encode_segment(arguments.text(name));
}

Rows send(const Context& context, Session& session, OwnedRequest request, Paging paging) {
  DBOPS_ASSIGN(const Class found, classify(request.method, request.path));
  ElasticSession& elastic = own(session);
  const OwnedRequest asked{request.method, request.path, {}};
  auto rows = run_request(context, elastic.link(), elastic.tier(), std::move(request), found.verb,
                          std::move(paging));
  if (rows) return rows;
  return fail(
      with_nearest(context, elastic.link(), elastic.fence(), asked, std::move(rows).error()));
}
Result<Whole> ask(const Context& context, Session& session, const OwnedRequest& request) {
  ElasticSession& elastic = own(session);
  auto answer = ask_json(context, elastic.link(), Tier::read, request.borrow());
  if (answer) return answer;
  return fail(with_nearest(context, elastic.link(), elastic.fence(), {request.method, request.path},
                           std::move(answer).error()));
}

}  // namespace dbops::elasticsearch

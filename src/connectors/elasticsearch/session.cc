#include "connectors/elasticsearch/session.h"

#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/errors.h"

namespace dbops::elasticsearch {
namespace {

// Statuses of a server that is there, but does not say who it is.
bool has_no_root(int status) { return status == 400 || status == 404 || status == 405; }

}  // namespace

Result<void> ElasticSession::greet(const Context& context) {
  server_.product = "Elasticsearch";
  DBOPS_ASSIGN(auto answer, link_.send(context, Tier::read, {"GET", "/"}));
  DBOPS_ASSIGN(const std::string text, answer->rest(context, kErrorBytesMax));
  const int status = answer->status();
  answer.reset();
  if (has_no_root(status)) return ask_node(context);
  // A user who may search and not look at the cluster.
  if (status == 403 && JsonView::parse(text)) return {};
  if (status >= 400) return fail(server_error(status, text));
  const auto json = JsonView::parse(text);
  if (!json || !(*json)["version"]["number"].is_string())
    return fail(Code::protocol, "what answers is not Elasticsearch",
                "check host and port, and whether it wants TLS (elasticsearch+https:)");
  server_.version = escape_control(json->at({"version", "number"}).string());
  server_.cluster = escape_control((*json)["cluster_name"].string());
  if (json->at({"version", "distribution"}).string() == "opensearch")
    server_.product = "OpenSearch";
  if (json->at({"version", "build_flavor"}).string() == "serverless")
    server_.product = "Elasticsearch Serverless";
  return {};
}

// Builds of the server without the handler of "/" are known, too.
Result<void> ElasticSession::ask_node(const Context& context) {
  DBOPS_ASSIGN(const Whole answer,
               ask_json(context, link_, Tier::read,
                        {"GET", "/_nodes/_local?filter_path=cluster_name,nodes.*.version"}));
  const auto nodes = answer.json()["nodes"].members();
  if (nodes.empty())
    return fail(Code::protocol, "what answers is not Elasticsearch",
                "check host and port, and whether it wants TLS (elasticsearch+https:)");
  server_.version = escape_control(nodes[0].second["version"].string());
  server_.cluster = escape_control(answer.json()["cluster_name"].string());
  return {};
}

// What the server would let this user do. One without security lets everybody do everything.
Tier ElasticSession::granted(const Context& context, std::string& user,
                             std::vector<Finding>& findings) {
  constexpr std::string_view kAsked =
      R"({"cluster":["manage"],"index":[{"names":["*"],"privileges":["write","delete_index"]}]})";
  const auto answer =
      ask_json(context, link_, Tier::read, {"POST", "/_security/user/_has_privileges", kAsked});
  if (!answer) {
    if (answer.error().code == Code::unsupported || answer.error().code == Code::invalid_argument)
      findings.push_back({Severity::warning,
                          "security",
                          {},
                          "the server does not say what this user may do; without its security "
                          "everybody who reaches it may do everything",
                          "turn its security on, and give dbops a key that only reads"});
    return Tier::admin;
  }
  const JsonView json = answer->json();
  user = escape_control(json["username"].string());
  const JsonView index = json.at({"index", "*"});
  if (json.at({"cluster", "manage"}).is_true() || index["delete_index"].is_true())
    return Tier::admin;
  return index["write"].is_true() ? Tier::write : Tier::read;
}

Result<ServerInfo> ElasticSession::info(const Context& context) {
  ServerInfo info{.product = server_.product,
                  .version = server_.version,
                  .database = server_.cluster,
                  .user = link_.target().user,
                  .transport = {},
                  .granted = Tier::admin,
                  .findings = {}};
  info.granted = granted(context, info.user, info.findings);
  DBOPS_TRY(context.alive());
  info.transport = link_.transport();
  return info;
}

Result<void> ElasticSession::ping(const Context& context) {
  DBOPS_ASSIGN(const auto answer, link_.send(context, Tier::read, {"GET", "/"}));
  DBOPS_ASSIGN(const std::string text, answer->rest(context, kErrorBytesMax));
  const int status = answer->status();
  if (status < 400 || status == 403 || has_no_root(status)) return {};
  return fail(server_error(status, text));
}

}  // namespace dbops::elasticsearch

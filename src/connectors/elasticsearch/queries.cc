#include "connectors/elasticsearch/queries.h"

#include "base/json.h"
#include "connectors/elasticsearch/body_parameters.h"
#include "connectors/elasticsearch/parameters.h"
#include "connectors/elasticsearch/removals.h"
#include "connectors/elasticsearch/suggest.h"

namespace dbops::elasticsearch {
namespace {

class ElasticResults final : public Results {
 public:
  ElasticResults(ElasticQueries& queries, const Script& script, const Parameters& parameters,
                 Mode mode)
      : queries_(queries), script_(script), parameters_(parameters), mode_(mode) {}

  Result<Stream*> next(const Context& context) override {
    stream_.reset();
    if (index_ == script_.statements.size()) return nullptr;
    auto stream = run(context, index_++);
    if (!stream) {
      Error error = std::move(stream).error();
      if (error.effect == Effect::none && wrote_) error.effect = Effect::applied;
      return fail(std::move(error));
    }
    stream_ = *std::move(stream);
    return stream_.get();
  }

 private:
  Result<std::unique_ptr<Stream>> run(const Context& context, size_t index) {
    DBOPS_TRY(context.alive());
    const Statement& statement = script_.statements[index];
    const std::string_view text = script_.statement_text(index);
    size_t at = 0;
    DBOPS_ASSIGN(const auto piece, next_piece(text, at));
    if (!piece) return fail(Code::internal, "the statement has nothing in it");
    DBOPS_ASSIGN(OwnedRequest request, request_of(*piece, text, parameters_, queries_.server()));
    DBOPS_TRY(queries_.fence().check(context, queries_.link(), request.method, request.path,
                                     request.body));
    Paging paging = paging_of(request);
    const Tier allowed = mode_ == Mode::read ? Tier::read : queries_.tier();
    OwnedRequest asked{request.method, request.path, {}};
    if (piece->language == Language::esql) asked.body = request.body;
    auto stream = run_request(context, queries_.link(), allowed, std::move(request), statement.verb,
                              std::move(paging));
    if (!stream)
      return fail(with_nearest(context, queries_.link(), queries_.fence(), asked,
                               std::move(stream).error()));
    if (statement.tier > Tier::read) wrote_ = true;
    return stream;
  }

  ElasticQueries& queries_;
  const Script& script_;
  const Parameters& parameters_;
  const Mode mode_;
  size_t index_ = 0;
  bool wrote_ = false;
  std::unique_ptr<Stream> stream_;
};

}  // namespace

Result<OwnedRequest> request_of(const Piece& piece, std::string_view text,
                                const Parameters& parameters, const Server& server) {
  OwnedRequest request{.method = "POST", .path = "/_query"};
  if (piece.language == Language::console) {
    request = {piece.method, piece.path, std::string(piece.body), piece.values > 1};
    if (!parameters.empty()) {
      DBOPS_TRY(check_unbound(piece.path));
      if (!removed_by(piece.path, piece.body).empty())
        return fail(Code::invalid_argument, "what _aliases removes takes no parameters",
                    "write its name out: a person confirms it by that");
      DBOPS_ASSIGN(request.body, bind_body(piece.body, parameters));
    }
    // Lines end with a line break, the last one too, or the server does not take it for whole.
    if (request.path.find("_bulk") != std::string::npos ||
        request.path.find("_msearch") != std::string::npos)
      request.lines = true;
    if (request.lines && !request.body.empty()) request.body += '\n';
    return request;
  }
  const bool plugin = piece.language == Language::sql && server.opensearch();
  if (piece.language == Language::sql)
    request.path = plugin ? "/_plugins/_sql" : "/_sql?format=json";
  JsonWriter out(request.body);
  out.begin_object().member("query", text);
  DBOPS_TRY(write_parameters(text, piece.language, parameters,
                             plugin ? ParameterStyle::typed : ParameterStyle::plain, out));
  out.end_object();
  return request;
}

Result<std::unique_ptr<Results>> ElasticQueries::run(const Context& context, const Script& script,
                                                     const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  if (mode == Mode::rehearse)
    return fail(Code::unsupported,
                server_.product + " can't take a request back: there is no dry run",
                "read first what it would change: the same query with _count or _search");
  if (!parameters.empty() && script.statements.size() > 1)
    return fail(Code::invalid_argument, "parameters need a text of one statement",
                "send the statements one by one");
  if (mode != Mode::read && fence_.restricts())
    return refused("under rules of indices the server is only read",
                   "a write needs a connection without such rules");
  const Tier allowed = mode == Mode::read ? Tier::read : tier_;
  for (size_t i = 0; i < script.statements.size(); ++i) {
    const Statement& statement = script.statements[i];
    if (statement.tier > allowed)
      return fail(Code::forbidden, "refused: " + statement.reason,
                  mode == Mode::read
                      ? "use execute for requests that write"
                      : "the connection needs the tier " + std::string(name(statement.tier)));
    if (i > 0) continue;
    size_t at = 0;
    const std::string_view text = script.statement_text(i);
    DBOPS_ASSIGN(const auto piece, next_piece(text, at));
    if (piece) DBOPS_TRY(request_of(*piece, text, parameters, server_));
  }
  return std::make_unique<ElasticResults>(*this, script, parameters, mode);
}

}  // namespace dbops::elasticsearch

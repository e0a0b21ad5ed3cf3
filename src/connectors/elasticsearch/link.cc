#include "connectors/elasticsearch/link.h"

#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "connectors/elasticsearch/endpoints.h"
#include "connectors/elasticsearch/errors.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/removals.h"

namespace dbops::elasticsearch {
namespace {

constexpr std::chrono::milliseconds kGoodbyeMax{1000};  // for cancelling what a call has begun

// Requests whose work the server does not end with their connection.
bool outlives_link(std::string_view path) {
  path = path.substr(0, path.find('?'));
  return path.ends_with("/_update_by_query") || path.ends_with("/_delete_by_query") ||
         path == "/_reindex";
}

}  // namespace

Link::Link(Target target)
    : target_(std::move(target)),
      name_(std::string(kOpaqueIdStart) + random_name()),
      client_(target_.tls) {}

Result<std::unique_ptr<Answer>> Link::send(const Context& context, Tier allowed,
                                           const Request& request) {
  // The second gate: what goes out is judged by itself, whatever was thought of it before.
  DBOPS_ASSIGN(const Class found, classify(request.method, request.path));
  if (found.tier > allowed)
    return fail(Code::forbidden, "refused: " + found.reason,
                allowed == Tier::read ? "use execute for requests that write"
                                      : "the connection needs the tier admin");
  DBOPS_TRY(check_removals(request.path, request.body));
  const bool reads = found.tier == Tier::read;
  HttpRequest http{.method = request.method,
                   .url = {},
                   .headers = {{"Accept", "application/json"}},
                   .authorization = target_.authorization,
                   .body = request.body,
                   .repeatable = reads || request.repeatable};
  if (!request.body.empty())
    http.headers.emplace_back("Content-Type",
                              request.lines ? "application/x-ndjson" : "application/json");
  const bool outlives = !reads && outlives_link(request.path);
  if (outlives) http.headers.emplace_back("X-Opaque-Id", name_);
  auto answer = try_nodes(context, http, reads, request.path);
  if (!answer && outlives && !context.alive()) cancel_work();
  return answer;
}

Result<std::unique_ptr<Answer>> Link::try_nodes(const Context& context, HttpRequest& http,
                                                bool reads, const std::string& path) {
  for (size_t tries_left = target_.nodes.size();;) {
    const size_t node = node_;
    http.url = target_.nodes[node] + target_.prefix + path;
    auto answer = client_.send(context, http);
    if (answer) return read_head(*std::move(answer), reads);
    Error error = std::move(answer).error();
    if (reads) error.effect = Effect::none;
    error.message = target_.places[node] + ": " + error.message;
    const bool elsewhere = error.code == Code::unreachable || error.code == Code::unknown_host ||
                           error.code == Code::tls;
    // The next call starts with another node, whatever became of this one's request.
    if (elsewhere || error.code == Code::disconnected) node_ = (node + 1) % target_.nodes.size();
    if (!elsewhere || error.effect != Effect::none || --tries_left == 0)
      return fail(std::move(error));
  }
}

// What the server works on under this link's name, and nobody else's. A task that can't be reached
// in time goes on: the error says already that nobody knows what was done.
void Link::cancel_work() {
  Context goodbye;
  goodbye.deadline = Deadline::after(kGoodbyeMax);
  const auto listed = ask_json(goodbye, *this, Tier::read, {"GET", "/_tasks?actions=*data/write*"});
  if (!listed) return;
  for (const auto& [node, of_node] : listed->json()["nodes"].members())
    for (const auto& [id, task] : of_node["tasks"].members())
      if (task.at({"headers", "X-Opaque-Id"}).string() == name_ && task["parent_task_id"].is_null())
        static_cast<void>(
            ask(goodbye, Tier::admin, {"POST", "/_tasks/" + encode_segment(id) + "/_cancel"}));
}

Result<std::unique_ptr<Answer>> Link::read_head(std::unique_ptr<HttpAnswer> answer,
                                                bool reads) const {
  const int status = answer->status();
  if (status >= 300 && status < 400) return fail(server_error(status, {}));
  Effect effect = Effect::none;
  if (!reads && status < 400) effect = Effect::applied;
  if (!reads && status >= 500) effect = Effect::unknown;
  return std::make_unique<Answer>(std::move(answer), effect);
}

Result<std::string> Link::ask(const Context& context, Tier allowed, const Request& request) {
  DBOPS_ASSIGN(const auto answer, send(context, allowed, request));
  const bool good = answer->status() < 400;
  auto body = answer->rest(context, good ? kWholeBytesMax : kErrorBytesMax);
  if (good) return body;
  Error error = server_error(answer->status(), body.value_or(""));
  error.effect = answer->effect();
  return fail(std::move(error));
}

Result<Whole> ask_json(const Context& context, Link& link, Tier allowed, const Request& request) {
  Whole whole;
  DBOPS_ASSIGN(whole.text, link.ask(context, allowed, request));
  if (const auto json = JsonView::parse(whole.text); !json)
    return fail(Code::protocol, "the server's answer is not JSON",
                "check that host and port are Elasticsearch's");
  return whole;
}

}  // namespace dbops::elasticsearch

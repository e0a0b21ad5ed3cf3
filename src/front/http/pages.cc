#include "front/http/pages.h"

namespace dbops::http {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

void append_gauge(std::string& out, std::string_view name, std::string_view help, size_t value) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  out.append(" gauge\n").append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

void Answers::count(unsigned status) {
  if (status < kStatusMin || status > kStatusMax) return;
  counts_[status - kStatusMin].fetch_add(1, std::memory_order_relaxed);
}

void Answers::write(std::string& out) const {
  constexpr std::string_view kName = "dbops_http_responses_total";
  out.append("# HELP ").append(kName).append(" Responses, by status.\n# TYPE ").append(kName);
  out.append(" counter\n");
  for (size_t i = 0; i < counts_.size(); ++i) {
    const uint64_t count = counts_[i].load(std::memory_order_relaxed);
    if (count == 0) continue;
    out.append(kName).append("{status=\"").append(std::to_string(i + kStatusMin)).append("\"} ");
    out.append(std::to_string(count)).append("\n");
  }
}

std::optional<Response> Pages::answer(Request& request, bool draining) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (request.path == "/healthz") return Response{.content_type = kText, .body = "ok\n"};
  if (request.path == "/readyz") {
    if (draining)
      return Response{.status = kUnavailable, .content_type = kText, .body = "draining\n"};
    return Response{.content_type = kText, .body = "ready\n"};
  }
  if (request.path != "/metrics") return gate_.metadata(request);
  if (auto refused = refuse_metrics(request)) return refused;
  return Response{.content_type = kPrometheus, .body = metrics()};
}

// They name connections and tools: for whoever may ask this machine, or has a token for it.
std::optional<Response> Pages::refuse_metrics(Request& request) const {
  if (is_loopback(settings_.host) || settings_.metrics_without_token) return std::nullopt;
  if (!gate_.has_tokens())
    return refusal(kForbidden,
                   "metrics need a token with the scope metrics, or metrics_without_token = true");
  if (auto refused = gate_.authenticate_by_tokens(request)) return refused;
  if (request.caller.grants && request.caller.grants->metrics()) return std::nullopt;
  return gate_.insufficient_scope({}, request.caller, "metrics");
}

std::string Pages::metrics() const {
  std::string out = settings_.metrics ? settings_.metrics() : std::string();
  answers_.write(out);
  append_gauge(out, "dbops_http_sessions", "Sessions of legacy clients.", sessions_.size());
  append_gauge(out, "dbops_http_streams", "Event streams that belong to no call.",
               sessions_.streams() + server_.open_subscriptions());
  append_gauge(out, "dbops_http_calls", "Requests and streams under way.", calls_.count());
  return out;
}

}  // namespace dbops::http

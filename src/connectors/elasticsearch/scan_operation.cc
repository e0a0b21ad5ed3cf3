#include "connectors/elasticsearch/scan_operation.h"

#include <charconv>

#include "base/json.h"
#include "connectors/elasticsearch/session.h"

namespace dbops::elasticsearch {
namespace {

constexpr int64_t kPageSize = 1000;  // hits that scan asks for at once
constexpr std::string_view kKeepAlive = "2m";

// A page of a scan: the caller's query with the point in time, and where the page before ended.
std::string scan_body(const std::string& query, const std::string& source, const std::string& pit,
                      const std::string& after) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().member("size", kPageSize);
  if (!query.empty()) out.key("query").raw(query);
  if (!source.empty()) out.key("_source").raw(source);
  if (!pit.empty()) {
    out.member("track_total_hits", false)
        .key("pit")
        .begin_object()
        .member("id", pit)
        .member("keep_alive", kKeepAlive)
        .end_object();
    out.key("sort")
        .begin_array()
        .begin_object()
        .member("_shard_doc", "asc")
        .end_object()
        .end_array();
  }
  if (!after.empty()) out.key("search_after").raw(after);
  out.end_object();
  return body;
}

// How a server keeps a point in time.
struct PitApi {
  std::string_view open;  // Behind the index,
  std::string_view id;    // whose answer has it so.
  std::string_view close;
  bool list = false;  // To close takes a list of them.
};
constexpr PitApi kPit{"/_pit", "id", "/_pit"};
constexpr PitApi kPluginPit{"/_search/point_in_time", "pit_id", "/_search/point_in_time", true};

// OpenSearch has had the sort that goes with it since 3.3.
bool sorts_by_shard(const Server& server) {
  if (!server.opensearch()) return true;
  int major = 0;
  int minor = 0;
  const char* const end = server.version.data() + server.version.size();
  const auto [dot, error] = std::from_chars(server.version.data(), end, major);
  if (error != std::errc() || dot == end) return false;
  std::from_chars(dot + 1, end, minor);
  return major > 3 || (major == 3 && minor >= 3);
}

std::string closing_body(const PitApi& api, const std::string& id) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().key(api.id);
  if (api.list) out.begin_array();
  out.string(id);
  if (api.list) out.end_array();
  out.end_object();
  return body;
}

Paging pit_paging(const PitApi& api, const std::string& first, const std::string& query,
                  const std::string& source) {
  const auto current = [first](const PageEnd& end) {
    return end.pit_id.empty() ? first : end.pit_id;
  };
  return {
      .next = [=](const PageEnd& end) -> std::optional<OwnedRequest> {
        if (end.rows == 0) return std::nullopt;
        return OwnedRequest{"POST", "/_search", scan_body(query, source, current(end), end.sort)};
      },
      .close = [=](const PageEnd& end) -> std::optional<OwnedRequest> {
        return OwnedRequest{"DELETE", std::string(api.close), closing_body(api, current(end))};
      }};
}

}  // namespace

// By a scroll where the server can't sort by what a point in time needs.
Rows scan(const Context& context, Session& session, Arguments arguments) {
  const std::string index = segment(arguments);
  const std::string query = arguments.has("query") ? arguments.object("query") : "";
  std::string source;
  if (const auto fields = arguments.texts("source"); !fields.empty()) {
    JsonWriter out(source);
    out.begin_array();
    for (const std::string& field : fields) out.string(field);
    out.end_array();
  }
  const Server& server = own(session).server();
  if (!sorts_by_shard(server)) {
    OwnedRequest request{"POST", index + "/_search?scroll=" + std::string(kKeepAlive),
                         scan_body(query, source, "", "")};
    Paging paging = paging_of(request);
    return send(context, session, std::move(request), std::move(paging));
  }
  const PitApi& api = server.opensearch() ? kPluginPit : kPit;
  const std::string opening =
      index + std::string(api.open) + "?keep_alive=" + std::string(kKeepAlive);
  DBOPS_ASSIGN(const Whole opened,
               ask_json(context, own(session).link(), Tier::read, {"POST", opening}));
  const std::string first = opened.json()[api.id].string();
  return send(context, session, {"POST", "/_search", scan_body(query, source, first, "")},
              pit_paging(api, first, query, source));
}

}  // namespace dbops::elasticsearch

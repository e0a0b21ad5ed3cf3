#include "base/json.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/rows.h"

namespace dbops::elasticsearch {
namespace {

std::string object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  for (const auto& [key, value] : members) out.member(key, value);
  out.end_object();
  return text;
}

Paging scroll_paging(std::string keep_alive) {
  return {
      .next = [keep_alive](const PageEnd& end) -> std::optional<OwnedRequest> {
        if (end.rows == 0 || end.scroll_id.empty()) return std::nullopt;
        return OwnedRequest{"POST", "/_search/scroll",
                            object({{"scroll", keep_alive}, {"scroll_id", end.scroll_id}})};
      },
      .close = [](const PageEnd& end) -> std::optional<OwnedRequest> {
        if (end.scroll_id.empty()) return std::nullopt;
        return OwnedRequest{"DELETE", "/_search/scroll", object({{"scroll_id", end.scroll_id}})};
      }};
}

Paging sql_paging(const std::string& path) {
  const std::string closing =
      path.starts_with("/_plugins") ? "/_plugins/_sql/close" : "/_sql/close";
  return {.next = [path](const PageEnd& end) -> std::optional<OwnedRequest> {
            if (end.cursor.empty()) return std::nullopt;
            return OwnedRequest{"POST", path, object({{"cursor", end.cursor}})};
          },
          .close = [closing](const PageEnd& end) -> std::optional<OwnedRequest> {
            if (end.cursor.empty()) return std::nullopt;
            return OwnedRequest{"POST", closing, object({{"cursor", end.cursor}})};
          }};
}

}  // namespace

Paging paging_of(const OwnedRequest& request) {
  const auto parts = split_target(request.path);
  if (!parts || parts->empty()) return {};
  if (parts->back() == "_search") {
    std::string keep_alive = query_value(request.path, "scroll");
    if (!keep_alive.empty()) return scroll_paging(std::move(keep_alive));
  }
  if (*parts == std::vector<std::string>{"_sql"}) return sql_paging("/_sql?format=json");
  if (*parts == std::vector<std::string>{"_plugins", "_sql"}) return sql_paging("/_plugins/_sql");
  return {};
}

}  // namespace dbops::elasticsearch

#include "front/http/oauth/metadata.h"

#include "base/json.h"

namespace dbops::http {
namespace {

constexpr std::string_view kWellKnown = "/.well-known/oauth-protected-resource";

// Of a URL: where its path starts.
size_t path_start(std::string_view url) {
  const size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? url.size()
                                          : std::min(url.find('/', scheme + 3), url.size());
}

std::string_view path_of(std::string_view url) {
  const std::string_view path = url.substr(path_start(url));
  return path == "/" ? std::string_view() : path;
}

}  // namespace

std::string metadata_url(std::string_view resource) {
  return std::string(resource.substr(0, path_start(resource)))
      .append(kWellKnown)
      .append(path_of(resource));
}

bool is_metadata_path(std::string_view path, std::string_view resource) {
  if (!path.starts_with(kWellKnown)) return false;
  const std::string_view rest = path.substr(kWellKnown.size());
  return rest.empty() || rest == "/mcp" || rest == path_of(resource);
}

std::string metadata_text(const OAuthSettings& settings) {
  std::string text;
  JsonWriter writer(text);
  writer.begin_object().member("resource", settings.resource);
  writer.key("authorization_servers").begin_array().string(settings.issuer).end_array();
  writer.key("scopes_supported").begin_array();
  writer.string("db:read").string("db:write").string("db:admin").end_array();
  writer.key("bearer_methods_supported").begin_array().string("header").end_array();
  writer.member("resource_name", "dbops: database operations").end_object();
  return text;
}

}  // namespace dbops::http

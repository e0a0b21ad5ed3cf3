// What a resource server says of itself (RFC 9728), so that clients find whom to ask for a token.
#pragma once

#include <string>
#include <string_view>

#include "front/http/oauth/settings.h"

namespace dbops::http {

// Where the metadata of that resource stands: its host, the well-known path, its own path behind
// (RFC 9728, section 3.1).
std::string metadata_url(std::string_view resource);
// Whether a request's path asks for it; also without the resource's own path, and with /mcp, as
// clients try that know the server by another name.
bool is_metadata_path(std::string_view path, std::string_view resource);
std::string metadata_text(const OAuthSettings& settings);

}  // namespace dbops::http

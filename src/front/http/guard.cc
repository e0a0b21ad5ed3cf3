#include "front/http/guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace dbops::http {
namespace {

// The name of "name", "name:80", "[::1]" or "[::1]:80"; empty for what is none of them.
std::string_view host_name(std::string_view host) {
  size_t end = host.find(':');
  if (host.starts_with('[')) {
    const size_t bracket = host.find(']');
    if (bracket == std::string_view::npos) return {};
    end = bracket + 1 == host.size() ? std::string_view::npos : bracket + 1;
  }
  if (end == std::string_view::npos) return host;
  if (host[end] != ':') return {};
  const std::string_view port = host.substr(end + 1);
  const bool digits =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !port.empty() ? host.substr(0, end) : std::string_view();
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "127.0.0.1" || same_ignoring_case(host, "localhost") || host == "::1") return true;
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

bool is_host(std::string_view text) {
  return !host_name(text).empty() && text.find_first_of("/\\*@?#, \t") == std::string_view::npos;
}

bool is_origin(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return text == "null";  // Of a page that has none.
  return scheme > 0 && is_host(text.substr(scheme + 3));
}

bool Guard::allows_host(std::optional<std::string_view> host) const {
  if (!host) return false;
  const std::string_view name = host_name(*host);
  if (name.empty()) return false;
  if (is_loopback(name)) return true;
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& allowed) {
    return same_ignoring_case(allowed, name) || same_ignoring_case(allowed, *host);
  });
}

bool Guard::allows_origin(std::optional<std::string_view> origin) const {
  if (!origin) return true;
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin->starts_with(scheme) && is_loopback(host_name(origin->substr(scheme.size()))))
      return true;
  return std::any_of(origins_.begin(), origins_.end(), [&](const std::string& allowed) {
    return same_ignoring_case(allowed, *origin);
  });
}

}  // namespace dbops::http

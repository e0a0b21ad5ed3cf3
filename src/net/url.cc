#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops {
namespace {

// No message quotes the URL: what stands in the wrong place may be a password.
tl::unexpected<Error> bad_url(std::string message, std::string hint = {}) {
  if (hint.empty()) hint = "write it as scheme://user:password@host:port/database?option=value";
  return fail(Code::invalid_argument, "the URL can't be used: " + std::move(message),
              std::move(hint));
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `part` names the place in errors.
Result<std::string> percent_decode(std::string_view text, std::string_view part) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = decode_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1)
      return bad_url("a % in its " + std::string(part) + " isn't followed by two hex digits",
                     "write a % that stands for itself as %25");
    if (*byte == std::string_view("\0", 1))
      return bad_url("its " + std::string(part) + " has a NUL character in it");
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

// Cuts `text` at the first `separator`; the second part is nullopt where there is none.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text,
                                                                 char separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<std::string> parse_scheme(std::string_view text) {
  const auto known = [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  if (text.empty() || !is_alpha(text[0]) || !std::all_of(text.begin(), text.end(), known))
    return bad_url("it doesn't start with a scheme such as postgresql: or sqlite:");
  return lower(text);
}

Result<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || port == 0)
    return bad_url("its port is not a number from 1 to 65535",
                   "write ':', '/', '@' and '?' in a user or password as %3A, %2F, %40 and %3F");
  return port;
}

bool is_ipv6(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

// host, host:port, [ipv6], [ipv6]:port
Result<Url::Host> parse_host(std::string_view text) {
  Url::Host host;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const auto [address, rest] = cut(text.substr(1), ']');
    if (!rest) return bad_url("the '[' of its host is not closed");
    DBOPS_ASSIGN(host.name, percent_decode(address, "host"));
    if (!is_ipv6(host.name)) return bad_url("what stands in [] is not an IPv6 address");
    if (!rest->empty() && !rest->starts_with(':'))
      return bad_url("something other than a port follows the ']' of its host");
    if (!rest->empty()) port = rest->substr(1);
  } else {
    const auto [name, rest] = cut(text, ':');
    DBOPS_ASSIGN(host.name, percent_decode(name, "host"));
    const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
      return c == ' ' || c == '[' || c == ']' || c == '\\' || c == '"';
    });
    if (odd) return bad_url("its host has a character that no host name has");
    port = rest;
  }
  // "host:" is as "host" (RFC 3986, section 3.2.3).
  if (port && !port->empty()) {
    DBOPS_ASSIGN(host.port, parse_port(*port));
  }
  return host;
}

Result<void> parse_authority(std::string_view text, Url& url) {
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    if (text.find('@', at + 1) != std::string_view::npos)
      return bad_url("it has more than one '@' before its path",
                     "write an '@' in a user or password as %40");
    const auto [user, password] = cut(text.substr(0, at), ':');
    DBOPS_ASSIGN(url.user, percent_decode(user, "user"));
    DBOPS_ASSIGN(std::string decoded, percent_decode(password.value_or(""), "password"));
    url.password = Secret(std::move(decoded));
    text.remove_prefix(at + 1);
  }
  if (text.empty()) return {};
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [host, others] = cut(*rest, ',');
    DBOPS_ASSIGN(Url::Host parsed, parse_host(host));
    url.hosts.push_back(std::move(parsed));
    rest = others;
  }
  return {};
}

Result<void> parse_query(std::string_view text, Url& url) {
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [pair, others] = cut(*rest, '&');
    rest = others;
    if (pair.empty()) continue;
    const auto [name, value] = cut(pair, '=');
    DBOPS_ASSIGN(std::string decoded_name, percent_decode(name, "option name"));
    if (decoded_name.empty()) return bad_url("an option in it has no name");
    DBOPS_ASSIGN(std::string decoded, percent_decode(value.value_or(""), "option value"));
    url.query.emplace_back(std::move(decoded_name), std::move(decoded));
  }
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kUrlBytesMax)
    return fail(Code::too_large,
                "the URL has more than " + format_bytes(kUrlBytesMax) + ", its limit",
                "shorten it; long options belong into the configuration");
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) return bad_url("it has a control character in it", "write it as %0A, %09 ...");

  Url url;
  const auto [scheme, after_scheme] = cut(text, ':');
  if (!after_scheme) return bad_url("it has no scheme such as postgresql: or sqlite:");
  DBOPS_ASSIGN(url.scheme, parse_scheme(scheme));
  auto [rest, query] = cut(*after_scheme, '?');
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    DBOPS_TRY(parse_authority(authority, url));
    rest.remove_prefix(authority.size());
  }
  DBOPS_ASSIGN(url.path, percent_decode(rest, "path"));
  if (query) DBOPS_TRY(parse_query(*query, url));
  return url;
}

}  // namespace dbops

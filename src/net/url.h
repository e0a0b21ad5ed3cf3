#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace dbops {

inline constexpr size_t kUrlBytesMax = 8192;

// A connection URL in its parts, percent-decoded (RFC 3986). Engines with host lists find them in
// `hosts`.
//   scheme:path | scheme://[user[:password]@][host[:port][,host[:port]]][/path][?name=value&...]
struct Url {
  struct Host {
    std::string name;  // Without the brackets of an IPv6 address.
    std::optional<uint16_t> port;
  };
  std::string scheme;  // Lower case.
  std::string user;
  Secret password;
  std::vector<Host> hosts;
  std::string path;  // After "scheme:" or the authority, with its leading '/', if any.
  std::vector<std::pair<std::string, std::string>> query;

  // Code::invalid_argument, with the part that is wrong but never its text; Code::too_large beyond
  // kUrlBytesMax. A '#' is a character as any other: connection URLs have no fragments.
  static Result<Url> parse(std::string_view text);
};

// The URL as it may be shown: password and query values that look like secrets are "***", control
// characters are escaped. Any text is safe to hand in, such as libpq's `host=h password=x`; where
// it can't be told what is secret, too much is hidden rather than too little; beyond kUrlBytesMax,
// all of it.
std::string redact_url(std::string_view text);

// An unknown setting's name for a message, in quotes. What is no plain name is not shown: in
// "redis:///x?me:secret@host" a password stands in its place.
std::string shown_setting(std::string_view name);

// True where a text, URL or not, gives a value to a name that is a secret's (`pwd=x`, `api_key:
// x`), and for any text beyond kUrlBytesMax.
bool assigns_secret(std::string_view text);

}  // namespace dbops

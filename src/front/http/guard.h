// Who may speak to this server at all: the Host and Origin checks that stop DNS rebinding and
// foreign web pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbops::http {

// Immutable, thread-safe.
class Guard {
 public:
  // Beside localhost, 127.0.0.1 and [::1] with any port. `hosts`: names or addresses, with a port
  // ("db.example.com:8443") or for any. `origins`: as browsers send them
  // ("https://app.example.com").
  Guard(std::vector<std::string> hosts, std::vector<std::string> origins)
      : hosts_(std::move(hosts)), origins_(std::move(origins)) {}

  // A Host header; a missing one is refused (RFC 9112, section 3.2).
  bool allows_host(std::optional<std::string_view> host) const;
  // An Origin header; a missing one passes: no browser sent this.
  bool allows_origin(std::optional<std::string_view> origin) const;

 private:
  const std::vector<std::string> hosts_;
  const std::vector<std::string> origins_;
};

// An address or name that only this machine can reach itself by.
bool is_loopback(std::string_view host);
// Whether a request's Host, or a browser's Origin, can be that: no scheme or no path, and no
// wildcard.
bool is_host(std::string_view text);
bool is_origin(std::string_view text);

}  // namespace dbops::http

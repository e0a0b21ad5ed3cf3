#include "base/error.h"

namespace dbops {

std::string_view name(Code code) noexcept {
  switch (code) {
    case Code::invalid_argument:
      return "invalid_argument";
    case Code::invalid_config:
      return "invalid_config";
    case Code::syntax:
      return "syntax";
    case Code::not_found:
      return "not_found";
    case Code::already_exists:
      return "already_exists";
    case Code::constraint:
      return "constraint";
    case Code::data:
      return "data";
    case Code::conflict:
      return "conflict";
    case Code::forbidden:
      return "forbidden";
    case Code::denied:
      return "denied";
    case Code::confirmation_required:
      return "confirmation_required";
    case Code::unsupported:
      return "unsupported";
    case Code::unknown_host:
      return "unknown_host";
    case Code::unreachable:
      return "unreachable";
    case Code::authentication:
      return "authentication";
    case Code::tls:
      return "tls";
    case Code::disconnected:
      return "disconnected";
    case Code::timeout:
      return "timeout";
    case Code::cancelled:
      return "cancelled";
    case Code::busy:
      return "busy";
    case Code::exhausted:
      return "exhausted";
    case Code::too_large:
      return "too_large";
    case Code::corrupt:
      return "corrupt";
    case Code::protocol:
      return "protocol";
    case Code::expired:
      return "expired";
    case Code::io:
      return "io";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string_view name(Effect effect) noexcept {
  switch (effect) {
    case Effect::none:
      return "none";
    case Effect::unknown:
      return "unknown";
    case Effect::applied:
      return "applied";
  }
  return "unknown";
}

}  // namespace dbops

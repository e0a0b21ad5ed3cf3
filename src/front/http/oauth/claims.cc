#include "front/http/oauth/claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "base/text.h"
#include "mcp/jsonrpc.h"

namespace dbops::http {
namespace {

namespace json = boost::json;
using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

// Since 1970, in the year 2255: what the clock can hold. Times beyond are taken for this one.
constexpr double kSecondsMax = 9e9;

tl::unexpected<Error> refused(std::string message, std::string hint = {}) {
  return fail(Code::authentication, std::move(message), std::move(hint));
}

// A NumericDate (RFC 7519, section 2). nullopt: not given.
Result<std::optional<Time>> time_of(const json::object& claims, std::string_view name) {
  const json::value* value = mcp::member(claims, name);
  if (value == nullptr) return std::optional<Time>();
  if (!value->is_number()) return refused("the token's " + std::string(name) + " is not a time");
  const double count = std::clamp(value->to_number<double>(), 0.0, kSecondsMax);
  return Time(seconds(static_cast<int64_t>(count)));
}

// One string, or a list of them, one of which is wanted.
bool holds(const json::value& value, const std::vector<std::string>& wanted) {
  const auto is_wanted = [&](const json::value& each) {
    return each.is_string() && std::find(wanted.begin(), wanted.end(),
                                         std::string_view(each.get_string())) != wanted.end();
  };
  if (!value.is_array()) return is_wanted(value);
  const json::array& all = value.get_array();
  return std::any_of(all.begin(), all.end(), is_wanted);
}

void add_words(std::string_view text, std::vector<std::string>& into) {
  while (!text.empty() && into.size() < kGrantedScopesMax) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) into.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// "scope" of RFC 8693 and RFC 7662; some servers say "scp", as a list.
std::vector<std::string> scopes_of(const json::object& claims) {
  std::vector<std::string> scopes;
  for (const std::string_view name : {"scope", "scp"}) {
    const json::value* value = mcp::member(claims, name);
    if (value == nullptr) continue;
    if (value->is_string()) add_words(value->get_string(), scopes);
    if (!value->is_array()) continue;
    for (const json::value& each : value->get_array())
      if (each.is_string()) add_words(each.get_string(), scopes);
  }
  return scopes;
}

// Whom it speaks for: a person, or the client itself.
std::string subject_of(const json::object& claims) {
  for (const std::string_view name : {"sub", "client_id"}) {
    const json::string* text = mcp::text_member(claims, name);
    if (text != nullptr && !text->empty()) return std::string(*text);
  }
  return {};
}

Result<Identity> read(const json::object& claims, const Expected& expected, Time now) {
  const json::value* audience = mcp::member(claims, "aud");
  if (audience == nullptr || !holds(*audience, expected.audiences))
    return refused("the token is for another audience",
                   "ask for one with resource=" + expected.audiences.front());
  DBOPS_ASSIGN(const auto until, time_of(claims, "exp"));
  if (until && now >= *until + expected.skew)
    return refused("the token has expired", "ask the authorization server for a new one");
  DBOPS_ASSIGN(const auto since, time_of(claims, "nbf"));
  if (since && now + expected.skew < *since) return refused("the token is not good yet");
  Identity identity{.subject = subject_of(claims),
                    .scopes = scopes_of(claims),
                    .until = until ? *until + expected.skew : Time::max()};
  if (identity.subject.empty() || identity.subject.size() > kSubjectBytesMax ||
      escape_control(identity.subject) != identity.subject)
    return refused("the token names no subject that could be used");
  return identity;
}

}  // namespace

Result<Identity> read_claims(const json::object& claims, const Expected& expected, Time now) {
  const json::string* issuer = mcp::text_member(claims, "iss");
  if (issuer == nullptr || std::string_view(*issuer) != expected.issuer)
    return refused("the token is of another issuer");
  if (mcp::member(claims, "exp") == nullptr) return refused("the token has no expiry");
  return read(claims, expected, now);
}

Result<Identity> read_introspection(const json::object& answer, const Expected& expected,
                                    Time now) {
  const json::value* active = mcp::member(answer, "active");
  if (active == nullptr || !active->is_bool())
    return fail(Code::protocol,
                "the authorization server's answer does not say whether the token "
                "is active");
  if (!active->get_bool())
    return refused("the token is not active: it has expired, was revoked, or never was");
  if (const json::value* issuer = mcp::member(answer, "iss"))
    if (!issuer->is_string() || std::string_view(issuer->get_string()) != expected.issuer)
      return refused("the token is of another issuer");
  return read(answer, expected, now);
}

}  // namespace dbops::http

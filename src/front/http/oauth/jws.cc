#include "front/http/oauth/jws.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "mcp/jsonrpc.h"

namespace dbops::http {
namespace {

constexpr size_t kShownBytes = 32;

constexpr std::array<std::pair<std::string_view, Algorithm>, 3> kAlgorithms = {
    {{"RS256", Algorithm::rs256}, {"ES256", Algorithm::es256}, {"EdDSA", Algorithm::eddsa}}};

tl::unexpected<Error> malformed(std::string what) {
  return fail(Code::authentication, "the token " + std::move(what));
}

// RFC 9068, section 2.1; elsewhere "JWT", or nothing.
bool is_access_token_type(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  const std::string small = lower(type);
  const std::string_view plain =
      small.starts_with(kPrefix) ? std::string_view(small).substr(kPrefix.size()) : small;
  return plain == "at+jwt" || plain == "jwt";
}

Result<void> read_header(const boost::json::object& header, Jws& jws) {
  const boost::json::string* algorithm = mcp::text_member(header, "alg");
  const auto known = algorithm ? parse_algorithm(*algorithm) : std::nullopt;
  if (!known)
    return malformed(
        "is signed by the algorithm " +
        (algorithm ? '"' + escape_control(shorten(*algorithm, kShownBytes)) + '"' : "nothing") +
        ", which is not one of RS256, ES256, EdDSA");
  jws.algorithm = *known;
  if (header.contains("crit")) return malformed("demands extensions that are not understood");
  if (const auto* type = mcp::member(header, "typ"))
    if (!type->is_string() || !is_access_token_type(type->get_string()))
      return malformed("is of another type than an access token");
  if (const auto* id = mcp::member(header, "kid")) {
    if (!id->is_string() || id->get_string().size() > kKeyIdBytesMax)
      return malformed("names its key by what is no name");
    jws.key_id = id->get_string();
  }
  return {};
}

}  // namespace

std::string_view name(Algorithm algorithm) noexcept {
  return kAlgorithms[static_cast<size_t>(algorithm)].first;
}

std::optional<Algorithm> parse_algorithm(std::string_view text) noexcept {
  for (const auto& [name, algorithm] : kAlgorithms)
    if (name == text) return algorithm;
  return std::nullopt;
}

bool looks_signed(std::string_view token) {
  return std::count(token.begin(), token.end(), '.') == 2;
}

Result<Jws> parse_jws(std::string_view token) {
  if (!looks_signed(token)) return malformed("is not a signed one");
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  const auto header_text = decode_base64_url(token.substr(0, first));
  auto payload = decode_base64_url(token.substr(first + 1, second - first - 1));
  auto signature = decode_base64_url(token.substr(second + 1));
  if (!header_text || !payload || !signature) return malformed("is not in base64url");
  const auto header = parse_json(*header_text);
  if (!header || !header->is_object()) return malformed("has a header that is no JSON object");
  Jws jws{.signed_part = token.substr(0, second),
          .payload = std::move(*payload),
          .signature = std::move(*signature)};
  DBOPS_TRY(read_header(header->get_object(), jws));
  return jws;
}

}  // namespace dbops::http

#include "front/http/tokens.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops::http {
namespace {

constexpr std::string_view kPrefix = "dbops_";  // Lets scanners for leaked secrets know one.
constexpr std::string_view kAlgorithm = "sha256:";
constexpr size_t kDigestBytes = 32;

// RFC 7235's token68.
bool is_token_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

}  // namespace

Secret make_token() {
  return Secret(std::string(kPrefix) + base64_url(random_bytes(kTokenRandomBytes)));
}

std::string format_token_hash(const Secret& token) {
  return std::string(kAlgorithm) + hex(sha256(token.reveal()));
}

std::optional<std::string> parse_token_hash(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  auto digest = decode_hex(text.substr(kAlgorithm.size()));
  if (!digest || digest->size() != kDigestBytes) return std::nullopt;
  return digest;
}

const Caller* Tokens::find(std::string_view token) const {
  if (token.size() > kTokenBytesMax) return nullptr;
  const std::string hash = sha256(token);
  const Caller* found = nullptr;
  for (const Token& known : tokens_)
    if (equal_in_constant_time(known.hash, hash)) found = &known.caller;
  return found;
}

std::optional<std::string_view> read_bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer";
  if (!same_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  std::string_view rest = authorization.substr(kScheme.size());
  const size_t start = rest.find_first_not_of(' ');
  if (start == 0 || start == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(start);
  if (!is_token_text(rest)) return std::nullopt;
  return rest;
}

}  // namespace dbops::http

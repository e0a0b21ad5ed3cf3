#include "mcp/seal.h"

#include <charconv>

#include "base/bytes.h"

namespace dbops::mcp {
namespace {

constexpr size_t kMacBytes = 32;

int64_t seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

std::string Seal::close(std::string_view state, std::string_view binding,
                        std::chrono::system_clock::time_point expiry) const {
  std::string payload = std::to_string(seconds(expiry)) + ":";
  payload += state;
  return base64(mac(payload, binding) + payload);
}

std::optional<std::string> Seal::open(std::string_view sealed, std::string_view binding,
                                      std::chrono::system_clock::time_point now) const {
  if (sealed.size() > kSealedBytesMax) return std::nullopt;
  const auto bytes = decode_base64(sealed);
  if (!bytes || bytes->size() < kMacBytes) return std::nullopt;
  const std::string_view payload = std::string_view(*bytes).substr(kMacBytes);
  if (!equal_in_constant_time(std::string_view(*bytes).substr(0, kMacBytes), mac(payload, binding)))
    return std::nullopt;
  int64_t expiry = 0;
  const auto [end, failed] =
      std::from_chars(payload.data(), payload.data() + payload.size(), expiry);
  if (failed != std::errc() || end == payload.data() + payload.size() || *end != ':')
    return std::nullopt;
  if (expiry <= seconds(now)) return std::nullopt;
  return std::string(payload.substr(static_cast<size_t>(end - payload.data()) + 1));
}

std::string Seal::mac(std::string_view payload, std::string_view binding) const {
  // The key has other uses; and the length keeps one pair of texts from reading as another.
  std::string bytes = "request:" + std::to_string(binding.size()) + ":";
  bytes.append(binding).append(payload);
  return hmac_sha256(key_, bytes);
}

}  // namespace dbops::mcp

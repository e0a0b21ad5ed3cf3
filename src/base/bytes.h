// Bytes as text, digests, and unguessable names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbops {

std::string base64(std::string_view bytes);                       // RFC 4648, section 4, padded.
std::optional<std::string> decode_base64(std::string_view text);  // nullopt unless strictly valid.
std::string base64_url(std::string_view bytes);  // RFC 4648, section 5, without padding.
std::optional<std::string> decode_base64_url(std::string_view text);  // As strict.
std::string hex(std::string_view bytes);                              // Lower case.
std::optional<std::string> decode_hex(std::string_view text);

std::string sha256(std::string_view bytes);                             // 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // 32 raw bytes; RFC 2104.
// `bytes` of the system's randomness. Throws std::system_error when the system has none to give.
std::string random_bytes(size_t bytes);
// 128 random bits, 32 lower-case hex digits: names for cursors, sessions and tokens that nobody can
// guess.
std::string random_name();
// Equality in time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace dbops

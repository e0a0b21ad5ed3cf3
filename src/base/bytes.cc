#include "base/bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>

namespace dbops {
namespace {

constexpr size_t kSha256Bytes = 32;
constexpr size_t kEncodeBytes = 3u << 20;  // OpenSSL counts in int: long input goes in pieces.
constexpr uint8_t kNoDigit = 0xff;

const unsigned char* unsigned_data(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}
unsigned char* unsigned_data(char* text) { return reinterpret_cast<unsigned char*>(text); }

bool base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

uint8_t hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return kNoDigit;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  char* out = text.data();
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kEncodeBytes);
    // Ends what it wrote with a NUL: the next piece, or the string's own end, stands there.
    out += EVP_EncodeBlock(unsigned_data(out), unsigned_data(piece.data()),
                           static_cast<int>(piece.size()));
    bytes.remove_prefix(piece.size());
  }
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (!std::all_of(digits.begin(), digits.end(), base64_digit)) return std::nullopt;

  std::string bytes(text.size() / 4 * 3, '\0');
  char* out = bytes.data();
  constexpr size_t kPiece = kEncodeBytes / 3 * 4;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, kPiece);
    out += EVP_DecodeBlock(unsigned_data(out), unsigned_data(piece.data()),
                           static_cast<int>(piece.size()));
    rest.remove_prefix(piece.size());
  }
  bytes.resize(bytes.size() - padding);
  // Bits that stand for no byte must be zero: only one text stands for given bytes.
  const std::string_view last_bytes = std::string_view(bytes).substr(text.size() / 4 * 3 - 3);
  if (base64(last_bytes) != text.substr(text.size() - 4)) return std::nullopt;
  return bytes;
}

std::string base64_url(std::string_view bytes) {
  std::string text = base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::min(text.size(), text.find('=')));
  return text;
}

std::optional<std::string> decode_base64_url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  return decode_base64(standard);
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  char* out = text.data();
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
  return text;
}

std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes(text.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint8_t high = hex_digit(text[2 * i]);
    const uint8_t low = hex_digit(text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) return std::nullopt;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

// Digests fail for want of memory only: the algorithm is built in.
std::string sha256(std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), unsigned_data(digest.data()), nullptr, EVP_sha256(),
                 nullptr) != 1)
    throw std::bad_alloc();
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  // A key longer than a block stands for its digest (RFC 2104), which also fits OpenSSL's int.
  constexpr size_t kBlockBytes = 64;
  const std::string short_key = key.size() > kBlockBytes ? sha256(key) : std::string(key);
  std::string digest(kSha256Bytes, '\0');
  if (HMAC(EVP_sha256(), short_key.data(), static_cast<int>(short_key.size()),
           unsigned_data(bytes.data()), bytes.size(), unsigned_data(digest.data()),
           nullptr) == nullptr)
    throw std::bad_alloc();
  return digest;
}

std::string random_bytes(size_t bytes) {
  std::string result(bytes, '\0');
  for (size_t done = 0; done < bytes;) {
    const ssize_t got = getrandom(result.data() + done, bytes - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    done += static_cast<size_t>(got);
  }
  return result;
}

std::string random_name() { return hex(random_bytes(16)); }

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace dbops

#include "ops/confirmations.h"

#include <bit>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/time.h"

namespace dbops::ops {
namespace {

constexpr size_t kExpiryBytes = 8;
constexpr size_t kNonceBytes = 6;
constexpr size_t kHeadBytes = kExpiryBytes + kNonceBytes;
constexpr size_t kSignatureBytes = 16;  // of HMAC-SHA256's 32: RFC 2104, section 5
constexpr size_t kTokenBytes = kHeadBytes + kSignatureBytes;
constexpr std::string_view kAskAgain = "call again without a token to get a new one";

void add_number(std::string& out, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

uint64_t read_number(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// With its length in front, so that no two lists of texts give the same bytes.
void add_text(std::string& out, std::string_view text) {
  add_number(out, text.size());
  out += text;
}

void add_value(std::string& out, const Value& value) {
  out += static_cast<char>(value.kind());
  switch (value.kind()) {
    case Kind::null:
      return;
    case Kind::boolean:
      return add_number(out, value.as_boolean() ? 1 : 0);
    case Kind::integer:
      return add_number(out, static_cast<uint64_t>(value.as_integer()));
    case Kind::real:
      return add_number(out, std::bit_cast<uint64_t>(value.as_real()));
    case Kind::list:
    case Kind::map:
      add_number(out, value.as_items().size());
      for (const Value& item : value.as_items()) add_value(out, item);
      return;
    default:
      return add_text(out, value.as_text());
  }
}

struct Token {
  std::string head;
  std::string signature;
  uint64_t expiry_ms;
};

Result<Token> read_token(std::string_view text) {
  const std::optional<std::string> bytes = decode_base64(text);
  if (!bytes || bytes->size() != kTokenBytes)
    return fail(Code::expired, "the confirmation token is not one of this server's",
                std::string(kAskAgain));
  return Token{.head = bytes->substr(0, kHeadBytes),
               .signature = bytes->substr(kHeadBytes),
               .expiry_ms = read_number(std::string_view(*bytes).substr(0, kExpiryBytes))};
}

}  // namespace

std::string canonical_bytes(const Parameters& parameters) {
  std::string out;
  add_number(out, parameters.size());
  for (const Parameter& parameter : parameters.items) {
    add_text(out, parameter.name);
    add_value(out, parameter.value);
  }
  return out;
}

Confirmations::Confirmations(std::chrono::seconds life, SharedState shared)
    : life_(life), state_(std::move(shared.state)), key_(std::move(shared.key)) {}

std::string Confirmations::issue(const ConfirmationSubject& subject) const {
  const auto life_ms = std::chrono::duration_cast<std::chrono::milliseconds>(life_).count();
  std::string token;
  add_number(token, static_cast<uint64_t>(state_now_ms() + life_ms));
  token += random_bytes(kNonceBytes);
  token += sign(token, subject);
  return base64(token);
}

Result<void> Confirmations::redeem(std::string_view token, const ConfirmationSubject& subject) {
  DBOPS_ASSIGN(const Token given, read_token(token));
  if (!equal_in_constant_time(given.signature, sign(given.head, subject)))
    return fail(Code::expired,
                "the confirmation token was made for another statement, connection, parameters or "
                "caller, or under another key",
                std::string(kAskAgain));
  if (given.expiry_ms <= static_cast<uint64_t>(state_now_ms()))
    return fail(Code::expired,
                "the confirmation token is too old: it lives for " + format_duration(life_),
                std::string(kAskAgain));
  auto first = use_up(given.signature, given.expiry_ms, subject.principal);
  if (!first) {
    first.error().effect = Effect::none;  // Whatever became of the state.
    return fail(std::move(first).error());
  }
  if (!*first)
    return fail(Code::expired, "the confirmation token was used already, or declined",
                std::string(kAskAgain));
  return {};
}

Result<void> Confirmations::decline(std::string_view token, std::string_view principal) {
  DBOPS_ASSIGN(const Token given, read_token(token));
  DBOPS_TRY(use_up(given.signature, given.expiry_ms, principal));
  return {};
}

Result<bool> Confirmations::use_up(std::string_view signature, uint64_t expiry_ms,
                                   std::string_view principal) {
  DBOPS_ASSIGN(const State::Usage usage, state_->usage(StateKind::token, principal));
  if (usage.count >= kRedeemedMax)
    return fail(Code::busy, "too many confirmations within " + format_duration(life_),
                "try again later");
  constexpr std::chrono::milliseconds kBeyond = kClocksDiffer;
  return state_->add(StateKind::token,
                     {.id = hex(signature),
                      .owner = std::string(principal),
                      .expires_ms = static_cast<int64_t>(expiry_ms) + kBeyond.count()});
}

std::string Confirmations::sign(std::string_view head, const ConfirmationSubject& subject) const {
  std::string bytes = "confirmation:";  // The key has other uses.
  bytes += head;
  add_text(bytes, subject.tool);
  add_text(bytes, subject.connection);
  add_text(bytes, subject.statement);
  add_text(bytes, subject.principal);
  add_text(bytes, subject.url);
  bytes += canonical_bytes(subject.parameters);
  return hmac_sha256(key_, bytes).substr(0, kSignatureBytes);
}

}  // namespace dbops::ops

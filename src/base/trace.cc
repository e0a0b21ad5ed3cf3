#include "base/trace.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"

namespace dbops {
namespace {

constexpr size_t kVersionBytes = 2;
constexpr size_t kTraceIdBytes = 32;
constexpr size_t kSpanIdBytes = 16;
constexpr size_t kFlagsBytes = 2;
constexpr size_t kParentBytes = kVersionBytes + kTraceIdBytes + kSpanIdBytes + kFlagsBytes + 3;
constexpr size_t kParentBytesMax = 512;  // of a later version
constexpr size_t kKeyBytesMax = 256;
constexpr size_t kTenantBytesMax = 241;
constexpr size_t kSystemBytesMax = 14;
constexpr size_t kValueBytesMax = 256;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `first_digit`: a tenant may begin with one.
bool is_key_part(std::string_view text, size_t bytes_max, bool first_digit) {
  if (text.empty() || text.size() > bytes_max) return false;
  if (!is_lower(text[0]) && !(first_digit && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

// Section 3.3.1.3.1: "key", or "tenant@system".
bool is_state_key(std::string_view key) {
  const size_t at = key.find('@');
  if (at == std::string_view::npos) return is_key_part(key, kKeyBytesMax, false);
  return is_key_part(key.substr(0, at), kTenantBytesMax, true) &&
         is_key_part(key.substr(at + 1), kSystemBytesMax, false);
}

bool is_state_value(std::string_view value) {
  return !value.empty() && value.size() <= kValueBytesMax && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// In its shortest form; empty where it is none.
std::string read_state(std::string_view text) {
  if (text.size() > kTraceStateBytesMax) return {};
  std::string state;
  std::vector<std::string_view> keys;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view member = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (member.empty()) continue;  // Allowed: they do not count.
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string_view key = member.substr(0, equals);
    if (!is_state_key(key) || !is_state_value(member.substr(equals + 1))) return {};
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return {};
    keys.push_back(key);
    if (keys.size() > kTraceStateMembersMax) return {};
    state.append(state.empty() ? "" : ",").append(member);
  }
  return state;
}

// One step of splitmix64: ids must differ, and nobody has to be kept from guessing them, so the
// system is asked for randomness once a thread.
uint64_t next_random() {
  thread_local uint64_t state = [] {
    uint64_t seed = 0;
    std::memcpy(&seed, random_bytes(sizeof seed).data(), sizeof seed);
    return seed;
  }();
  uint64_t mixed = (state += 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

void append_random(std::string& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  uint64_t random = next_random();
  if (random == 0) random = 1;  // An id of zeros is none.
  std::array<char, kSpanIdBytes> digits;
  for (char& digit : digits) {
    digit = kDigits[random & 15];
    random >>= 4;
  }
  id.append(digits.data(), digits.size());
}

}  // namespace

std::shared_ptr<const TraceParent> read_trace_parent(std::string_view text,
                                                     std::string_view tracestate) {
  if (text.size() < kParentBytes || text.size() > kParentBytesMax) return nullptr;
  const std::string_view version = text.substr(0, kVersionBytes);
  const std::string_view trace = text.substr(kVersionBytes + 1, kTraceIdBytes);
  const std::string_view span = text.substr(kVersionBytes + kTraceIdBytes + 2, kSpanIdBytes);
  const std::string_view flags = text.substr(kParentBytes - kFlagsBytes, kFlagsBytes);
  for (const size_t dash :
       {kVersionBytes, kVersionBytes + 1 + kTraceIdBytes, kParentBytes - kFlagsBytes - 1})
    if (text[dash] != '-') return nullptr;
  if (!is_hex(version) || version == "ff" || !is_id(trace) || !is_id(span) || !is_hex(flags))
    return nullptr;
  // A later version may have more behind another dash; this one ends here.
  if (text.size() > kParentBytes && (version == "00" || text[kParentBytes] != '-')) return nullptr;
  const char low = flags[1];
  const int digit = low <= '9' ? low - '0' : low - 'a' + 10;
  return std::make_shared<const TraceParent>(TraceParent{.trace_id = std::string(trace),
                                                         .span_id = std::string(span),
                                                         .sampled = (digit & 1) != 0,
                                                         .state = read_state(tracestate)});
}

std::string make_trace_id() {
  std::string id;
  id.reserve(kTraceIdBytes);
  append_random(id);
  append_random(id);
  return id;
}

std::string make_span_id() {
  std::string id;
  id.reserve(kSpanIdBytes);
  append_random(id);
  return id;
}

std::string trace_suffix(const std::shared_ptr<const Trace>& trace) {
  return trace ? " (trace " + trace->id + ")" : std::string();
}

}  // namespace dbops

#include "front/http/headers.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <charconv>
#include <iterator>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops::http {
namespace {

constexpr std::string_view kBase64Start = "=?base64?";
constexpr std::string_view kBase64End = "?=";
constexpr std::string_view kParamStart = "Mcp-Param-";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The part before `separator`, which is taken off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trim(part);
}

constexpr bool is_of_text(char c) {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
}

// RFC 9110, section 5.6.2.
constexpr bool is_of_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Whether all its characters are such; by a table, for these are the bytes of every request.
template <bool (*Is)(char)>
bool consists_of(std::string_view text) {
  static constexpr auto kTable = [] {
    std::array<bool, 256> table{};
    for (size_t c = 0; c < table.size(); ++c) table[c] = Is(static_cast<char>(c));
    return table;
  }();
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return kTable[c]; });
}

bool has_control(std::string_view text) { return !consists_of<is_of_text>(text); }

// A blank before the colon makes another name of it.
bool is_token(std::string_view text) { return !text.empty() && consists_of<is_of_token>(text); }

// `q=0` says that a type is not wanted.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = cut(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=')
      continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

// Never a reason to refuse the request.
void take_trace(Headers& headers, std::string_view name, std::string_view value) {
  if (same_ignoring_case(name, "traceparent")) {
    headers.trace_parent_twice |= headers.trace_parent.has_value();
    headers.trace_parent = trim(value);
  } else if (same_ignoring_case(name, "tracestate")) {
    headers.trace_state.append(headers.trace_state.empty() ? "" : ",").append(value);
  }
}

std::optional<std::string_view> find_param(const Headers& headers, std::string_view name) {
  for (const auto& [known, value] : headers.params)
    if (same_ignoring_case(known, name)) return value;
  return std::nullopt;
}

void take_param(Headers& headers, std::string_view name, std::string_view value) {
  if (!same_ignoring_case(name.substr(0, kParamStart.size()), kParamStart)) return;
  name.remove_prefix(kParamStart.size());
  if (find_param(headers, name)) headers.malformed = true;
  headers.params.emplace_back(name, trim(value));
}

// Integers by their value, all else by its text.
bool says(std::string_view header, const boost::json::value& value) {
  if (value.is_string()) return value.get_string() == header;
  if (value.is_bool()) return header == (value.get_bool() ? "true" : "false");
  if (!value.is_number()) return false;
  double number = 0;
  const char* end = header.data() + header.size();
  const auto [stop, error] = std::from_chars(header.data(), end, number);
  return error == std::errc() && stop == end && number == value.to_number<double>();
}

tl::unexpected<mcp::Failure> mismatch(std::string message) {
  return mcp::refuse_envelope(mcp::kHeaderMismatch, std::move(message));
}

}  // namespace

void Headers::take(std::string_view given, std::string_view value) {
  struct Known {
    std::string_view name;
    std::optional<std::string_view> Headers::*field;
  };
  static constexpr Known kKnown[] = {
      {"Host", &Headers::host},
      {"Origin", &Headers::origin},
      {"Accept", &Headers::accept},
      {"Mcp-Name", &Headers::name},
      {"Mcp-Method", &Headers::method},
      {"Content-Type", &Headers::content_type},
      {"Last-Event-ID", &Headers::last_event},
      {"Authorization", &Headers::authorization},
      {"Content-Length", &Headers::content_length},
      {"Mcp-Session-Id", &Headers::session},
      {"Transfer-Encoding", &Headers::transfer_encoding},
      {"MCP-Protocol-Version", &Headers::version},
      {"Access-Control-Request-Method", &Headers::preflight},
  };
  if (!is_token(given) || has_control(value)) malformed = true;
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& each) {
    return each.name.size() == given.size() && same_ignoring_case(each.name, given);
  });
  if (known == std::end(kKnown)) {
    take_param(*this, given, value);
    take_trace(*this, given, value);
    return;
  }
  std::optional<std::string_view>& field = this->*known->field;
  // Two of a kind would let a proxy and us read different requests.
  if (field) malformed = true;
  field = trim(value);
  if (content_length && transfer_encoding) malformed = true;
}

std::shared_ptr<const TraceParent> Headers::trace() const {
  if (!trace_parent || trace_parent_twice) return nullptr;
  return read_trace_parent(*trace_parent, trace_state);
}

Acceptable read_accept(std::optional<std::string_view> accept) {
  if (!accept) return {.json = true, .events = true};
  Acceptable acceptable;
  std::string_view rest = *accept;
  while (!rest.empty()) {
    std::string_view range = cut(rest, ',');
    const std::string_view type = cut(range, ';');
    if (is_refused(range)) continue;
    const bool any = type == "*/*";
    acceptable.json |= any || same_ignoring_case(type, "application/json") ||
                       same_ignoring_case(type, "application/*");
    acceptable.events |=
        any || same_ignoring_case(type, "text/event-stream") || same_ignoring_case(type, "text/*");
  }
  return acceptable;
}

bool is_json(std::optional<std::string_view> content_type) {
  if (!content_type) return false;
  std::string_view rest = *content_type;
  return same_ignoring_case(cut(rest, ';'), "application/json");
}

std::optional<std::string> decode_header(std::string_view value) {
  const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; };
  if (!std::all_of(value.begin(), value.end(), is_plain)) return std::nullopt;
  if (value.size() < kBase64Start.size() + kBase64End.size() || !value.starts_with(kBase64Start) ||
      !value.ends_with(kBase64End))
    return std::string(value);
  value.remove_prefix(kBase64Start.size());
  value.remove_suffix(kBase64End.size());
  auto decoded = decode_base64(value);
  if (!decoded || !valid_utf8(*decoded)) return std::nullopt;
  return decoded;
}

tl::expected<void, mcp::Failure> check_version_header(const Headers& headers,
                                                      const mcp::Message& message) {
  if (!headers.version) return mismatch("the header MCP-Protocol-Version is missing");
  if (*headers.version != mcp::claimed_version(message))
    return mismatch("the header MCP-Protocol-Version and the body name different revisions");
  return {};
}

tl::expected<void, mcp::Failure> check_method_headers(const Headers& headers,
                                                      const mcp::Message& message) {
  if (!headers.method) return mismatch("the header Mcp-Method is missing");
  if (*headers.method != message.method)
    return mismatch("the header Mcp-Method and the body name different methods");
  const std::string_view param = mcp::named_param(message.method);
  if (param.empty()) return {};
  const boost::json::string* named = mcp::text_member(*message.params, param);
  // What the body lacks is for its method to report.
  if (named == nullptr && !headers.name) return {};
  if (!headers.name) return mismatch("the header Mcp-Name is missing");
  const auto name = decode_header(*headers.name);
  if (!name)
    return mismatch("the header Mcp-Name is neither plain ASCII nor valid base64 of UTF-8");
  if (named == nullptr || *named != *name)
    return mismatch("the header Mcp-Name differs from params." + std::string(param));
  return {};
}

tl::expected<void, mcp::Failure> check_param_headers(
    const Headers& headers, const std::vector<mcp::MirroredParam>& mirrored) {
  for (const mcp::MirroredParam& param : mirrored) {
    const auto header = find_param(headers, param.header);
    if (!header && param.value == nullptr) continue;
    const std::string name = "the header Mcp-Param-" + std::string(param.header);
    if (!header) return mismatch(name + " is missing");
    const auto decoded = decode_header(*header);
    if (!decoded) return mismatch(name + " is neither plain ASCII nor valid base64 of UTF-8");
    if (param.value == nullptr || !says(*decoded, *param.value))
      return mismatch(name + " differs from the argument that it repeats");
  }
  return {};
}

}  // namespace dbops::http

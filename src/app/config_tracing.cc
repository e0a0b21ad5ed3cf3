// [tracing]: where spans go. What the file leaves out is taken from the variables that programs
// with OpenTelemetry know.
#include <algorithm>
#include <cstdlib>

#include "app/config_parts.h"
#include "app/section.h"
#include "base/bytes.h"
#include "base/text.h"
#include "front/http/guard.h"
#include "net/url.h"

namespace dbops::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr size_t kHeadersMax = 32;
constexpr size_t kHeaderNameBytesMax = 128;
constexpr size_t kServiceNameBytesMax = 255;
constexpr int64_t kQueueMost = 1'000'000;
constexpr std::string_view kTracesPath = "/v1/traces";

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= kHeaderNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

// What the exporter says itself.
bool is_taken(std::string_view name) {
  for (const std::string_view own : {"Content-Type", "Content-Length", "Host", "Transfer-Encoding"})
    if (same_ignoring_case(name, own)) return true;
  return false;
}

// Without a path of its own the endpoint has that of OTLP.
std::string with_path(std::string endpoint) {
  const size_t host = endpoint.find("://");
  const size_t path = host == std::string::npos ? host : endpoint.find('/', host + 3);
  if (path == std::string::npos) return endpoint.append(kTracesPath);
  if (path + 1 == endpoint.size()) return endpoint.append(kTracesPath.substr(1));
  return endpoint;
}

std::optional<Url> read_endpoint(const std::string& text) {
  auto url = Url::parse(text);
  if (!url || (url->scheme != "https" && url->scheme != "http") || url->hosts.size() != 1 ||
      url->hosts[0].name.empty() || !url->user.empty() || !url->password.empty() ||
      text.find_first_of("#@\\ ") != std::string::npos || escape_control(text) != text)
    return std::nullopt;
  return std::move(*url);
}

// %XX as it stands in OTEL_EXPORTER_OTLP_HEADERS; what is none stays.
std::string decode_percent(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? decode_hex(lower(text.substr(i + 1, 2))) : std::nullopt;
    decoded += byte && byte->size() == 1 ? byte->front() : text[i];
    if (byte && byte->size() == 1) i += 2;
  }
  return decoded;
}

// "name=value,name=value": what is no header is passed over, as OpenTelemetry wants it.
void take_header_variable(std::string_view list, TracingConfig& tracing) {
  while (!list.empty() && tracing.headers.size() < kHeadersMax) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view name = item.substr(0, equals);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    if (!is_header_name(name) || is_taken(name)) continue;
    tracing.headers.emplace_back(
        name, SecretSource{.kind = SecretSource::Kind::literal,
                           .literal = Secret(decode_percent(item.substr(equals + 1))),
                           .name = {},
                           .words = {}});
  }
}

// Together: headers are for the endpoint they stand beside.
void take_variables(TracingConfig& tracing) {
  tracing.settings.endpoint = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  if (std::string base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
      tracing.settings.endpoint.empty() && !base.empty()) {
    if (base.ends_with('/')) base.pop_back();
    tracing.settings.endpoint = base.append(kTracesPath);
  }
  const std::string own = variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
  take_header_variable(own.empty() ? variable("OTEL_EXPORTER_OTLP_HEADERS") : own, tracing);
}

void read_headers(const Node& table, const std::string& folder, TracingConfig& tracing,
                  std::vector<Problem>& problems) {
  if (table.members.size() > kHeadersMax)
    problems.push_back({table.place, "[tracing.headers] has more than 32 members", ""});
  for (const auto& [name, node] : table.members) {
    if (!is_header_name(name) || is_taken(name)) {
      problems.push_back(
          {node.key_place, escape_control(name) + " can't be a header of [tracing.headers]", ""});
      continue;
    }
    tracing.headers.emplace_back(
        name, read_secret_node(node, name + " of [tracing.headers]", folder, problems));
  }
}

void check_endpoint(Section& section, const TracingConfig& tracing) {
  const std::string& endpoint = tracing.settings.endpoint;
  const Node* node = section.any("endpoint");
  const Place place = node != nullptr ? node->place : section.place();
  if (endpoint.empty())
    return section.complain(place, section.name_of("endpoint") + " is missing",
                            "it is the URL of a collector, such as \"http://127.0.0.1:4318\"; "
                            "OTEL_EXPORTER_OTLP_ENDPOINT may say it too");
  const auto url = read_endpoint(endpoint);
  if (!url)
    return section.complain(place, section.name_of("endpoint") + " is no http or https URL",
                            "write https://HOST:PORT, without user and password: those go into "
                            "[tracing.headers]");
  if (url->scheme == "http" && !tracing.headers.empty() && !http::is_loopback(url->hosts[0].name))
    section.complain(place, section.name_of("endpoint") + " takes headers across the network",
                     "write https: what they hold is secret");
}

}  // namespace

void read_tracing(const Node& table, const std::string& folder, TracingConfig& tracing,
                  std::vector<Problem>& problems) {
  Section section(table, "[tracing]", problems);
  ops::TracingSettings& settings = tracing.settings;
  const bool enabled = section.boolean("enabled").value_or(true);
  if (const Node* headers = section.table("headers"))
    read_headers(*headers, folder, tracing, problems);
  if (auto endpoint = section.text("endpoint", kUrlBytesMax))
    settings.endpoint = with_path(std::move(*endpoint));
  else if (section.any("endpoint") == nullptr && enabled)
    take_variables(tracing);
  if (const std::string name = variable("OTEL_SERVICE_NAME"); !name.empty())
    settings.service_name = name.substr(0, kServiceNameBytesMax);
  if (auto name = section.text("service_name", kServiceNameBytesMax))
    settings.service_name = std::move(*name);
  settings.ratio = section.number("sample", 0, 1).value_or(1);
  if (const auto file = section.text("ca_file")) settings.tls.root_file = full_path(*file, folder);
  if (const auto interval = section.duration("interval", milliseconds(10), minutes(5)))
    settings.interval = *interval;
  if (const auto queue = section.integer("queue", 1, kQueueMost))
    settings.queue_max = static_cast<size_t>(*queue);
  if (enabled) check_endpoint(section, tracing);
  if (!enabled) settings.endpoint.clear();
  section.finish();
}

}  // namespace dbops::app

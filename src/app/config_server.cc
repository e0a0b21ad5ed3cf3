// [server] and [tokens.NAME]: who may use the HTTP server, and how much of it.
#include <algorithm>

#include "app/config_parts.h"
#include "app/section.h"
#include "base/text.h"
#include "front/http/guard.h"

namespace dbops::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kNamesMax = 100;   // hosts or origins
constexpr size_t kShownBytes = 80;  // of a name that a message quotes
constexpr size_t kScopesMax = 100;  // of one token
constexpr size_t kTokenNameBytesMax = 64;
constexpr uint64_t kBodyMin = 1u << 10;
constexpr uint64_t kBodyMax = 16u << 20;  // what the parser of JSON takes
constexpr uint64_t kHeadersMin = 4u << 10;
constexpr uint64_t kHeadersMax = 1u << 20;
constexpr int64_t kConnectionsMost = 100'000;
constexpr int64_t kSessionsMost = 1'000'000;
constexpr int64_t kCallsMost = 10'000'000;  // in a minute
constexpr milliseconds kTimeMin{100};
constexpr milliseconds kTimeMax = minutes(5);
constexpr milliseconds kDrainMax = minutes(10);
constexpr std::string_view kHashHint =
    "`dbops token NAME` makes a token, and prints this entry for it";

void read_scopes(Section& section, Grants& grants) {
  const auto scopes = section.texts("scopes", kScopesMax);
  const Node* node = section.any("scopes");
  if (node == nullptr || (scopes && scopes->empty()))
    section.complain(section.place(), section.name_of("scopes") + " is missing",
                     "it is a list such as [\"db:read\", \"db:write:NAME\"]");
  if (!scopes) return;
  for (size_t i = 0; i < scopes->size(); ++i)
    if (const auto added = grants.add((*scopes)[i]); !added)
      section.complain(node->items[i].place,
                       added.error().message + " for " + section.name_of("scopes"),
                       added.error().hint);
}

http::Token read_token(const std::string& name, const Node& table, std::vector<Problem>& problems) {
  const std::string label = "[tokens." + escape_control(name) + "]";
  Section section(table, label, problems);
  if (!is_token_name(name))
    section.complain(table.key_place, escape_control(name) + " can't be a token's name",
                     "use 1 to 64 letters, digits, '_' and '-'");
  auto grants = std::make_shared<Grants>();
  read_scopes(section, *grants);
  grants->restrict(read_restrictions(section, label, problems));
  http::Token token{.hash = {}, .caller = {.principal = name, .grants = std::move(grants)}};
  const auto text = section.text("hash", 255);
  auto hash = text ? http::parse_token_hash(*text) : std::nullopt;
  if (section.any("hash") == nullptr)
    section.complain(table.key_place, section.name_of("hash") + " is missing",
                     std::string(kHashHint));
  else if (text && !hash)
    section.complain(section.any("hash")->place,
                     section.name_of("hash") + " is not \"sha256:\" and 64 hex digits",
                     std::string(kHashHint));
  token.hash = std::move(hash).value_or(std::string());
  section.finish();
  return token;
}

void read_tls(Section& section, const std::string& folder, http::Settings& server) {
  const auto certificate = section.text("tls_certificate");
  const auto key = section.text("tls_key");
  if (certificate) server.tls_certificate = full_path(*certificate, folder);
  if (key) server.tls_key = full_path(*key, folder);
  if (certificate.has_value() != key.has_value())
    section.complain(section.any(certificate ? "tls_certificate" : "tls_key")->place,
                     "[server] needs both tls_certificate and tls_key, or neither");
}

// What has another form than requests have would never be met.
void read_names(Section& section, std::string_view key, bool (*good)(std::string_view),
                const char* hint, std::vector<std::string>& into) {
  auto names = section.texts(key, kNamesMax);
  if (!names) return;
  for (size_t i = 0; i < names->size(); ++i)
    if (!good((*names)[i]))
      section.complain(section.any(key)->items[i].place,
                       section.name_of(key) + " has \"" +
                           escape_control(shorten((*names)[i], kShownBytes)) + '"',
                       hint);
  into = std::move(*names);
}

template <class Duration>
void read_time(Section& section, std::string_view key, milliseconds minimum, milliseconds maximum,
               Duration& into) {
  if (const auto time = section.duration(key, minimum, maximum))
    into = std::chrono::duration_cast<Duration>(*time);
}

template <class Number>
void read_number(Section& section, std::string_view key, int64_t minimum, int64_t maximum,
                 Number& into) {
  if (const auto number = section.integer(key, minimum, maximum))
    into = static_cast<Number>(*number);
}

void read_limits(const Node& table, http::Settings& server, std::vector<Problem>& problems) {
  Section section(table, "[server.limits]", problems);
  if (const auto bytes = section.bytes("body", kBodyMin, kBodyMax)) server.body_bytes_max = *bytes;
  if (const auto bytes = section.bytes("headers", kHeadersMin, kHeadersMax))
    server.header_bytes_max = *bytes;
  read_number(section, "connections", 1, kConnectionsMost, server.connections_max);
  read_number(section, "sessions", 1, kSessionsMost, server.sessions_max);
  read_number(section, "streams", 0, kConnectionsMost, server.streams_max);
  read_number(section, "calls_per_minute", 0, kCallsMost, server.calls_per_minute);
  read_time(section, "session_idle", seconds(1), hours(24), server.session_idle_max);
  read_time(section, "header_time", kTimeMin, kTimeMax, server.header_time_max);
  read_time(section, "body_time", kTimeMin, kTimeMax, server.body_time_max);
  read_time(section, "idle_time", kTimeMin, kTimeMax, server.idle_time_max);
  read_time(section, "keep_alive", seconds(1), kTimeMax, server.keep_alive);
  section.finish();
}

}  // namespace

void read_server(const Node& table, const std::string& folder, http::Settings& server,
                 std::vector<Problem>& problems) {
  Section section(table, "[server]", problems);
  if (auto host = section.text("host", 255)) server.host = std::move(*host);
  if (const auto port = section.integer("port", 0, 65535))
    server.port = static_cast<uint16_t>(*port);
  server.allow_remote_without_auth = section.boolean("allow_remote_without_auth").value_or(false);
  read_names(section, "allowed_hosts", http::is_host, "write \"db.example.com\", or with its port",
             server.allowed_hosts);
  read_names(section, "allowed_origins", http::is_origin,
             "write \"https://app.example.com\", without a path", server.allowed_origins);
  read_tls(section, folder, server);
  server.metrics_without_token = section.boolean("metrics_without_token").value_or(false);
  server.keep_cpus_awake = section.boolean("keep_cpus_awake");
  read_time(section, "drain_notice", milliseconds(0), kDrainMax, server.drain_notice);
  read_time(section, "drain_time", milliseconds(0), kDrainMax, server.drain_time_max);
  if (const Node* limits = section.table("limits")) read_limits(*limits, server, problems);
  section.finish();
}

void read_tokens(const Node& table, std::vector<http::Token>& tokens,
                 std::vector<Problem>& problems) {
  if (table.members.size() > http::kTokensMax)
    problems.push_back({table.place, "more than 1000 tokens", ""});
  for (const auto& [name, node] : table.members) {
    if (node.type != Node::Type::table) {
      problems.push_back({node.place,
                          escape_control(name) + " in [tokens] must be a table, not " +
                              std::string(app::name(node.type)),
                          "write [tokens.NAME], and hash and scopes below it"});
      continue;
    }
    http::Token token = read_token(name, node, problems);
    const auto same = std::find_if(tokens.begin(), tokens.end(), [&](const http::Token& other) {
      return !token.hash.empty() && other.hash == token.hash;
    });
    if (same != tokens.end())
      problems.push_back({node.key_place,
                          "[tokens." + escape_control(name) + "] has the hash of [tokens." +
                              escape_control(same->caller.principal) + "]",
                          "give each a token of its own"});
    tokens.push_back(std::move(token));
  }
}

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= kTokenNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

}  // namespace dbops::app

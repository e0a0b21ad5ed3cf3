#include "core/connections.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace dbops {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kShownBytes = 80;                  // of a text that a message quotes
constexpr size_t kListedNames = 10;                 // names in a hint
constexpr std::string_view kFileScheme = "sqlite";  // What a plain path to a file is read by.

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return letter(c) || digit(c) || c == '_' || c == '-'; });
}

std::string shown(std::string_view text) {
  return "\"" + escape_control(shorten(text, kShownBytes)) + "\"";
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

// The scheme of a URL, lower case; empty when the text has none. A single letter is a drive's.
std::string scheme_of(std::string_view url) {
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon < 2 || !letter(url[0])) return {};
  const std::string_view scheme = url.substr(0, colon);
  const bool good = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return letter(c) || digit(c) || c == '+' || c == '-' || c == '.';
  });
  return good ? lower(scheme) : std::string();
}

bool is_file(std::string_view text) {
  std::error_code ignored;  // A text that can't be a path is no file.
  return std::filesystem::exists(std::filesystem::path(text), ignored);
}

// Of a text without a scheme. A mistyped URL with a password is none: errors show paths.
bool looks_like_path(std::string_view text) {
  if (is_file(text)) return true;
  const std::string small = lower(text);
  return (text.find('/') != std::string_view::npos || small.ends_with(".db") ||
          small.ends_with(".sqlite") || small.ends_with(".sqlite3")) &&
         redact_url(text) == escape_control(text);
}

// The URL of a plain path: what would mean something else in a URL is percent-encoded.
Secret file_url(std::string_view path) {
  std::string url = std::string(kFileScheme) + ":";
  for (const char c : path) {
    if (c == '%')
      url += "%25";
    else if (c == '?')
      url += "%3F";
    else if (c == '#')
      url += "%23";
    else
      url += c;
  }
  return Secret(std::move(url));
}

tl::unexpected<Error> bad_connection(const ConnectionOptions& options, std::string_view why,
                                     std::string hint) {
  return fail(Code::invalid_config, "connection " + shown(options.name) + ": " + std::string(why),
              std::move(hint));
}

const Connector* connector_of(std::span<const Connector* const> connectors,
                              std::string_view scheme) {
  for (const Connector* connector : connectors)
    for (const std::string_view each : connector->schemes())
      if (each == scheme) return connector;
  return nullptr;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What was meant by an unknown scheme; empty where nothing is near. Some engines have a scheme
// without TLS and the same one with an 's' for it ("redis", "rediss"): who wrote one that looks
// like TLS is never shown the other alone.
std::string meant_scheme(const std::string& scheme, const std::vector<std::string>& schemes) {
  const bool secure = scheme.ends_with("ss") || scheme.ends_with("tls") || scheme.ends_with("ssl");
  std::vector<std::string> candidates;
  for (const std::string& each : schemes)
    if (!secure || !has(schemes, each + "s")) candidates.push_back(each);
  const auto meant = nearest(scheme, candidates);
  if (!meant) return {};
  const std::string twin = *meant + "s";
  return "did you mean " + *meant + (has(schemes, twin) ? ": or, with TLS, " + twin : "") + ":?";
}

// The engine that the URL asks for. A plain path is made a URL, so that connectors see only those.
Result<const Connector*> choose(std::span<const Connector* const> connectors,
                                ConnectionOptions& options) {
  const std::string_view text = options.url.reveal();
  const std::string scheme = scheme_of(text);
  if (!scheme.empty()) {
    if (const Connector* connector = connector_of(connectors, scheme)) return connector;
  }
  const Connector* files = connector_of(connectors, kFileScheme);
  if (files != nullptr && !text.empty() &&
      (scheme.empty() ? looks_like_path(text) : is_file(text))) {
    options.url = file_url(text);
    return files;
  }
  std::vector<std::string> schemes;
  for (const Connector* connector : connectors)
    schemes.insert(schemes.end(), connector->schemes().begin(), connector->schemes().end());
  const std::string known = "known schemes: " + join(schemes);
  if (scheme.empty())
    return bad_connection(options, "the URL has no scheme, and there is no such file",
                          "write SCHEME:..., or the path of an SQLite file; " + known);
  const std::string meant = meant_scheme(scheme, schemes);
  return bad_connection(options, "unknown URL scheme " + shown(scheme),
                        meant.empty() ? known : meant);
}

Result<void> check_bounds(const ConnectionOptions& options) {
  if (options.pool_max < 1 || options.pool_max > Pool::kSessionsMax)
    return bad_connection(options, "pool_max is " + std::to_string(options.pool_max),
                          "it must be from 1 to " + std::to_string(Pool::kSessionsMax));
  if (options.connect_timeout.count() < 1)
    return bad_connection(options, "the connect timeout is not positive",
                          "5 s is a good one; it can't be switched off");
  return {};
}

bool before(const std::shared_ptr<Connection>& connection, std::string_view name) {
  return connection->name() < name;
}

}  // namespace

Connection::Connection(ConnectionOptions options, const Connector& connector)
    : options_(std::move(options)),
      connector_(connector),
      pool_(options_.pool_max, [this](const Context& context) { return open(context); }) {}

Result<std::shared_ptr<Connection>> Connection::under(const std::shared_ptr<Connection>& self,
                                                      const Access& access) {
  if (!access.restricts()) return self;
  if (access.restricts_data() && !self->connector_.enforces_access())
    return fail(Code::forbidden,
                "this caller's policy rules tables or columns, which " +
                    std::string(self->connector_.name()) + " can't hold to",
                "if it is meant to be used, its owner gives the caller another policy for \"" +
                    self->name() + '"');
  const std::lock_guard lock(self->mutex_);
  auto found = self->policies_.find(access);
  if (found == self->policies_.end()) {
    if (self->policies_.size() >= kPoliciesMax)
      return fail(Code::exhausted,
                  "too many different policies are used on \"" + self->name() + '"',
                  "let callers share policies");
    ConnectionOptions options = self->options_;
    options.access = options.access.with(access);
    found = self->policies_
                .emplace(access, std::make_unique<Connection>(std::move(options), self->connector_))
                .first;
  }
  return std::shared_ptr<Connection>(self, found->second.get());
}

Pool::Counts Connection::counts() const {
  Pool::Counts all = pool_.counts();
  const std::lock_guard lock(mutex_);
  for (const auto& [access, connection] : policies_) {
    const Pool::Counts more = connection->counts();
    all.open += more.open;
    all.idle += more.idle;
    all.waiting += more.waiting;
  }
  return all;
}

void Connection::trim() {
  pool_.trim();
  const std::lock_guard lock(mutex_);
  for (const auto& [access, connection] : policies_) connection->trim();
}

Result<std::unique_ptr<Session>> Connection::open(const Context& context) const {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(options_.connect_timeout));
  if (!options_.complete_url) return connector_.connect(limited, options_);
  ConnectionOptions completed = options_;
  DBOPS_ASSIGN(completed.url, options_.complete_url(limited));
  return connector_.connect(limited, completed);
}

Result<void> Connections::add(ConnectionOptions options) {
  if (!good_name(options.name))
    return fail(Code::invalid_config, shown(options.name) + " can't be a connection's name",
                "use 1 to 64 letters, digits, '_' and '-'");
  const auto at = std::lower_bound(connections_.begin(), connections_.end(), options.name, before);
  if (at != connections_.end() && (*at)->name() == options.name)
    return bad_connection(options, "the name is taken", "give each connection a name of its own");
  DBOPS_TRY(check_bounds(options));
  DBOPS_ASSIGN(const Connector* const connector, choose(connectors_, options));
  if (options.access.restricts_data() && !connector->enforces_access())
    return bad_connection(
        options, std::string(connector->name()) + " can't hold to rules of tables or columns",
        "leave allow, deny and masks out, and give the database user fewer rights");
  if (auto good = connector->check(options); !good) {
    Error error = std::move(good).error();
    error.message = "connection " + shown(options.name) + ": " + error.message;
    return fail(std::move(error));
  }
  connections_.insert(at, std::make_shared<Connection>(std::move(options), *connector));
  return {};
}

Result<std::shared_ptr<Connection>> Connections::find(std::string_view name,
                                                      const Visible& visible) const {
  const auto seen = [&](const auto& connection) {
    return !visible || visible(connection->options());
  };
  const auto at = std::lower_bound(connections_.begin(), connections_.end(), name, before);
  if (at != connections_.end() && (*at)->name() == name && seen(*at)) return *at;
  std::vector<std::string> names;
  for (const auto& connection : connections_)
    if (seen(connection)) names.push_back(connection->name());
  std::string hint;
  if (names.empty() && !connections_.empty())
    hint = "none is granted: ask whoever runs this server for the scope db:read";
  else if (names.empty())
    hint =
        "none is configured: start dbops with a URL or the path of a file, or name it in "
        "dbops.toml";
  else if (const auto meant = nearest(name, names))
    hint = "did you mean \"" + *meant + "\"?";
  else if (names.size() <= kListedNames)
    hint = "there are: " + join(names);
  else
    hint = "list_connections names all " + std::to_string(names.size());
  return fail(Code::not_found, "no connection is named " + shown(name), std::move(hint));
}

}  // namespace dbops

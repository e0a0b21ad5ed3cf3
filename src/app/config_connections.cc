// [connections.NAME]: the URL, the tier, the limits, the password, and what the engine takes
// beside; [state], which may be a database too.
#include <algorithm>
#include <cstdlib>

#include "app/config_parts.h"
#include "app/secrets.h"
#include "app/section.h"
#include "base/text.h"
#include "core/pool.h"
#include "net/url.h"

namespace dbops::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeoutMin{10};
constexpr milliseconds kConnectTimeoutMax{300'000};
constexpr std::string_view kFileScheme = "sqlite:";
// Of what servers may share.
constexpr std::string_view kDatabaseSchemes[] = {"postgresql://", "postgres://", "timescaledb://"};

// A file that the configuration names stands beside the configuration, wherever dbops is started.
std::string place_file(const std::string& url, const std::string& folder) {
  const bool has_scheme = url.find(':') != std::string::npos;
  if (!has_scheme) return url.empty() ? url : full_path(url, folder);
  if (!url.starts_with(kFileScheme)) return url;
  const std::string path = url.substr(kFileScheme.size());
  if (path.empty() || path.starts_with('/') || path.starts_with(':')) return url;
  return std::string(kFileScheme) + full_path(path, folder);
}

std::optional<std::vector<std::string>> read_command(Section& section) {
  auto words = section.texts("command", kSecretWordsMax);
  if (!words || (!words->empty() && !words->front().empty())) return words;
  section.complain(section.any("command")->place, section.name_of("command") + " is empty");
  return std::nullopt;
}

}  // namespace

SecretSource read_source(const Node& node, const std::string& label, const std::string& folder,
                         std::vector<Problem>& problems) {
  Section section(node, label, problems);
  if (node.type != Node::Type::table || node.members.size() != 1) {
    section.complain(node.place, "the " + label + " is not understood",
                     "write { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", "
                     "\"ARGUMENT\"] }");
    return {};
  }
  SecretSource source;
  if (auto name = section.text("env", 255)) {
    source.kind = SecretSource::Kind::environment;
    source.name = std::move(*name);
  } else if (auto file = section.text("file")) {
    source.kind = SecretSource::Kind::file;
    source.name = full_path(*file, folder);
  } else if (auto words = read_command(section)) {
    source.kind = SecretSource::Kind::command;
    source.words = std::move(*words);
  }
  section.finish();
  return source;
}

SecretSource read_secret_node(const Node& node, const std::string& label, const std::string& folder,
                              std::vector<Problem>& problems) {
  if (node.type != Node::Type::text) return read_source(node, label, folder, problems);
  return {
      .kind = SecretSource::Kind::literal, .literal = Secret(node.text), .name = {}, .words = {}};
}

namespace {

// The text of a setting that the engine will read.
std::optional<std::string> setting_text(const Node& node) {
  switch (node.type) {
    case Node::Type::text:
      return node.text;
    case Node::Type::integer:
      return std::to_string(node.integer);
    case Node::Type::boolean:
      return node.integer != 0 ? "on" : "off";
    case Node::Type::array: {
      std::string joined;
      for (const Node& item : node.items) {
        if (item.type != Node::Type::text) return std::nullopt;
        joined += (joined.empty() ? "" : ":") + item.text;
      }
      return joined;
    }
    default:
      return std::nullopt;
  }
}

void read_settings(Section& section, NamedConnection& connection) {
  for (const auto& [key, node] : section.others()) {
    if (section.meant(key)) {
      section.unknown(key, *node);
      continue;
    }
    if (auto text = setting_text(*node)) {
      connection.options.settings.emplace_back(key, std::move(*text));
      connection.setting_places.emplace_back(key, node->key_place);
    } else {
      section.complain(node->place,
                       section.name_of(key) + " can't be " + std::string(name(node->type)));
    }
  }
}

void read_url(Section& section, const std::string& folder, NamedConnection& connection) {
  const auto text = section.text("url", kUrlBytesMax);
  const Node* node = section.any("url");
  if (node == nullptr)
    section.complain(connection.place, section.name_of("url") + " is missing",
                     "write url = \"sqlite:FILE\" or \"postgresql://HOST/DATABASE\"");
  if (!text) return;
  connection.url_place = node->place;
  const Expanded expanded = expand_environment(*text);
  if (!expanded.missing && expanded.text.empty())
    section.complain(node->place, section.name_of("url") + " is empty");
  if (expanded.missing)
    connection.unusable = Problem{node->place,
                                  section.name_of("url") + " needs the environment variable " +
                                      escape_control(*expanded.missing) + ", which is not set",
                                  "set it, or write $${ for a plain ${"};
  connection.options.url = Secret(place_file(expanded.text, folder));
}

// Filled in before each connect, so that it may change and need not be there at the start.
void use_source(SecretSource source, NamedConnection& connection) {
  if (source.kind == SecretSource::Kind::none) return;
  connection.literal_password = source.kind == SecretSource::Kind::literal;
  connection.options.complete_url = [source = std::move(source), url = connection.options.url](
                                        const Context& context) -> Result<Secret> {
    auto password = read_secret(context, source);
    if (password) return with_password(std::string(url.reveal()), *password);
    if (password.error().code == Code::timeout && context.deadline.passed())
      password.error().hint =
          "raise the connection's connect_timeout, or the call's time limit where that is shorter";
    return fail(std::move(password).error());
  };
}

NamedConnection read_connection(const std::string& name, const Node& table,
                                const std::string& folder, const Limits& limits,
                                std::vector<Problem>& problems) {
  const std::string label = "[connections." + escape_control(name) + "]";
  Section section(table, label, problems);
  NamedConnection connection;
  connection.place = table.key_place;
  connection.options.name = name;
  connection.options.limits = limits;
  read_url(section, folder, connection);
  connection.options.tier = read_tier(section).value_or(Tier::read);
  if (const Node* node = section.table("limits"))
    read_limits(*node, "limits of " + label, connection.options.limits, problems);
  if (const Node* node = section.table("policy"))
    read_policy(*node, "policy of " + label, connection.options.access, problems);
  if (const auto pool = section.integer("pool", 1, Pool::kSessionsMax))
    connection.options.pool_max = static_cast<size_t>(*pool);
  if (const auto timeout =
          section.duration("connect_timeout", kConnectTimeoutMin, kConnectTimeoutMax))
    connection.options.connect_timeout = *timeout;
  connection.options.create = section.boolean("create").value_or(false);
  if (const Node* node = section.any("password"))
    use_source(read_secret_node(*node, "password of " + label, folder, problems), connection);
  read_settings(section, connection);
  return connection;
}

// Of a table that keeps something in a database: url, password, and what the engine takes.
ConnectionOptions read_database(Section& section, const std::string& folder,
                                std::vector<Problem>& problems) {
  NamedConnection database;
  database.place = section.place();
  read_url(section, folder, database);
  if (database.unusable) problems.push_back(*database.unusable);
  const std::string_view url = database.options.url.reveal();
  if (!database.unusable && !url.empty() &&
      std::none_of(std::begin(kDatabaseSchemes), std::end(kDatabaseSchemes),
                   [&](std::string_view scheme) { return url.starts_with(scheme); }))
    section.complain(database.url_place, section.name_of("url") + " is no URL of a PostgreSQL",
                     "write postgresql://USER@HOST/DATABASE");
  if (const Node* node = section.any("password"))
    use_source(read_secret_node(*node, section.name_of("password"), folder, problems), database);
  read_settings(section, database);
  return std::move(database.options);
}

}  // namespace

std::optional<Tier> read_tier(Section& section) {
  const auto text = section.text("tier", 64);
  const auto tier = text ? parse_tier(*text) : std::nullopt;
  if (text && !tier)
    section.complain(section.any("tier")->place,
                     section.name_of("tier") + " is \"" + escape_control(*text) + '"',
                     "it is \"read\", \"write\" or \"admin\"");
  return tier;
}

void read_connections(const Node& table, const std::string& folder, Config& config,
                      std::vector<Problem>& problems) {
  if (table.members.size() > kConnectionsMax)
    problems.push_back({table.place, "more than 1000 connections", ""});
  for (const auto& [name, node] : table.members) {
    if (node.type != Node::Type::table) {
      problems.push_back({node.place,
                          escape_control(name) + " in [connections] must be a table, not " +
                              std::string(app::name(node.type)),
                          "write [connections.NAME] and url = ... below it"});
      continue;
    }
    config.connections.push_back(read_connection(name, node, folder, config.limits, problems));
  }
}

void read_audit(const Node& table, const std::string& folder, AuditConfig& audit,
                std::vector<Problem>& problems) {
  Section section(table, "[audit]", problems);
  audit.enabled = section.boolean("enabled").value_or(true);
  audit.required = section.boolean("required").value_or(false);
  if (const auto file = section.text("file")) audit.file = full_path(*file, folder);
  if (audit.required && !audit.enabled)
    section.complain(table.place, "[audit] is required but not enabled");
  if (section.any("url") == nullptr) return section.finish();
  audit.database = read_database(section, folder, problems);
  if (!audit.file.empty())
    section.complain(section.any("file")->place, "[audit] takes a file or a url, not both");
}

void read_state(const Node& table, const std::string& folder, Config& config,
                std::vector<Problem>& problems) {
  const std::string label = "[state]";
  Section section(table, label, problems);
  if (const auto file = section.text("file")) config.state.file = full_path(*file, folder);
  const Node* key = section.any("key");
  if (key != nullptr)
    config.state.key = read_secret_node(*key, "key of " + label, folder, problems);
  if (section.any("url") == nullptr) {
    if (key != nullptr)
      section.complain(key->place, "key in [state] needs a url",
                       "a file makes and keeps a key of its own");
    return section.finish();
  }
  config.state.place = table.key_place;
  config.state.database = read_database(section, folder, problems);
  if (!config.state.file.empty())
    section.complain(section.any("file")->place, "[state] takes a file or a url, not both");
  if (key == nullptr)
    section.complain(table.key_place, "key in [state] is missing",
                     "servers that share a state seal with one key of at least 32 random "
                     "characters: key = { env = \"NAME\" }");
}

std::string full_path(std::string_view path, const std::string& folder) {
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr)
    return std::string(home) + std::string(path.substr(1));
  if (path.starts_with('/') || folder.empty()) return std::string(path);
  return folder + "/" + std::string(path);
}

}  // namespace dbops::app

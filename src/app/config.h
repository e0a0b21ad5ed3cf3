// The configuration: dbops.toml, read, checked and completed with defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/secrets.h"
#include "app/toml.h"
#include "base/log.h"
#include "core/connector.h"
#include "front/http/settings.h"
#include "ops/tracing.h"
#include "ops/workspace.h"

namespace dbops::app {

inline constexpr size_t kConfigBytesMax = kTomlBytesMax;  // bytes of a configuration file
inline constexpr size_t kConnectionsMax = 1000;           // connections in it
inline constexpr uint16_t kDefaultPort = 7411;            // of `dbops serve`

struct AuditConfig {
  bool enabled = true;
  std::string file;  // Empty: audit.db, where there is no database either.
  // Instead of the file, for several servers.
  std::optional<ConnectionOptions> database = {};
  bool required = false;
};

// Where what must outlive a process is kept.
struct StateConfig {
  std::string file;  // Empty: state.db beside the audit log's default.
  // Instead of the file, for several servers; they share `key` too.
  std::optional<ConnectionOptions> database;
  SecretSource key;
  Place place;
};

// Where spans go. `settings` lacks the headers, whose values are read when they are needed.
struct TracingConfig {
  ops::TracingSettings settings;
  std::vector<std::pair<std::string, SecretSource>> headers;
};

struct NamedConnection {
  ConnectionOptions options;
  // For what is found wrong with it later.
  Place place;
  Place url_place;
  std::vector<std::pair<std::string, Place>> setting_places;
  bool literal_password = false;  // It stands in the file itself.
  // Set where the environment lacks what its URL needs: it can't be used now, others can.
  std::optional<Problem> unusable;
};

struct Config {
  std::string file;  // Empty: no file was found, all is default.
  std::vector<NamedConnection> connections;
  Limits limits;  // Of connections that name none.
  http::Settings server = {.port = kDefaultPort};
  AuditConfig audit;
  StateConfig state;
  TracingConfig tracing;
  ops::Settings settings;
  log::Level log_level = log::Level::warning;
  std::vector<Problem> warnings;
};

// Everything that is wrong with the text, in the order of the places; or the configuration.
// `folder`: where relative paths in it start.
tl::expected<Config, std::vector<Problem>> parse_config(std::string_view text,
                                                        const std::string& folder);

// "dbops.toml:5:3: unknown key ...", and the hint behind it.
std::string format_problem(const std::string& file, const Problem& problem);

}  // namespace dbops::app

// The configured connections by name, each with its connector and its pool.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector.h"
#include "core/pool.h"

namespace dbops {

// Immutable but for its pool, whose connects end after the options' connect_timeout. Thread-safe.
class Connection {
 public:
  Connection(ConnectionOptions options, const Connector& connector);
  const ConnectionOptions& options() const { return options_; }
  const std::string& name() const { return options_.name; }
  const Connector& connector() const { return connector_; }
  Pool& pool() { return pool_; }

 private:
  Result<std::unique_ptr<Session>> open(const Context& context) const;
  const ConnectionOptions options_;
  const Connector& connector_;
  Pool pool_;
};

// Immutable once built; shared by all calls. Thread-safe.
class Connections {
 public:
  // `connectors`: every engine this program has, in one explicit table (app/connectors.cc); static
  // storage.
  explicit Connections(std::span<const Connector* const> connectors) : connectors_(connectors) {}

  // Checks the options and adds the connection; nothing is opened. The engine is chosen by the
  // URL's scheme; a text that is a path to a file (it has a '/', or ends in .db, .sqlite or
  // .sqlite3, or such a file exists) is SQLite's, and becomes a URL "sqlite:...", percent-encoded.
  // Code::invalid_config for an unknown scheme, a name that is taken or isn't [A-Za-z0-9_-]{1,64},
  // a pool or timeout out of bounds, or what check() says.
  Result<void> add(ConnectionOptions options);
  // Which connections exist for whoever asks; empty: all.
  using Visible = std::function<bool(const ConnectionOptions&)>;
  // Code::not_found with the nearest name, or all of them when there are few; of those alone that
  // are visible.
  Result<std::shared_ptr<Connection>> find(std::string_view name,
                                           const Visible& visible = {}) const;
  // In order of their names.
  std::span<const std::shared_ptr<Connection>> all() const { return connections_; }

 private:
  std::span<const Connector* const> connectors_;
  std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace dbops

// The configured connections by name, each with its connector and its pool.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector.h"
#include "core/pool.h"

namespace dbops {

// Immutable but for its pools, whose connects end after the options' connect_timeout. Thread-safe.
class Connection {
 public:
  static constexpr size_t kPoliciesMax = 1000;  // different ones that callers bring to it

  Connection(ConnectionOptions options, const Connector& connector);
  const ConnectionOptions& options() const { return options_; }
  const std::string& name() const { return options_.name; }
  const Connector& connector() const { return connector_; }
  Pool& pool() { return pool_; }

  // The same connection for those whom `access` binds too: `self` where it restricts nothing, else
  // one with a pool of its own, so that no session knows two policies. The same answer for equal
  // rules. Code::forbidden where the engine can't hold to them, Code::exhausted beyond
  // kPoliciesMax.
  static Result<std::shared_ptr<Connection>> under(const std::shared_ptr<Connection>& self,
                                                   const Access& access);
  // A session beside those of the pool, for what holds on to one for long. Errors as
  // Connector::connect().
  Result<std::unique_ptr<Session>> open(const Context& context) const;
  // Of its pool and those of the policies.
  Pool::Counts counts() const;
  void trim();

 private:
  const ConnectionOptions options_;
  const Connector& connector_;
  Pool pool_;
  mutable std::mutex mutex_;
  std::map<Access, std::unique_ptr<Connection>> policies_;
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

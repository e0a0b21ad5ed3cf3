// What the tests against TimescaleDB share. Two servers: the Apache edition, which any number of
// sessions may use, and PGlite with all features, which serves one session at a time.
#pragma once

#include <gmock/gmock-more-matchers.h>

#include "connectors/postgres/testing.h"
#include "connectors/timescaledb/connector.h"

namespace dbops::timescaledb {

using postgres::context_of;
using postgres::Row;

enum class Server : uint8_t { apache, licensed };

// A session in a database schema of one test alone, dropped at its end. Fails the test without a
// server.
class Scratch {
 public:
  explicit Scratch(std::string name, Server server = Server::apache, Tier tier = Tier::admin);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Session& session() { return *session_; }
  void write(std::string_view text) { postgres::run(*session_, text, Mode::write); }
  // Ten days of January 2026 by the hour, of three devices, in chunks of a day: the table `name`.
  void make_metrics(const std::string& name);

 private:
  const std::string name_;
  std::unique_ptr<Session> session_;
};

struct Report {
  Schema schema;
  std::vector<Row> rows;
  std::vector<std::string> warnings;
};

// One of the connector's operations, with its arguments as JSON.
Result<Report> try_operate(Session& session, std::string_view name, std::string_view arguments);
// The same, which must succeed.
Report operate(Session& session, std::string_view name, std::string_view arguments = "{}");
// What a person is told of it before they confirm.
Result<std::string> foresee(Session& session, std::string_view name, std::string_view arguments);

}  // namespace dbops::timescaledb

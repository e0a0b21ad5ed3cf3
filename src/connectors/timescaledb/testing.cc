#include "connectors/timescaledb/testing.h"

#include <boost/json.hpp>
#include <cstdlib>
#include <utility>

namespace dbops::timescaledb {
namespace {

std::unique_ptr<Session> open(Server server, Tier tier) {
  const bool licensed = server == Server::licensed;
  ConnectionOptions options = postgres::options_for(
      postgres::server_url(licensed ? "DBOPS_TEST_TIMESCALEDB_TSL" : "DBOPS_TEST_TIMESCALEDB"),
      tier);
  // PGlite does not report the setting that holds a session to reading, so each read is a block.
  if (licensed) options.settings.emplace_back("prepare", "off");
  auto session = connector().connect(context_of(), options);
  EXPECT_TRUE(session) << session.error().message;
  return session ? std::move(*session) : nullptr;
}

Result<const Operation*> find(std::string_view name) {
  for (const Operation& operation : connector().operations())
    if (operation.name == name) return &operation;
  return fail(Code::not_found, "no such operation");
}

Result<Arguments> read(const Operation& operation, std::string_view arguments) {
  DBOPS_ASSIGN(const auto json, parse_json(arguments));
  return read_arguments(operation.arguments, json.as_object());
}

}  // namespace

Scratch::Scratch(std::string name, Server server, Tier tier)
    : name_(std::move(name)), session_(open(server, tier)) {
  write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE");
  write("CREATE SCHEMA " + name_);
}

Scratch::~Scratch() { write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE"); }

void Scratch::make_metrics(const std::string& name) {
  const std::string table = name_ + '.' + name;
  write("CREATE TABLE " + table + " (at timestamptz NOT NULL, device text, value float8)");
  operate(*session_, "create_hypertable",
          R"({"table": ")" + table + R"(", "time": "at", "interval": "1 day"})");
  write("INSERT INTO " + table +
        " SELECT t, 'd' || i % 3, i FROM generate_series('2026-01-01'::timestamptz,"
        " '2026-01-10 23:00', '1 hour') WITH ORDINALITY AS g (t, i)");
  write("ANALYZE " + table);
}

Result<Report> try_operate(Session& session, std::string_view name, std::string_view arguments) {
  DBOPS_ASSIGN(const Operation* const operation, find(name));
  DBOPS_ASSIGN(Arguments given, read(*operation, arguments));
  DBOPS_ASSIGN(const auto stream, operation->run(context_of(), session, std::move(given)));
  Report report{.schema = stream->schema(), .rows = {}, .warnings = {}};
  DBOPS_ASSIGN(report.rows, postgres::read_all(*stream));
  report.warnings = stream->summary().warnings;
  return report;
}

Result<std::string> foresee(Session& session, std::string_view name, std::string_view arguments) {
  DBOPS_ASSIGN(const Operation* const operation, find(name));
  DBOPS_ASSIGN(const Arguments given, read(*operation, arguments));
  return operation->foresee(context_of(), session, given);
}

Report operate(Session& session, std::string_view name, std::string_view arguments) {
  auto report = try_operate(session, name, arguments);
  EXPECT_TRUE(report) << name << ' ' << arguments << ": " << report.error().message;
  return report ? std::move(*report) : Report();
}

}  // namespace dbops::timescaledb

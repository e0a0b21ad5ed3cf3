// TimescaleDB's quirks: PostgreSQL's, in databases that have the extension and a hypertable.

#include "connectors/timescaledb/connector.h"
#include "contract/contract.h"
#include "contract/postgres_database.h"

namespace dbops::contract {
namespace {

const PostgresServer kServer = {timescaledb::connector(), "DBOPS_TEST_TIMESCALEDB",
                                "create extension timescaledb"};

Quirks timescaledb_quirks() {
  Quirks quirks = postgres_quirks(kServer);
  quirks.statements.setup +=
      ";create table readings (at bigint not null, value integer);"
      "select create_hypertable('readings', 'at', chunk_time_interval => 10);"
      "insert into readings select i, i from generate_series(1, 100) i";
  quirks.statements.state +=
      ", (select string_agg(concat(at, value), ',' order by at) from readings),"
      " (select string_agg(chunk_name, ',' order by chunk_name)"
      " from timescaledb_information.chunks)";
  constexpr std::string_view kUnknown = "no rule names it: the session asks what it is";
  for (const char* attempt :
       {"select drop_chunks('readings', older_than => 50)",
        "with gone as (select drop_chunks('readings', older_than => 50)) select * from gone",
        "call run_job(3)", "select delete_job(3)", "insert into readings values (5, 5)"})
    quirks.attempts.push_back({.statement = attempt});
  for (const char* attempt :
       {"select create_hypertable('shelves', 'id', chunk_time_interval => 10)",
        "select set_chunk_time_interval('readings', 20)"})
    quirks.attempts.push_back({.statement = attempt, .unseen_by_dialect = kUnknown});
  quirks.lacking_operations = {"compression"};  // The server's edition is Apache's.
  return quirks;
}

const Quirks kTimescaleDb = timescaledb_quirks();

INSTANTIATE_TEST_SUITE_P(timescaledb, Contract, testing::Values(&kTimescaleDb));
INSTANTIATE_TEST_SUITE_P(timescaledb, Tables, testing::Values(&kTimescaleDb));
INSTANTIATE_TEST_SUITE_P(timescaledb, Transactions, testing::Values(&kTimescaleDb));

}  // namespace
}  // namespace dbops::contract

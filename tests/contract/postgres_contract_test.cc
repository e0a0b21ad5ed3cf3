// PostgreSQL's quirks. As a superuser, whom the server itself refuses the least.

#include "connectors/postgres/connector.h"
#include "contract/contract.h"
#include "contract/postgres_database.h"

namespace dbops::contract {
namespace {

const PostgresServer kServer = {postgres::connector(), "DBOPS_TEST_PG"};
const Quirks kPostgres = postgres_quirks(kServer);

INSTANTIATE_TEST_SUITE_P(postgres, Contract, testing::Values(&kPostgres));
INSTANTIATE_TEST_SUITE_P(postgres, Tables, testing::Values(&kPostgres));
INSTANTIATE_TEST_SUITE_P(postgres, Transactions, testing::Values(&kPostgres));

}  // namespace
}  // namespace dbops::contract

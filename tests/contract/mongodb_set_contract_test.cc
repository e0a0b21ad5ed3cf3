// A replica set's transactions. What it has beside them is as any server's:
// mongodb_contract_test.cc.

#include "connectors/mongodb/connector.h"
#include "contract/contract.h"
#include "contract/mongodb_database.h"
#include "contract/mongodb_statements.h"

namespace dbops::contract {
namespace {

// What is compared is read by one command.
Statements set_statements() {
  Statements texts = mongodb_statements();
  texts.state = R"({"find": "items", "sort": {"_id": 1}})";
  return texts;
}

const Quirks kMongodbSet = {
    .connector = mongodb::connector(),
    .sandbox = make_mongodb_set_database,
    .statements = set_statements(),
    .types = {},
    .attempts = {},
    .bad_targets = {},
    .echo = {},
    .deviations = {{"AWriteThatIsCutBeforeItsCommitChangesNothing",
                    "the set can't end another's connection: set_mongotest.cc cuts it"}},
};

INSTANTIATE_TEST_SUITE_P(mongodb_set, Transactions, testing::Values(&kMongodbSet));

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Contract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Tables);

}  // namespace dbops::contract

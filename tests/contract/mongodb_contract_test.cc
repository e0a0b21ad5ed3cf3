// MongoDB's quirks, on FerretDB over the DocumentDB engine.

#include "connectors/mongodb/connector.h"
#include "contract/contract.h"
#include "contract/mongodb_database.h"
#include "contract/mongodb_statements.h"
#include "contract/mongodb_tables.h"

namespace dbops::contract {
namespace {

const Quirks kMongodb = {
    .connector = mongodb::connector(),
    .sandbox = make_mongodb_database,
    .statements = mongodb_statements(),
    .types = mongodb_types(),
    .attempts = mongodb_attempts(),
    .bad_targets = mongodb_bad_targets,
    .on_port = mongodb_on_port,
    .over_tls = mongodb_over_tls,
    .root = {"contract"},
    .echo = [](std::string_view) { return mongodb_pipeline(R"({"x": {"$literal": "$1"}})"); },
    .stop_ends_link = "a reply that comes late would answer the next command",
    .idle_link_may_live = "between two replies nothing is on its way: the cursor is closed instead",
    .stopped_write = Effect::unknown,  // The server may have run it while it was given up.
    .quoted_names = {"select", "two words", "", "1st"},
    .keyword = "find",
    .plain_name = "\"items\"",
    .impossible_names = {"$1"},
    .deviations =
        {
            {"Tables", "documents have no fixed columns"},
            {"Transactions", "FerretDB has none: mongodb_set_contract_test.cc"},
            {"BindsParametersByName", "MongoDB's parameters are $1, $2 ... alone"},
            {"APoolHealsAfterALinkIsCutBetweenCalls", "FerretDB can't end another's connection"},
            {"TellsThatALinkIsCutInTheMidstOfRows", "FerretDB can't end another's connection"},
        },
    .lacking_operations = {"collect_changes"},
    .read_literal =
        [](std::string_view literal) {
          return mongodb_pipeline(R"({"x": {"$literal": )" + std::string(literal) + "}}");
        },
    .make_named = [](const std::string& quoted) { return R"({"create": )" + quoted + "}"; },
    .fill_named =
        [](const std::string& quoted) {
          return R"({"insert": )" + quoted + R"(, "documents": [{"_id": "x"}]})";
        },
    .read_named = [](const std::string& quoted) { return R"({"find": )" + quoted + "}"; },
};

INSTANTIATE_TEST_SUITE_P(mongodb, Contract, testing::Values(&kMongodb));
INSTANTIATE_TEST_SUITE_P(mongodb, Tables, testing::Values(&kMongodb));
INSTANTIATE_TEST_SUITE_P(mongodb, Transactions, testing::Values(&kMongodb));

}  // namespace
}  // namespace dbops::contract

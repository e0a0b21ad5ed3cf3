// MongoDB's quirks, on FerretDB over the DocumentDB engine.

#include "connectors/mongodb/connector.h"
#include "contract/contract.h"
#include "contract/mongodb_database.h"
#include "contract/mongodb_tables.h"

namespace dbops::contract {
namespace {

// A pipeline that needs no collection.
std::string from_nothing(const std::string& stages, const std::string& more = "") {
  return R"({"aggregate": 1, "cursor": {}, "pipeline": [{"$documents": [)" + stages + "]" + more +
         "}";
}

// Rows a, b for a and b from 0 to less than `side`.
std::string square(int side, const std::string& more) {
  const std::string range = R"({"$range": [0, )" + std::to_string(side) + "]}";
  return from_nothing(
      R"({"a": )" + range + R"(}]}, {"$unwind": "$a"}, {"$set": {"b": )" + range +
          R"(}}, {"$unwind": "$b"})" + more,
      "");
}

std::string items() {
  std::string documents;
  for (int i = 1; i <= 100; ++i)
    documents += (i == 1 ? "" : ", ") + (R"({"_id": )" + std::to_string(i)) +
                 R"(, "name": "item )" + std::to_string(i) + "\"}";
  return R"({"insert": "items", "documents": [)" + documents + "]}";
}

Statements mongodb_statements() {
  Statements texts;
  texts.separator = "\n";
  texts.setup = items() + R"({"insert": "shelves", "documents": [{"_id": 1, "title": "even"}]}
    {"insert": "large", "documents": [{"_id": ")" + std::string(1 << 20, 'x') + R"("}]})";
  texts.read_items = R"({"find": "items", "sort": {"_id": 1}, "projection": {"name": 1}})";
  texts.item_columns = {"_id", "name"};
  texts.state = R"({"find": "items", "sort": {"_id": 1}} {"find": "shelves"} {"find": "x"}
    {"listIndexes": "items"} {"count": "large"})";
  texts.add_item = R"({"insert": "items", "documents": [{"_id": 101, "name": "item 101"}]})";
  texts.rename_items = R"({"update": "items", "updates": [{"q": {}, "u": {"$set": {"new": 1}},
    "multi": true}]})";
  // The server goes on for a while behind a link that was closed: not for ever.
  const std::string end = R"(], "maxTimeMS": 12000)";
  texts.slow = square(20000, R"(, {"$match": {"b": -1}})" + end);
  texts.slow_write = square(20000, R"(, {"$match": {"b": -1}}, {"$merge": "items"})" + end);
  texts.million = square(1000, "]");
  texts.million_columns = 3;  // And "others".
  texts.mebibyte = R"({"find": "large"})";
  texts.null_and_empty = from_nothing(R"({"a": null, "b": ""})", "}]");
  texts.syntax_error = R"({"find": items})";
  texts.syntax_error_position = 10;
  texts.data_error = from_nothing(R"({"a": {"$divide": [1, 0]}})", "}]");
  texts.positional = from_nothing(
      R"({"a": {"$literal": "$1"}, "b": {"$literal": "$2"}, "c": {"$literal": "$3"}})", "}]");
  return texts;
}

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
    .echo = [](std::string_view) { return from_nothing(R"({"x": {"$literal": "$1"}})", "}]"); },
    .stop_ends_link = "a reply that comes late would answer the next command",
    .stopped_write = Effect::unknown,  // The server may have run it while it was given up.
    .quoted_names = {"select", "two words", "", "items"},
    .keyword = "find",
    .deviations =
        {
            {"Tables", "documents have no fixed columns; FerretDB has no transactions"},
            {"BindsParametersByName", "MongoDB's parameters are $1, $2 ... alone"},
            {"APoolHealsAfterALinkIsCutBetweenCalls", "FerretDB can't end another's connection"},
            {"TellsThatALinkIsCutInTheMidstOfRows", "FerretDB can't end another's connection"},
        },
    .read_literal =
        [](std::string_view literal) {
          return from_nothing(R"({"x": {"$literal": )" + std::string(literal) + "}}", "}]");
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

}  // namespace
}  // namespace dbops::contract

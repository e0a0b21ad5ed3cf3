#include "contract/mongodb_statements.h"

namespace dbops::contract {
namespace {

// Rows a, b for a and b from 0 to less than `side`.
std::string square(int side, const std::string& stages = "", const std::string& options = "") {
  const std::string range = R"({"$range": [0, )" + std::to_string(side) + "]}";
  return mongodb_pipeline(
      R"({"a": )" + range + "}",
      R"(, {"$unwind": "$a"}, {"$set": {"b": )" + range + R"(}}, {"$unwind": "$b"})" + stages,
      options);
}

std::string items() {
  std::string documents;
  for (int i = 1; i <= 100; ++i)
    documents += (i == 1 ? "" : ", ") + (R"({"_id": )" + std::to_string(i)) +
                 R"(, "name": "item )" + std::to_string(i) + "\"}";
  return R"({"insert": "items", "documents": [)" + documents + "]}";
}

}  // namespace

std::string mongodb_pipeline(const std::string& document, const std::string& stages,
                             const std::string& options) {
  return R"({"aggregate": 1, "cursor": {}, "pipeline": [{"$documents": [)" + document + "]}" +
         stages + "]" + options + "}";
}

Statements mongodb_statements() {
  Statements texts;
  texts.separator = "\n";
  texts.nothing = "  ;\n; ";
  texts.setup = items() + R"({"insert": "shelves", "documents": [{"_id": 1, "title": "even"}]}
    {"insert": "large", "documents": [{"text": ")" +
                std::string(1 << 20, 'x') + R"("}]})";
  texts.read_items = R"({"find": "items", "sort": {"_id": 1}, "projection": {"name": 1}})";
  texts.item_columns = {"_id", "name"};
  texts.state = R"({"find": "items", "sort": {"_id": 1}} {"find": "shelves"} {"find": "x"}
    {"listIndexes": "items"} {"count": "large"})";
  texts.add_item = R"({"insert": "items", "documents": [{"_id": 101, "name": "item 101"}]})";
  texts.rename_items = R"({"update": "items", "updates": [{"q": {}, "u": {"$set": {"new": 1}},
    "multi": true}]})";
  texts.add_duplicate = R"({"insert": "items", "documents": [{"_id": 102}, {"_id": 1}]})";
  // The server goes on for a while behind a link that was closed: not for ever.
  const std::string nothing = R"(, {"$match": {"b": -1}})";
  const std::string end = R"(, "maxTimeMS": 12000)";
  texts.slow = square(20000, nothing, end);
  texts.slow_write = square(20000, nothing + R"(, {"$merge": "items"})", end);
  texts.million = square(1000);
  texts.million_columns = 3;  // And "others".
  texts.mebibyte = R"({"find": "large", "projection": {"_id": 0}})";
  texts.null_and_empty = mongodb_pipeline(R"({"a": null, "b": ""})");
  texts.syntax_error = R"({"find": items})";
  texts.syntax_error_position = 10;
  texts.data_error = mongodb_pipeline(R"({"a": {"$divide": [1, 0]}})");
  texts.positional = mongodb_pipeline(
      R"({"a": {"$literal": "$1"}, "b": {"$literal": "$2"}, "c": {"$literal": "$3"}})");
  return texts;
}

}  // namespace dbops::contract

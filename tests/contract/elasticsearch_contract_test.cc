// Elasticsearch's quirks. As a superuser, whom the server itself refuses nothing.

#include "connectors/elasticsearch/connector.h"
#include "contract/contract.h"
#include "contract/elasticsearch_database.h"

namespace dbops::contract {
namespace {

// Documents by _bulk, seen by searches once it answers.
std::string bulk(std::string_view index, int from, int to, std::string_view prefix = "") {
  std::string text =
      "POST /" + std::string(index) + "/_bulk?refresh=true&filter_path=items.*.status";
  for (int i = from; i <= to; ++i) {
    const std::string id = std::to_string(i);
    text += "\n{\"index\":{\"_id\":\"" + id + "\"}}\n{\"id\":" + id + ",\"name\":\"" +
            std::string(prefix) + "item " + id + "\"}";
  }
  return text;
}

constexpr std::string_view kIndex =
    R"( {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {"id": {"type": "long"}, "name": {"type": "keyword"}}}})";

std::string query(std::string_view esql) {
  return "POST /_query {\"query\": \"" + std::string(esql) + "\"}";
}

Statements elasticsearch_statements() {
  Statements texts;
  texts.separator = "\n";
  texts.nothing = "  \n# nothing\n;\n// nothing";
  texts.setup = "PUT /items" + std::string(kIndex) + "\n" + bulk("items", 1, 100) +
                "\nPUT /shelves" + std::string(kIndex) + "\nPUT /mebibyte/_doc/1 {\"text\": \"" +
                std::string(1 << 20, 'x') + "\"}";
  texts.read_items = query("FROM items | SORT id | KEEP id, name | LIMIT 1000");
  texts.state = query("FROM items METADATA _version | SORT id | LIMIT 1000") +
                "\nGET /items/_mapping\nGET /items/_settings\nGET /_alias\nGET /_resolve/index/*";
  texts.add_item = bulk("items", 101, 101);
  texts.rename_items = bulk("items", 1, 100, "new ");
  texts.slow = "GET /_cluster/health?wait_for_nodes=99&timeout=10s";
  texts.slow_write = "POST /items/_doc?wait_for_active_shards=2&timeout=10s {}";
  texts.million =
      "GET /numbers/_search?scroll=1m&filter_path=_scroll_id,hits.hits._id {\"size\": 5000, "
      "\"sort\": [\"_doc\"]}";
  texts.million_columns = 2;  // The id, and what else a hit might have.
  texts.mebibyte = "GET /mebibyte/_source/1";
  texts.null_and_empty = query("ROW a = null, b = \\\"\\\"");
  texts.syntax_error = "GET /items/_search {\"query\": }";
  texts.syntax_error_position = 30;
  texts.data_error = "GET /items/_search {\"query\": {\"range\": {\"id\": {\"gte\": \"x\"}}}}";
  texts.positional = "ROW a = ?, b = ?, c = ?";
  texts.named = "ROW a = ?a, b = ?b, c = ?c";
  return texts;
}

constexpr std::string_view kNoLink =
    "HTTP has no link that a server could end; see fault_estest.cc";

const Quirks kElasticsearch = {
    .connector = elasticsearch::connector(),
    .sandbox = make_elasticsearch_database,
    .statements = elasticsearch_statements(),
    .types = elasticsearch_types(),
    .attempts = elasticsearch_attempts(),
    .bad_targets = elasticsearch_bad_targets,
    .on_port = elasticsearch_on_port,
    .over_tls = elasticsearch_over_tls,
    .echo = [](std::string_view) { return std::string("ROW a = ?"); },
    .stopped_write = Effect::unknown,  // The server may work on after we have left.
    .quoted_names = {"two words", "", "größe", "50%", "a/b"},
    .keyword = "GET",
    .deviations =
        {
            {"Tables",
             "Elasticsearch has documents: no plans of all statements and no constraints"},
            {"Transactions", "what Elasticsearch has done it does not take back"},
            {"KeepsStrangeNames", "an index can't have most of these names; see session_estest.cc"},
            {"APoolHealsAfterALinkIsCutBetweenCalls", kNoLink},
            {"TellsThatALinkIsCutInTheMidstOfRows", kNoLink},
        },
    .read_literal = [](std::string_view literal) { return "ROW a = " + std::string(literal); },
};

INSTANTIATE_TEST_SUITE_P(elasticsearch, Contract, testing::Values(&kElasticsearch));
INSTANTIATE_TEST_SUITE_P(elasticsearch, Tables, testing::Values(&kElasticsearch));
INSTANTIATE_TEST_SUITE_P(elasticsearch, Transactions, testing::Values(&kElasticsearch));

}  // namespace
}  // namespace dbops::contract

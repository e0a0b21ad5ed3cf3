// Redis' quirks. As the user default, whom the server itself refuses nothing.

#include "connectors/redis/connector.h"
#include "contract/contract.h"
#include "contract/redis_database.h"
#include "contract/redis_tables.h"

namespace dbops::contract {
namespace {

std::string all_items(std::string_view prefix) {
  std::string command = "HSET items";
  for (int i = 1; i <= 100; ++i)
    command +=
        " " + std::to_string(i) + " \"" + std::string(prefix) + "item " + std::to_string(i) + "\"";
  return command;
}

Statements redis_statements() {
  Statements texts;
  texts.separator = "\n";
  texts.nothing = "  \n \t\r\n";
  texts.setup =
      all_items("") +
      "\nHSET shelves 1 even 2 odd\nSET empty ''\nHSET numbers max 9223372036854775807"
      "\nZADD scores 0.1 tenth 5e-324 tiny 1.7976931348623157e308 huge inf top -inf bottom"
      "\nSADD members " +
      std::string(64, 'm') + "\nSET mebibyte " + std::string(1 << 20, 'x');
  texts.read_items = "HGETALL items";  // In the order of their making, up to 128 fields.
  texts.item_columns = {"key", "value"};
  texts.state =
      "DUMP items\nDUMP shelves\nDUMP members\nDUMP scores\nDUMP empty\nPTTL items\nDBSIZE";
  texts.add_item = "HSET items 101 \"item 101\"";
  texts.rename_items = all_items("new ");
  texts.counts_changes = false;  // An answer of 100 may be a count, a length or a sum.
  texts.slow = "XREAD BLOCK 10000 STREAMS no_such_key $";
  texts.slow_write = "BLMOVE no_such_key items LEFT LEFT 10";
  texts.million = "SRANDMEMBER members -1000000";
  texts.million_columns = 1;
  texts.mebibyte = "GET mebibyte";
  texts.null_and_empty = "MGET no_such_key empty";
  texts.syntax_error = "HGETALL \"items";
  texts.syntax_error_position = 9;
  texts.data_error = "LRANGE items 0 -1";
  texts.positional = "COMMAND GETKEYS MGET $1 $2 $3";
  return texts;
}

const Quirks kRedis = {
    .connector = redis::connector(),
    .sandbox = make_redis_database,
    .statements = redis_statements(),
    .types = redis_types(),
    .attempts = redis_attempts(),
    .bad_targets = redis_bad_targets,
    .on_port = redis_on_port,
    .over_tls = redis_over_tls,
    .echo = [](std::string_view) { return std::string("ECHO $1"); },
    .own_id = "CLIENT ID",
    .kill = [](std::string_view id) { return "CLIENT KILL ID " + std::string(id); },
    .stop_ends_link = "a reply that comes late would answer the next command",
    .stopped_write = Effect::unknown,  // The server may have run it while it was given up.
    .quoted_names = {"two words", "", "do\"uble", "new\nline"},
    .keyword = "HGETALL",
    .deviations =
        {
            {"Tables", "Redis keeps values by key: no columns, plans or constraints"},
            {"Transactions", "what Redis has done it does not take back"},
            {"BindsParametersByName", "Redis' parameters are $1, $2 ... alone"},
        },
    .read_literal = [](std::string_view literal) { return std::string(literal); },
    .make_named = [](const std::string& quoted) { return "SET " + quoted + " ''"; },
    .fill_named = [](const std::string& quoted) { return "SET " + quoted + " x"; },
    .read_named = [](const std::string& quoted) { return "GET " + quoted; },
};

INSTANTIATE_TEST_SUITE_P(redis, Contract, testing::Values(&kRedis));
INSTANTIATE_TEST_SUITE_P(redis, Tables, testing::Values(&kRedis));
INSTANTIATE_TEST_SUITE_P(redis, Transactions, testing::Values(&kRedis));

}  // namespace
}  // namespace dbops::contract

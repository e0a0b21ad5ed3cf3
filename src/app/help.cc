#include "app/help.h"

#include <algorithm>
#include <map>

namespace dbops::app::help {
namespace {

constexpr size_t kWidth = 100;  // columns

}  // namespace

const char* const kTop =
    "dbops: one program through which agents, people and scripts work with databases.";

const char* const kShort =
    R"(dbops works with databases: SQLite, PostgreSQL, TimescaleDB, Redis, MongoDB, Elasticsearch.

  dbops query flights.db "select * from flights limit 5"
  dbops shell postgresql://me@localhost/shop
  dbops explore flights.db               what is in it
  dbops doctor                           is everything reachable?
  dbops mcp main=sqlite:flights.db       serve an AI agent over stdio
  dbops serve main=sqlite:flights.db     serve agents over HTTP

`dbops --help` lists all commands, `dbops COMMAND --help` explains one.
)";

const char* const kCommon =
    "--config, --no-config, --tier, --create, --color and -v may stand here too: see `dbops "
    "--help`.\n";

const char* const kFooter =
    R"(A connection is the name of one in dbops.toml (in this folder, or ~/.config/dbops/), a URL
(sqlite:FILE, postgresql://HOST/DATABASE, timescaledb://HOST/DATABASE, redis://HOST,
mongodb://HOST/DATABASE, elasticsearch://HOST), or the path of a database file. It may only read,
unless its tier says otherwise: --tier write.

Exit codes:
  0  done                          5  the time limit passed
  1  the database refused          6  a local file or pipe failed
  2  wrong arguments or config   130  interrupted (Ctrl-C)
  3  no connection               141  the reader of the pipe went away
  4  refused by the tier,        143  terminated
     or not confirmed)";

std::string wrap(const std::string& text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) out += ' ';
    column += word.size() + (column > indent ? 1 : 0);
    out += word;
    start = end + 1;
  }
  return out;
}

std::string examples(std::string_view command) {
  static const std::map<std::string_view, const char*> kExamples = {
      {"query", R"x(Examples:
  dbops query flights.db "select carrier, count(*) from flights group by 1"
  dbops query flights.db "select * from flights where origin = ?" -p JFK
  dbops query shop "select * from orders where id = :id" -p id=42 --format json
  dbops query postgresql://me@db/shop -f report.sql -o report.csv
  echo "select 1" | dbops query shop | head)x"},
      {"execute", R"x(Examples:
  dbops execute shop "update orders set state = 'sent' where id = $1" -p 42 --tier write
  dbops execute notes.db "create table note (text)" --tier write --create
  dbops execute shop -f migration.sql --dry-run --tier write)x"},
      {"explain", R"x(Examples:
  dbops explain shop "select * from orders where customer = 7"
  dbops explain shop "select ..." --analyze --format json)x"},
      {"explore", R"x(Examples:
  dbops explore flights.db                     what is in it
  dbops explore shop public.orders             one table
  dbops explore shop --pattern "*email*"       every name with email in it
  dbops explore shop public --detail full)x"},
      {"load", R"x(Examples:
  dbops load shop orders orders.csv --tier write
  dbops load notes.db notes notes.ndjson --create-table --dry-run
  dbops load notes.db flights --source shop --query "select * from flights" --create-table \
      --tier write
  zcat orders.csv.gz | dbops load shop orders --as csv --infer --max-errors 10 --tier write)x"},
      {"search", R"x(Examples:
  dbops search notes.db notes "red apples -pears"
  dbops search shop public.articles "\"free shipping\"" --filter '{"year": {"gte": 2024}}')x"},
      {"operate", R"x(Examples:
  dbops operations shop
  dbops operate shop OPERATION name=value --tier admin)x"},
      {"mcp", R"x(Examples:
  dbops mcp main=sqlite:flights.db
  dbops mcp shop=postgresql://me@db/shop --tier shop=write)x"},
      {"serve", R"x(Examples:
  dbops serve main=sqlite:flights.db --port 7411)x"},
      {"token", R"x(Examples:
  dbops token ada
  dbops token ci --scope db:read --scope db:write:shop)x"},
      {"install", R"x(Examples:
  dbops install claude-code flights=sqlite:flights.db
  dbops install codex --config dbops.toml --print
  dbops install vscode --url http://127.0.0.1:7411/mcp
  dbops install cursor --undo)x"},
      {"shell", R"x(Examples:
  dbops shell flights.db
  dbops shell shop --tier write
In the shell, \? lists its commands. Each statement is a transaction of its own; a file that
\i runs is one.)x"},
      {"doctor", R"x(Examples:
  dbops doctor          all connections, the configuration, the audit log
  dbops doctor shop)x"},
  };
  const auto found = kExamples.find(command);
  return found == kExamples.end() ? "" : found->second;
}

}  // namespace dbops::app::help

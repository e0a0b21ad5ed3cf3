#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/look_operations.h"

namespace dbops::elasticsearch {
namespace {

struct Command {
  std::string_view name;
  std::string_view form;
  std::string_view what;
  std::string_view example;  // Over rows of its own, so that it runs anywhere.
};

// ROW makes the examples' rows; in a query of one's own FROM stands in its place.
constexpr auto kCommands = std::to_array<Command>({
    {"FROM", "FROM index[, index*] [METADATA _id, _index, _score]",
     "Reads documents of indices, aliases, data streams; first in a query. Without LIMIT 1,000 "
     "rows.",
     ""},
    {"ROW", "ROW name = value[, ...]", "Makes one row, to try something.",
     "ROW n = 1, word = \"a\", day = TO_DATETIME(\"2026-01-31T00:00:00Z\"), many = [1, 2]"},
    {"SHOW", "SHOW INFO", "The server's version.", "SHOW INFO"},
    {"WHERE", "WHERE condition",
     "Keeps rows. ==, !=, <, AND, OR, NOT, IN (...), LIKE \"a*\", RLIKE \"a.*\", IS NULL; "
     "MATCH(field, "
     "\"words\") or field:\"words\" finds words, KQL(\"...\") and QSTR(\"...\") search as their "
     "languages do.",
     "ROW n = 1 | WHERE n IN (1, 2) AND n IS NOT NULL"},
    {"EVAL", "EVAL name = expression[, ...]",
     "Adds columns: arithmetic, CASE(condition, a, b), COALESCE, CONCAT, SUBSTRING, TO_STRING, "
     "ROUND, "
     "DATE_TRUNC(1 day, at), DATE_EXTRACT, NOW().",
     "ROW n = 7 | EVAL half = n / 2.0, size = CASE(n > 5, \"big\", \"small\")"},
    {"STATS", "STATS name = AGGREGATE(x)[, ...] [BY expression[, ...]]",
     "Groups: COUNT(*), COUNT_DISTINCT, SUM, AVG, MIN, MAX, MEDIAN, PERCENTILE(x, 95), VALUES, "
     "TOP(x, "
     "3, \"desc\"). BUCKET(x, width) in BY makes intervals. AGGREGATE(x) WHERE condition counts a "
     "part.",
     "ROW day = TO_DATETIME(\"2026-01-31T10:00:00Z\"), n = 1 | STATS all = COUNT(*), total = "
     "SUM(n) BY "
     "BUCKET(day, 1 day)"},
    {"INLINESTATS", "INLINESTATS name = AGGREGATE(x) [BY ...]",
     "As STATS, but keeps the rows and adds the columns to each. From 9.1 on INLINE STATS.", ""},
    {"SORT", "SORT expression [ASC|DESC] [NULLS FIRST|LAST][, ...]", "Orders rows.",
     "ROW n = [2, 1] | MV_EXPAND n | SORT n DESC NULLS LAST"},
    {"LIMIT", "LIMIT count", "The first rows; at most 10,000.", "ROW n = 1 | LIMIT 5"},
    {"KEEP", "KEEP column[, prefix*]", "Only these columns, in this order.",
     "ROW a = 1, b = 2 | KEEP b, a"},
    {"DROP", "DROP column[, prefix*]", "Without these columns.", "ROW a = 1, b = 2 | DROP b"},
    {"RENAME", "RENAME old AS new[, ...]", "Other names for columns.", "ROW a = 1 | RENAME a AS n"},
    {"DISSECT", "DISSECT text \"%{name} %{other}\"", "Takes a text apart at fixed characters.",
     "ROW line = \"GET /a\" | DISSECT line \"%{method} %{path}\""},
    {"GROK", "GROK text \"%{PATTERN:name:type}\"", "Takes a text apart by patterns.",
     "ROW line = \"in 12 ms\" | GROK line \"in %{NUMBER:ms:int} ms\""},
    {"MV_EXPAND", "MV_EXPAND column", "A row for each value of a field that has several.",
     "ROW n = [1, 2] | MV_EXPAND n"},
    {"ENRICH", "ENRICH policy [ON field] [WITH name = field]",
     "Adds columns by an enrich policy of the cluster.", ""},
    {"LOOKUP JOIN", "LOOKUP JOIN index ON field",
     "Adds the columns of an index made with index.mode lookup.", ""},
});

}  // namespace

Rows esql_help(const Context& context, Session&, Arguments arguments) {
  DBOPS_TRY(context.alive());
  const std::string wanted = lower(arguments.text("command"));
  auto table = std::make_unique<Table>(Schema{{"command", "", Kind::text},
                                              {"form", "", Kind::text},
                                              {"what", "", Kind::text},
                                              {"example", "", Kind::text}});
  std::vector<std::string> names;
  bool found = false;
  for (const Command& each : kCommands) {
    names.emplace_back(each.name);
    if (!wanted.empty() && wanted != lower(each.name)) continue;
    found = true;
    table->add({Value::text(each.name), Value::text(each.form), Value::text(each.what),
                Value::text(each.example)});
  }
  if (found) return table;
  const auto near = nearest(wanted, names);
  return fail(Code::not_found, "ES|QL has no command " + escape_control(shorten(wanted, 64)),
              near ? "did you mean " + *near + "?" : "leave `command` out for all of them");
}

}  // namespace dbops::elasticsearch

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"

namespace dbops::postgres {
namespace {

constexpr int kKeysMax = 100'000;  // foreign keys looked at

// One foreign key a row, with both tables and the condition that joins them.
constexpr const char* kKeys = R"sql(
SELECT k.conrelid, k.confrelid, k.conname, k.conrelid::pg_catalog.regclass::text,
       k.confrelid::pg_catalog.regclass::text,
       (SELECT pg_catalog.string_agg(
          k.conrelid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(a.attname) || ' = '
            || k.confrelid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(b.attname),
          ' AND ' ORDER BY c.place)
        FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))
             WITH ORDINALITY AS c(own, foreign_one, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.own
        JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = c.foreign_one)
FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY k.conname LIMIT 100000)sql";

using Oid64 = int64_t;

// The keys to follow from one table to the other, fewest first; empty where there is no way.
std::vector<int> shortest(const Rows& keys, Oid64 from, Oid64 to) {
  std::multimap<Oid64, int> at;  // Table to the keys that touch it.
  for (int key = 0; key < keys.size(); ++key) {
    at.emplace(keys.integer(key, 0).value_or(0), key);
    at.emplace(keys.integer(key, 1).value_or(0), key);
  }
  const auto other_end = [&](int key, Oid64 table) {
    const Oid64 first = keys.integer(key, 0).value_or(0);
    return first == table ? keys.integer(key, 1).value_or(0) : first;
  };
  std::map<Oid64, int> reached_by = {{from, -1}};
  std::deque<Oid64> next = {from};
  while (!next.empty() && !reached_by.contains(to)) {
    const Oid64 table = next.front();
    next.pop_front();
    const auto [first, last] = at.equal_range(table);
    for (auto entry = first; entry != last; ++entry) {
      const Oid64 there = other_end(entry->second, table);
      if (reached_by.emplace(there, entry->second).second) next.push_back(there);
    }
  }
  std::vector<int> way;
  if (!reached_by.contains(to)) return way;
  for (Oid64 table = to; reached_by[table] >= 0; table = other_end(way.back(), table))
    way.push_back(reached_by[table]);
  std::reverse(way.begin(), way.end());
  return way;
}

}  // namespace

Result<std::unique_ptr<Stream>> join_path(const Context& context, Core& core,
                                          const std::string& from, const std::string& to) {
  DBOPS_ASSIGN(const Place start, find_relation(context, core, from));
  DBOPS_ASSIGN(const Place end, find_relation(context, core, to));
  if (start.oids[0] == end.oids[0])
    return fail(Code::invalid_argument, "both ends of the path are the same table");
  DBOPS_ASSIGN(const Rows keys, core.link().ask(context, {.sql = kKeys}));
  const auto number = [](const Place& place) {
    Oid64 oid = 0;
    std::from_chars(place.oids[0].data(), place.oids[0].data() + place.oids[0].size(), oid);
    return oid;
  };
  const std::vector<int> way = shortest(keys, number(start), number(end));
  if (way.empty())
    return fail(Code::not_found,
                "no foreign keys lead from " + escape_control(from) + " to " + escape_control(to),
                keys.size() >= kKeysMax ? "only the first 100,000 keys were looked at"
                                        : "look for columns of the same name or meaning");
  auto table = std::make_unique<Table>(Schema{{"step", "", Kind::integer},
                                              {"join", "", Kind::text},
                                              {"condition", "", Kind::text},
                                              {"foreign_key", "", Kind::text}});
  Oid64 at = number(start);
  for (size_t step = 0; step < way.size(); ++step) {
    const int key = way[step];
    const bool forwards = keys.integer(key, 0) == at;
    at = keys.integer(key, forwards ? 1 : 0).value_or(0);
    table->add({Value::integer(static_cast<int64_t>(step) + 1),
                Value::text(keys.text(key, forwards ? 4 : 3)), Value::text(keys.text(key, 5)),
                Value::text(keys.text(key, 2))});
  }
  return table;
}

}  // namespace dbops::postgres

#include "connectors/postgres/types.h"

#include <algorithm>
#include <array>
#include <set>

namespace dbops::postgres {
namespace {

struct BuiltIn {
  Oid oid;
  Oid array;  // Of it; 0: asked for when met.
  Kind kind;
  std::string_view name;
};

// pg_type.dat: these numbers never change. Sorted. What isn't here is text.
constexpr auto kBuiltIns = std::to_array<BuiltIn>({
    {16, 1000, Kind::boolean, "boolean"},
    {17, 1001, Kind::bytes, "bytea"},
    {18, 1002, Kind::text, "\"char\""},
    {19, 1003, Kind::text, "name"},
    {20, 1016, Kind::integer, "bigint"},
    {21, 1005, Kind::integer, "smallint"},
    {23, 1007, Kind::integer, "integer"},
    {25, 1009, Kind::text, "text"},
    {26, 1028, Kind::integer, "oid"},
    {114, 199, Kind::json, "json"},
    {700, 1021, Kind::real, "real"},
    {701, 1022, Kind::real, "double precision"},
    {705, 0, Kind::text, "unknown"},
    {1042, 1014, Kind::text, "character"},
    {1043, 1015, Kind::text, "character varying"},
    {1082, 1182, Kind::date, "date"},
    {1083, 1183, Kind::time, "time without time zone"},
    {1114, 1115, Kind::timestamp, "timestamp without time zone"},
    {1184, 1185, Kind::timestamp_tz, "timestamp with time zone"},
    {1186, 1187, Kind::interval, "interval"},
    {1266, 1270, Kind::time, "time with time zone"},
    {1700, 1231, Kind::decimal, "numeric"},
    {2278, 0, Kind::text, "void"},
    {2950, 2951, Kind::uuid, "uuid"},
    {3802, 3807, Kind::json, "jsonb"},
});

const BuiltIn* built_in(Oid oid) {
  for (const BuiltIn& type : kBuiltIns)
    if (type.oid == oid) return &type;
  return nullptr;
}

const BuiltIn* element_of_built_in(Oid array) {
  for (const BuiltIn& type : kBuiltIns)
    if (array != 0 && type.array == array) return &type;
  return nullptr;
}

constexpr Oid kBpchar = 1042, kVarchar = 1043, kNumeric = 1700;
constexpr int kHeader = 4;  // What a length or precision modifier is counted from.

// The name with its modifier, for the few that most columns have; empty: the server must say.
std::string known_name(Types::Key key) {
  if (const BuiltIn* type = built_in(key.oid)) {
    if (key.modifier < 0) return std::string(type->name);
    if (key.oid == kVarchar || key.oid == kBpchar)
      return std::string(type->name) + '(' + std::to_string(key.modifier - kHeader) + ')';
    const int scale = (key.modifier - kHeader) & 0x7ff;  // Negative ones: the server's business.
    if (key.oid == kNumeric && scale < 0x400)
      return "numeric(" + std::to_string((key.modifier - kHeader) >> 16) + ',' +
             std::to_string(scale) + ')';
    return {};
  }
  const BuiltIn* element = element_of_built_in(key.oid);
  if (element && key.modifier < 0) return std::string(element->name) + "[]";
  return {};
}

}  // namespace

Oid Types::base_of(Oid oid) const {
  for (int depth = 0; depth < kDomainDepthMax; ++depth) {
    const auto known = facts_.find(oid);
    if (known == facts_.end() || known->second.base == 0) break;
    oid = known->second.base;
  }
  return oid;
}

CellType Types::cell_of(Oid oid) const {
  const Oid base = base_of(oid);
  if (const BuiltIn* type = built_in(base)) return {.kind = type->kind};
  if (const BuiltIn* element = element_of_built_in(base))
    return {.kind = Kind::list, .element = element->kind};
  const auto known = facts_.find(base);
  if (known == facts_.end() || known->second.element == 0) return {};
  const BuiltIn* element = built_in(base_of(known->second.element));
  return {.kind = Kind::list,
          .element = element ? element->kind : Kind::text,
          .delimiter = known->second.delimiter};
}

Result<void> Types::learn(const Context& context, Link& link, const std::vector<Key>& unknown) {
  std::vector<std::string> oids, modifiers;
  for (const Key& key : unknown) {
    oids.push_back(std::to_string(key.oid));
    modifiers.push_back(std::to_string(key.modifier));
  }
  DBOPS_ASSIGN(
      const Rows rows,
      link.ask(context,
               {.sql = "SELECT k.oid, k.modifier, pg_catalog.format_type(k.oid, k.modifier), "
                       "CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE 0 END, "
                       "CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem ELSE 0 END, "
                       "t.typdelim "
                       "FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), "
                       "pg_catalog.unnest($2::pg_catalog.int4[])) AS k(oid, modifier) LEFT JOIN "
                       "pg_catalog.pg_type t ON t.oid = k.oid",
                .parameters = {array_literal(oids), array_literal(modifiers)}}));
  for (int row = 0; row < rows.size(); ++row) {
    const Oid oid = static_cast<Oid>(rows.integer(row, 0).value_or(0));
    names_[{oid, static_cast<int>(rows.integer(row, 1).value_or(-1))}] = rows.string(row, 2);
    facts_[oid] = {.base = static_cast<Oid>(rows.integer(row, 3).value_or(0)),
                   .element = static_cast<Oid>(rows.integer(row, 4).value_or(0)),
                   .delimiter = rows.null(row, 5) ? ',' : rows.text(row, 5).front()};
  }
  return {};
}

Result<std::vector<Types::Type>> Types::resolve(const Context& context, Link& link,
                                                std::vector<Key> keys) {
  if (names_.size() > kTypesMax) {
    names_.clear();
    facts_.clear();
  }
  std::set<Key> wanted(keys.begin(), keys.end());
  // A domain's base and an array's element may be unknown too: a few rounds at most.
  for (int round = 0; round < kDomainDepthMax && !wanted.empty(); ++round) {
    std::vector<Key> unknown;
    for (const Key& key : wanted)
      if (!names_.contains(key) && known_name(key).empty()) unknown.push_back(key);
    if (!unknown.empty()) DBOPS_TRY(learn(context, link, unknown));
    std::set<Key> behind;
    for (const Key& key : wanted) {
      const auto known = facts_.find(key.oid);
      if (known == facts_.end()) continue;
      for (const Oid oid : {known->second.base, known->second.element})
        if (oid != 0 && !facts_.contains(oid)) behind.insert({oid, -1});
    }
    wanted = std::move(behind);
  }
  std::vector<Type> types;
  for (const Key& key : keys) {
    std::string name = known_name(key);
    if (name.empty()) name = names_[key];
    types.push_back({std::move(name), cell_of(key.oid)});
  }
  return types;
}

}  // namespace dbops::postgres

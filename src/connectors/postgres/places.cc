// From the paths people write to what they name.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "core/dialect.h"

namespace dbops::postgres {
namespace {

// Of each path: (ordinal, rank, kind, oid, schema, name); the lowest rank counts.
constexpr const char* kPlaces = R"sql(
WITH wanted AS (
  SELECT w.schema, NULLIF(w.name, '') AS name, w.place
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))
       WITH ORDINALITY AS w(schema, name, place)
)
SELECT w.place, 1 AS rank, 'schema', n.oid, n.nspname, NULL
FROM wanted w JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
WHERE w.name IS NULL
UNION ALL
SELECT w.place, 2, 'relation', c.oid, n.nspname, c.relname
FROM wanted w JOIN pg_catalog.pg_namespace n ON w.name IS NULL OR n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = COALESCE(w.name, w.schema)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (w.name IS NOT NULL OR pg_catalog.pg_table_is_visible(c.oid))
UNION ALL
SELECT w.place, 4, 'function', p.oid, n.nspname, p.proname
FROM wanted w JOIN pg_catalog.pg_namespace n ON w.name IS NULL OR n.nspname = w.schema
JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proname = COALESCE(w.name, w.schema)
WHERE w.name IS NOT NULL OR pg_catalog.pg_function_is_visible(p.oid)
UNION ALL
SELECT w.place, 3, 'type', t.oid, n.nspname, t.typname
FROM wanted w JOIN pg_catalog.pg_namespace n ON w.name IS NULL OR n.nspname = w.schema
JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = COALESCE(w.name, w.schema)
WHERE t.typtype IN ('e', 'd', 'r', 'c')
  AND (w.name IS NOT NULL OR pg_catalog.pg_type_is_visible(t.oid))
ORDER BY 1, 2, 4)sql";

constexpr const char* kNeighbours = R"sql(
SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE $1::text IS NULL
UNION ALL
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (n.nspname = $1::text OR $1::text IS NULL AND pg_catalog.pg_table_is_visible(c.oid)
       AND n.nspname <> 'pg_catalog')
LIMIT 10000)sql";

// The error for a path that names nothing, with what was probably meant.
tl::unexpected<Error> not_there(const Context& context, Link& link,
                                const std::vector<std::string>& path) {
  const bool lone = path.size() == 1;
  const auto rows =
      link.ask(context, {kNeighbours, {lone ? std::nullopt : std::optional<std::string>(path[0])}});
  if (!rows) return fail(rows.error());
  std::vector<std::string> names;
  for (int row = 0; row < rows->size(); ++row) names.push_back(rows->string(row, 0));
  const auto near = nearest(lone ? path[0] : path[1], names);
  const auto shown = [&](std::string name) {
    return format_path(lone ? std::vector{std::move(name)} : std::vector{path[0], std::move(name)});
  };
  return fail(
      Code::not_found,
      "there is no " + escape_control(format_path({path.begin(), path.begin() + (lone ? 1 : 2)})),
      near ? "did you mean " + shown(*near) + "?" : "look at what is there with explore");
}

Place::Kind kind_of(std::string_view word) {
  if (word == "relation") return Place::Kind::relation;
  if (word == "function") return Place::Kind::function;
  return word == "type" ? Place::Kind::type : Place::Kind::schema;
}

// The name that starts there, as it is written: `flights`, `Public."My Table"`.
std::string_view name_at(std::string_view text, uint64_t position) {
  size_t begin = 0;
  for (uint64_t i = 1; i < position && begin < text.size(); ++i)
    begin += std::max<size_t>(character_bytes(text, begin), 1);
  bool quoted = false;
  size_t end = begin;
  for (; end < text.size(); ++end) {
    const auto c = static_cast<unsigned char>(text[end]);
    if (c == '"') quoted = !quoted;
    const bool plain = std::isalnum(c) != 0 || c >= 0x80 || c == '_' || c == '$' || c == '.';
    if (!quoted && !plain && c != '"') break;
  }
  return text.substr(begin, end - begin);
}

}  // namespace

std::string meant_relation(const Context& context, Link& link, std::string_view text,
                           uint64_t position) {
  const std::string_view written = name_at(text, position);
  const bool quoted = written.find('"') != written.npos;
  const auto path = parse_path(quoted ? std::string(written) : lower(written));
  if (!path || path->empty()) return {};
  const auto found = find_places(context, link, {*path});
  return found || found.error().code != Code::not_found ? std::string() : found.error().hint;
}

Result<std::vector<Place>> find_places(const Context& context, Link& link,
                                       const std::vector<std::vector<std::string>>& paths) {
  std::vector<std::string> schemas, names;
  for (const auto& path : paths) {
    if (path.empty()) return fail(Code::invalid_argument, "an empty path names nothing");
    schemas.push_back(path[0]);
    names.push_back(path.size() > 1 ? path[1] : std::string());
  }
  DBOPS_ASSIGN(const Rows rows,
               link.ask(context, {.sql = kPlaces,
                                  .parameters = {array_literal(schemas), array_literal(names)}}));
  std::vector<Place> places(paths.size());
  for (int row = 0; row < rows.size(); ++row) {
    Place& place = places[static_cast<size_t>(rows.integer(row, 0).value_or(1) - 1)];
    const Place::Kind kind = kind_of(rows.text(row, 2));
    if (!place.oids.empty() && (kind != place.kind || kind != Place::Kind::function)) continue;
    place.kind = kind;
    place.oids.push_back(rows.string(row, 3));
    place.path = {rows.string(row, 4)};
    if (!rows.null(row, 5)) place.path.push_back(rows.string(row, 5));
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].oids.empty()) return not_there(context, link, paths[i]);
    for (size_t part = 2; part < paths[i].size(); ++part) places[i].path.push_back(paths[i][part]);
  }
  return places;
}

}  // namespace dbops::postgres

#include "connectors/postgres/searchable.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "core/dialect.h"

namespace dbops::postgres {
namespace {

// Name, type, class of the type, pgvector's schema and type, dimensions, place in the key, and the
// configuration of a tsvector that is generated, or kept by the server's own trigger.
constexpr const char* kColumns = R"sql(
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typname = 'tsvector' AND n.nspname = 'pg_catalog' THEN 'words'
            WHEN t.typname IN ('json', 'jsonb') AND n.nspname = 'pg_catalog' THEN 'document'
            WHEN x.extname IS NOT NULL AND t.typname IN ('vector', 'halfvec') THEN 'vector'
            WHEN t.typcategory = 'S' THEN 'text' END,
       n.nspname, t.typname, a.atttypmod,
       (SELECT pg_catalog.array_position(i.indkey::pg_catalog.int2[], a.attnum) + 1
        FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary),
       COALESCE(
         pg_catalog.substring(pg_catalog.pg_get_expr(d.adbin, d.adrelid),
                              $r$to_tsvector\('((?:[^']|'')+)'::regconfig$r$),
         (SELECT (pg_catalog.regexp_match(
                    pg_catalog.pg_get_triggerdef(g.oid),
                    $r$tsvector_update_trigger\('((?:[^']|'')+)', '((?:[^']|'')+)'$r$))[2]
          FROM pg_catalog.pg_trigger g
          WHERE g.tgrelid = a.attrelid AND NOT g.tgisinternal
            AND (pg_catalog.regexp_match(
                   pg_catalog.pg_get_triggerdef(g.oid),
                   $r$tsvector_update_trigger\('((?:[^']|'')+)', '$r$))[1] = a.attname
          LIMIT 1))
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN (pg_catalog.pg_depend e
           JOIN pg_catalog.pg_extension x ON x.oid = e.refobjid AND x.extname = 'vector')
  ON e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.objid = t.oid AND e.deptype = 'e'
WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)sql";

// Each key of an index that a search could go through: name, method, class of operators, column,
// expression, and the columns it reads.
constexpr const char* kIndexes = R"sql(
SELECT c.relname, m.amname, o.opcname,
       (SELECT a.attname FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1] AND a.attnum > 0),
       CASE WHEN i.indkey[k.place - 1] = 0
            THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.place, false) END,
       a.attname
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam
CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts::pg_catalog.int4) AS k(place)
JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k.place - 1]
LEFT JOIN (pg_catalog.pg_depend d
           JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
  ON i.indnatts = 1 AND i.indkey[k.place - 1] = 0
 AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid
 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = i.indrelid
 AND d.refobjsubid > 0
WHERE i.indrelid = $1::pg_catalog.oid AND i.indisvalid AND i.indpred IS NULL
  AND (m.amname IN ('gin', 'gist') AND o.opcname LIKE 'tsvector%'
       OR m.amname IN ('hnsw', 'ivfflat'))
ORDER BY c.relname, k.place, a.attnum)sql";

constexpr const char* kSettings = R"sql(
SELECT pg_catalog.get_current_ts_config()::pg_catalog.text,
       (SELECT pg_catalog.substring(extversion, '^0\.([0-9]+)') FROM pg_catalog.pg_extension
        WHERE extname = 'vector'),
       relkind IN ('r', 'p', 'v', 'm', 'f')
FROM pg_catalog.pg_class WHERE oid = $1::pg_catalog.oid)sql";

SearchColumn::Type type_of(std::string_view word) {
  if (word == "words") return SearchColumn::Type::words;
  if (word == "document") return SearchColumn::Type::document;
  if (word == "vector") return SearchColumn::Type::vector;
  return word == "text" ? SearchColumn::Type::text : SearchColumn::Type::other;
}

// nullopt for a class that no search of numbers uses: of bits, of sparse vectors.
std::optional<Nearness> nearness_of(std::string_view operators) {
  constexpr std::array<std::pair<std::string_view, Nearness>, 4> kClasses = {
      {{"_cosine_ops", Nearness::cosine},
       {"_l2_ops", Nearness::euclidean},
       {"_l1_ops", Nearness::manhattan},
       {"_ip_ops", Nearness::inner}}};
  if (!operators.starts_with("vector") && !operators.starts_with("halfvec")) return std::nullopt;
  for (const auto& [end, nearness] : kClasses)
    if (operators.ends_with(end)) return nearness;
  return std::nullopt;
}

// A text as it stands between quotes in SQL.
std::string unquoted(std::string_view literal) {
  std::string text;
  for (size_t at = 0; at < literal.size(); ++at) {
    text += literal[at];
    if (literal[at] == '\'' && literal.substr(at + 1).starts_with('\'')) ++at;
  }
  return text;
}

// The configuration named first in an expression.
std::string configuration_in(std::string_view expression) {
  constexpr std::string_view kStart = "to_tsvector('";
  const size_t at = expression.find(kStart);
  const size_t end = expression.find("'::regconfig", at);
  if (at == std::string_view::npos || end == std::string_view::npos) return {};
  return unquoted(expression.substr(at + kStart.size(), end - at - kStart.size()));
}

void read_columns(const Rows& rows, const Ruling& ruling, Searchable& found) {
  for (int row = 0; row < rows.size(); ++row) {
    SearchColumn column{.name = rows.string(row, 0),
                        .type = rows.string(row, 1),
                        .type_class = type_of(rows.text(row, 2)),
                        .key = static_cast<int>(rows.integer(row, 6).value_or(0)),
                        .configuration = unquoted(rows.text(row, 7))};
    if (column.type_class == SearchColumn::Type::vector) {
      column.vector_schema = rows.string(row, 3);
      column.vector_type = rows.string(row, 4);
      column.dimensions = std::max<int64_t>(rows.integer(row, 5).value_or(0), 0);
    }
    column.masked = ruling.masked(found.path[0], found.path[1], column.name);
    found.columns.push_back(std::move(column));
  }
}

void read_indexes(const Rows& rows, Searchable& found) {
  for (int row = 0; row < rows.size(); ++row) {
    const std::string name = rows.string(row, 0);
    // The next column of the same expression.
    if (!found.indexes.empty() && found.indexes.back().name == name && !rows.null(row, 5)) {
      found.indexes.back().columns.push_back(rows.string(row, 5));
      continue;
    }
    SearchIndex index{.name = name,
                      .method = rows.string(row, 1),
                      .column = rows.string(row, 3),
                      .expression = rows.string(row, 4)};
    if (index.method == "hnsw" || index.method == "ivfflat") {
      const auto nearness = nearness_of(rows.text(row, 2));
      if (!nearness || index.column.empty()) continue;
      index.of_vectors = true;
      index.nearness = *nearness;
    }
    if (!rows.null(row, 5)) index.columns.push_back(rows.string(row, 5));
    index.configuration = configuration_in(index.expression);
    found.indexes.push_back(std::move(index));
  }
}

}  // namespace

const SearchColumn* Searchable::column(const std::string& name) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const SearchColumn& each) { return each.name == name; });
  return at == columns.end() ? nullptr : &*at;
}

Result<Searchable> look_at(const Context& context, Core& core,
                           const std::vector<std::string>& path) {
  DBOPS_TRY(core.make_ready(context));
  Link& link = core.link();
  auto places = find_places(context, link, {path});
  if (!places) {
    // Nothing is said of what the policy hides.
    if (core.ruling().restricts()) places.error().hint.clear();
    return fail(std::move(places).error());
  }
  const Place& place = places->front();
  const std::string shown = escape_control(format_path(place.path));
  if (place.kind != Place::Kind::relation || place.path.size() != 2)
    return fail(Code::invalid_argument, shown + " is no table or view",
                "write it as table or schema.table");
  DBOPS_TRY(core.ruling().check_table(place.path[0], place.path[1]));
  const std::string& oid = place.oids[0];
  const std::array<Question, 3> questions = {
      {{kColumns, {oid}}, {kIndexes, {oid}}, {kSettings, {oid}}}};
  DBOPS_ASSIGN(const std::vector<Rows> answers, link.ask_all(context, questions));
  if (answers[2].size() != 1 || !answers[2].boolean(0, 2))
    return fail(Code::invalid_argument, shown + " is no table or view",
                "look at what is there with explore");
  Searchable found{.path = place.path,
                   .columns = {},
                   .indexes = {},
                   .configuration = answers[2].string(0, 0),
                   .vector_version = answers[2].integer(0, 1).value_or(0)};
  read_columns(answers[0], core.ruling(), found);
  read_indexes(answers[1], found);
  return found;
}

}  // namespace dbops::postgres

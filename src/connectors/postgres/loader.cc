#include "connectors/postgres/loader.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "connectors/postgres/dialect.h"
#include "core/dialect.h"

namespace dbops::postgres {
namespace {

// The kind of the relation, then of its columns name, type, and whether they are generated.
constexpr const char* kColumns = R"sql(
SELECT c.relkind, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
       a.attgenerated <> ''
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = $1::oid ORDER BY a.attnum)sql";

std::string_view type_for(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "bigint";
    case Kind::real:
      return "double precision";
    case Kind::decimal:
      return "numeric";
    case Kind::bytes:
      return "bytea";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "timestamp";
    case Kind::timestamp_tz:
      return "timestamptz";
    case Kind::interval:
      return "interval";
    case Kind::uuid:
      return "uuid";
    case Kind::json:
    case Kind::list:
    case Kind::map:
      return "jsonb";
    default:
      return "text";
  }
}

std::string quoted_path(const std::vector<std::string>& path) {
  std::string name;
  for (const std::string& part : path) name += (name.empty() ? "" : ".") + dialect().quote(part);
  return name;
}

LoadTable new_table(const LoadTarget& target) {
  LoadTable table{.plan = {}, .name = quoted_path(target.path), .bare = target.path.back()};
  std::string& sql = table.plan.creates;
  sql = "CREATE TABLE " + table.name + " (";
  for (const Column& column : target.columns) {
    const std::string type(type_for(column.kind));
    if (&column != target.columns.data()) sql += ", ";
    sql += dialect().quote(column.name) + " " + type;
    table.plan.fields.push_back({column.name, type});
    if (type == "jsonb")
      table.plan.warnings.push_back("column " + escape_control(column.name) +
                                    ": jsonb keeps neither white space nor the order of members");
  }
  sql += ")";
  return table;
}

Result<LoadTable> existing_table(const Context& context, Link& link, const Place& place,
                                 const LoadTarget& target) {
  const std::string shown = escape_control(format_path(place.path));
  if (place.kind != Place::Kind::relation)
    return fail(Code::unsupported, shown + " is no table: rows are loaded into tables alone");
  DBOPS_ASSIGN(const Rows rows,
               link.ask(context, {.sql = kColumns, .parameters = {place.oids[0]}}));
  const std::string_view kind = rows.size() > 0 ? rows.text(0, 0) : "";
  if (kind != "r" && kind != "p" && kind != "f")
    return fail(Code::unsupported, shown + " is no table: rows are loaded into tables alone");
  LoadTable table{
      .plan = {.exists = true}, .name = quoted_path(place.path), .bare = place.path.back()};
  std::vector<std::string> names;
  for (int row = 0; row < rows.size(); ++row) names.push_back(rows.string(row, 1));
  for (const Column& column : target.columns) {
    const auto found = std::find(names.begin(), names.end(), column.name);
    if (found == names.end()) return fail(no_such_column(column.name, names));
    const int row = static_cast<int>(found - names.begin());
    if (rows.boolean(row, 3))
      return fail(Code::invalid_argument, "the column " + escape_control(column.name) +
                                              " is generated: no values can be put there");
    table.plan.fields.push_back({column.name, rows.string(row, 2)});
  }
  return table;
}

Result<LoadTable> find_table(const Context& context, Core& core, const LoadTarget& target) {
  if (target.path.empty() || target.path.size() > 2)
    return fail(Code::invalid_argument, "the path must name a table",
                "write it as table or schema.table");
  if (!target.key.empty())
    return fail(Code::invalid_argument, "a table has keys of its own: none can be given");
  if (target.replace)
    return fail(Code::unsupported, "a load only adds rows to a table, and replaces none",
                "load into a table of its own, then execute INSERT ... ON CONFLICT ... DO UPDATE");
  DBOPS_TRY(check_columns(target.columns, true));
  if (core.ruling().restricts())
    return fail(Code::forbidden,
                "refused by the policy of this connection: under rules of tables or columns "
                "PostgreSQL is only read",
                "a load needs a connection without such rules");
  DBOPS_TRY(core.make_ready(context));
  const auto places = find_places(context, core.link(), {target.path});
  if (places) return existing_table(context, core.link(), places->front(), target);
  if (places.error().code != Code::not_found || !target.create) return fail(places.error());
  return new_table(target);
}

}  // namespace

Result<LoadPlan> PostgresLoader::plan(const Context& context, const LoadTarget& target) {
  DBOPS_ASSIGN(LoadTable table, find_table(context, core_, target));
  return std::move(table.plan);
}

Result<std::unique_ptr<Load>> PostgresLoader::start(const Context& context,
                                                    const LoadTarget& target) {
  DBOPS_ASSIGN(const LoadTable table, find_table(context, core_, target));
  if (core_.tier() == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  if (!table.plan.exists) {
    Link& link = core_.link();
    core_.soil();
    DBOPS_TRY(link.command(context, core_.begin_command(Mode::write)));
    auto made = link.command(context, table.plan.creates);
    if (made) made = link.command(context, "COMMIT");
    if (!made) {
      if (!link.broken() && !link.command(context, "ROLLBACK")) link.break_off();
      return fail(std::move(made).error());
    }
  }
  return copy_load(core_, target, table);
}

}  // namespace dbops::postgres

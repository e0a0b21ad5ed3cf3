#include "connectors/timescaledb/target.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"

namespace dbops::timescaledb {
namespace {

// The first dimension of a hypertable, or of the one that keeps a continuous aggregate.
constexpr const char* kTime = R"sql(
SELECT d.column_name, d.column_type::text, d.time_interval IS NULL
FROM timescaledb_information.dimensions d
LEFT JOIN timescaledb_information.continuous_aggregates v
  ON v.materialization_hypertable_schema = d.hypertable_schema
 AND v.materialization_hypertable_name = d.hypertable_name
WHERE coalesce(v.view_schema, d.hypertable_schema) = $1::text
  AND coalesce(v.view_name, d.hypertable_name) = $2::text
ORDER BY d.dimension_number LIMIT 1)sql";

// "2026-01-31 ..." rather than "30 days".
bool is_date(std::string_view text) {
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  return text.size() >= 10 && digit(0) && digit(1) && digit(2) && digit(3) && text[4] == '-';
}

}  // namespace

Result<Target> find_table(const Context& context, TimescaleSession& session,
                          const Arguments& arguments) {
  Target target;
  DBOPS_ASSIGN(target.edition, session.edition(context));
  DBOPS_TRY(need_extension(*target.edition));
  DBOPS_ASSIGN(target.place,
               postgres::find_relation(context, session.core(), arguments.text("table")));
  const Dialect& dialect = postgres::dialect();
  target.relation = dialect.quote(target.place.path[0]) + '.' + dialect.quote(target.place.path[1]);
  return target;
}

Result<Target> find_target(const Context& context, TimescaleSession& session,
                           const Arguments& arguments) {
  DBOPS_ASSIGN(Target target, find_table(context, session, arguments));
  const auto& path = target.place.path;
  DBOPS_ASSIGN(
      const postgres::Rows rows,
      session.core().link().ask(context, {.sql = kTime, .parameters = {path[0], path[1]}}));
  if (rows.size() == 0)
    return fail(Code::invalid_argument,
                escape_control(format_path(path)) + " is no hypertable and no continuous aggregate",
                "the operation hypertables lists those there are; create_hypertable makes one");
  target.time = {rows.string(0, 0), rows.string(0, 1), rows.boolean(0, 2)};
  return target;
}

namespace {

// All rows of a stream are read, the first of them kept.
Result<std::unique_ptr<Table>> read_table(const Context& context, Stream& stream) {
  auto table = std::make_unique<Table>(stream.schema());
  Batch batch;
  int64_t rows = 0;
  for (;;) {
    DBOPS_ASSIGN(const bool more, stream.next(context, batch));
    if (!more) break;
    for (size_t i = 0; i < batch.rows(); ++i)
      if (++rows <= kRowsMax) table->add(batch.row(i));
  }
  Summary summary = stream.summary();
  summary.affected = std::nullopt;
  if (rows > kRowsMax)
    summary.warnings.push_back("only the first " + format_count(kRowsMax) + " of " +
                               format_count(rows) + " rows are shown");
  table->edit_summary() = std::move(summary);
  return table;
}

}  // namespace

Answer change(const Context& context, TimescaleSession& session, const std::string& sql, How how) {
  DBOPS_ASSIGN(Script script, postgres::dialect().parse(sql));
  if (how == How::alone) script.statements.front().transactional = false;
  const Mode mode = how == How::taken_back ? Mode::rehearse : Mode::write;
  const Parameters none;
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, none, mode));
  std::unique_ptr<Table> table;
  for (;;) {
    DBOPS_ASSIGN(Stream* const stream, results->next(context));
    if (stream == nullptr) break;
    DBOPS_ASSIGN(table, read_table(context, *stream));
  }
  auto& warnings = table->edit_summary().warnings;
  const char* const ran = how == How::taken_back ? "ran, and took back: " : "ran: ";
  warnings.insert(warnings.begin(), ran + escape_control(sql));
  return table;
}

Result<std::string> span_argument(const Arguments& arguments, std::string_view argument,
                                  std::string_view name, const TimeColumn& time) {
  if (!arguments.has(argument)) return std::string();
  DBOPS_ASSIGN(const std::string span, span_of(arguments.text(argument), time));
  return ", " + std::string(name) + " => " + span + (time.integer ? "::" + time.type : "");
}

Result<std::string> chunk_span(const Arguments& arguments, const TimeColumn& time) {
  std::string text;
  for (const std::string_view name : {"older_than", "newer_than"}) {
    if (!arguments.has(name)) continue;
    const std::string given = arguments.text(name);
    const bool point = is_date(given);
    DBOPS_ASSIGN(const std::string value, point ? point_of(given, time) : span_of(given, time));
    text.append(", ").append(name).append(" => ").append(value);
    if (time.integer) text += "::" + time.type;
  }
  return text;
}

}  // namespace dbops::timescaledb

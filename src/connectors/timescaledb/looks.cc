#include "connectors/timescaledb/looks.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"
#include "connectors/timescaledb/report_sql.h"

namespace dbops::timescaledb {
namespace {

constexpr size_t kConditionsMax = 32;  // of one series

struct Feature {
  std::string_view name;
  bool licensed;
};

constexpr auto kFeatures = std::to_array<Feature>({{"hypertables, chunks, time_bucket", false},
                                                   {"drop_chunks", false},
                                                   {"gap filling", true},
                                                   {"compression", true},
                                                   {"continuous aggregates", true},
                                                   {"retention and other policies", true},
                                                   {"jobs, one's own too", true},
                                                   {"moving and reordering chunks", true}});

// One condition of "equals": a name and a scalar.
Result<std::string> equal_to(std::string_view name, const boost::json::value& value) {
  const std::string column = postgres::dialect().quote(name);
  if (value.is_null()) return column + " IS NULL";
  if (value.is_string()) {
    const auto& text = value.get_string();
    return column + " = " + literal({text.data(), text.size()});
  }
  if (value.is_structured())
    return fail(Code::invalid_argument, "equals: \"" + escape_control(shorten(name, 64)) +
                                            "\" must be a text, a number, true, false or null");
  return column + " = " + boost::json::serialize(value);
}

Result<std::vector<std::string>> equals_of(const Arguments& arguments) {
  DBOPS_ASSIGN(const boost::json::value json, parse_json(arguments.object("equals")));
  const boost::json::object& given = json.as_object();
  if (given.size() > kConditionsMax)
    return fail(Code::too_large,
                "equals takes at most " + std::to_string(kConditionsMax) + " columns");
  std::vector<std::string> conditions;
  for (const auto& [name, value] : given) {
    DBOPS_ASSIGN(std::string condition, equal_to({name.data(), name.size()}, value));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Fill fill_of(const std::string& text) {
  if (text == "null") return Fill::null;
  if (text == "locf") return Fill::locf;
  return text == "interpolate" ? Fill::interpolate : Fill::none;
}

// A stream that says first which statement it came from.
class Shown final : public Stream {
 public:
  Shown(std::unique_ptr<Stream> rows, const std::string& sql)
      : rows_(std::move(rows)), note_("ran: " + escape_control(sql)) {
    summary_.warnings = {note_};
  }
  const Schema& schema() const override { return rows_->schema(); }
  Result<bool> next(const Context& context, Batch& batch) override {
    DBOPS_ASSIGN(const bool more, rows_->next(context, batch));
    if (!more) {
      summary_ = rows_->summary();
      summary_.warnings.insert(summary_.warnings.begin(), note_);
    }
    return more;
  }
  const Summary& summary() const override { return summary_; }

 private:
  std::unique_ptr<Stream> rows_;
  const std::string note_;
  Summary summary_;
};

}  // namespace

Answer report(const Context& context, Session& session, const postgres::Question& question) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_extension(*edition));
  return postgres::report(context, own(session).core(), question);
}

Answer run_or_show(const Context& context, TimescaleSession& session, const Arguments& arguments,
                   const std::string& sql) {
  DBOPS_ASSIGN(Script script, postgres::dialect().parse(sql));
  if (arguments.boolean("show")) {
    auto table = std::make_unique<Table>(Schema{{"statement", "text", Kind::text}});
    table->add({Value::view(Kind::text, sql)});
    return table;
  }
  DBOPS_ASSIGN(auto rows, postgres::read_rows(context, *session.queries(), std::move(script)));
  return std::make_unique<Shown>(std::move(rows), sql);
}

Answer features(const Context& context, Session& session, Arguments) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_extension(*edition));
  auto table = std::make_unique<Table>(Schema{{"feature", "text", Kind::text},
                                              {"available", "boolean", Kind::boolean},
                                              {"reason", "text", Kind::text}});
  const std::string here = "version " + edition->version + ", licence " + edition->license;
  for (const Feature& feature : kFeatures)
    table->add({Value::view(Kind::text, feature.name),
                Value::boolean(!feature.licensed || edition->licensed()),
                Value::view(Kind::text, here)});
  table->add(
      {Value::text("approximate percentiles, of the toolkit"),
       Value::boolean(!edition->toolkit.empty()),
       Value::text(edition->toolkit.empty() ? "the extension timescaledb_toolkit is not installed"
                                            : "the extension timescaledb_toolkit is installed")});
  return table;
}

Answer hypertables(const Context& context, Session& session, Arguments) {
  return report(context, session, {.sql = report_sql::kHypertables});
}

Answer candidates(const Context& context, Session& session, Arguments) {
  return report(context, session, {.sql = report_sql::kCandidates});
}

std::string with_each(std::string sql, const std::string& part) {
  for (size_t at = sql.find("{}"); at != std::string::npos; at = sql.find("{}", at + part.size()))
    sql.replace(at, 2, part);
  return sql;
}

std::string chunks_statement(const Target& target, const std::string& span) {
  return "SELECT c.chunk_schema AS schema, c.chunk_name AS name,"
         " coalesce(c.range_start::text, c.range_start_integer::text) AS range_start,"
         " coalesce(c.range_end::text, c.range_end_integer::text) AS range_end,"
         " c.is_compressed AS compressed, nullif(r.reltuples, -1)::int8 AS rows,"
         " pg_catalog.pg_total_relation_size(r.oid) AS bytes, c.chunk_tablespace AS tablespace"
         " FROM " +
         target.edition->schema + ".show_chunks(" + target.regclass() + span +
         ") AS s (id) JOIN pg_catalog.pg_class r ON r.oid = s.id"
         " JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace"
         " JOIN timescaledb_information.chunks c"
         " ON c.chunk_schema = n.nspname AND c.chunk_name = r.relname"
         " ORDER BY c.range_start, c.range_start_integer, 2 LIMIT " +
         std::to_string(kRowsMax);
}

Answer chunks(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const std::string span, chunk_span(arguments, target.time));
  const std::string sql = chunks_statement(target, span);
  return report(context, session, {.sql = sql.c_str()});
}

Answer aggregates(const Context& context, Session& session, Arguments) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_extension(*edition));
  const std::string sql = with_each(report_sql::kAggregates, edition->internals);
  return report(context, session, {.sql = sql.c_str()});
}

Answer jobs(const Context& context, Session& session, Arguments) {
  return report(context, session, {.sql = report_sql::kJobs});
}

namespace {

std::optional<std::string> job_of(const Arguments& arguments) {
  const auto given = arguments.integer("job");
  return given ? std::optional(std::to_string(*given)) : std::nullopt;
}

}  // namespace

Answer job_errors(const Context& context, Session& session, Arguments arguments) {
  return report(context, session,
                {.sql = report_sql::kJobErrors, .parameters = {job_of(arguments)}});
}

Answer job_history(const Context& context, Session& session, Arguments arguments) {
  return report(context, session,
                {.sql = report_sql::kJobHistory, .parameters = {job_of(arguments)}});
}

Answer compression(const Context& context, Session& session, Arguments) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_license(*edition, "compression"));
  return report(context, session, {.sql = report_sql::kCompression});
}

Result<Series> read_series(const Target& target, const Arguments& arguments) {
  Series series;
  series.relation = target.relation;
  series.schema = target.edition->schema;
  series.toolkit = target.edition->toolkit;
  series.time = target.time;
  if (arguments.has("time")) series.time.name = arguments.text("time");
  series.bucket = arguments.text("bucket");
  series.start = arguments.text("start");
  series.end = arguments.text("end");
  series.timezone = arguments.text("timezone");
  series.aggregates = arguments.texts("aggregates");
  series.group_by = arguments.texts("group_by");
  DBOPS_ASSIGN(series.conditions, equals_of(arguments));
  series.fill = fill_of(arguments.text("fill"));
  series.descending = arguments.text("order") == "descending";
  series.limit = arguments.integer("rows").value_or(0);
  return series;
}

Answer time_series(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const Series series, read_series(target, arguments));
  if (series.fill != Fill::none) DBOPS_TRY(need_license(*target.edition, "gap filling"));
  DBOPS_ASSIGN(const std::string sql, series_statement(series));
  return run_or_show(context, own(session), arguments, sql);
}

Answer gaps(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const Series series, read_series(target, arguments));
  DBOPS_ASSIGN(const std::string sql, gaps_statement(series, arguments.text("longer_than")));
  return run_or_show(context, own(session), arguments, sql);
}

}  // namespace dbops::timescaledb

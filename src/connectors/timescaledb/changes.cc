#include "connectors/timescaledb/changes.h"

#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"
#include "connectors/timescaledb/looks.h"

namespace dbops::timescaledb {
namespace {

// The target of an operation that the licence must cover.
Result<Target> licensed_target(const Context& context, Session& session, const Arguments& arguments,
                               std::string_view what) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_license(*edition, what));
  return find_target(context, own(session), arguments);
}

std::string call(const Target& target, std::string_view function, const std::string& more) {
  return target.edition->schema + '.' + std::string(function) + '(' + target.regclass() + more +
         ')';
}

tl::unexpected<Error> missing(std::string_view policy, std::string_view argument) {
  return fail(Code::invalid_argument,
              "a policy of " + std::string(policy) + " needs " + std::string(argument));
}

std::string table_of(const Arguments& arguments) { return escape_control(arguments.text("table")); }

// "chunks older than 30 days, newer than 60 days"
std::string span_text(const Arguments& arguments) {
  std::string text = "chunks";
  if (arguments.has("older_than"))
    text += " older than " + escape_control(arguments.text("older_than"));
  if (arguments.has("newer_than"))
    text += std::string(arguments.has("older_than") ? " and" : "") + " newer than " +
            escape_control(arguments.text("newer_than"));
  return text;
}

// "a", "b" desc: names of columns in a setting, which the server takes apart again.
std::string column_list(const std::vector<std::string>& columns, bool ordered) {
  constexpr std::string_view kDescending = " desc";
  std::string list;
  for (std::string_view column : columns) {
    const bool descending = ordered && lower(column).ends_with(kDescending);
    if (descending) column.remove_suffix(kDescending.size());
    list += list.empty() ? "" : ", ";
    list += postgres::dialect().quote(column);
    if (descending) list += kDescending;
  }
  return list;
}

Answer each_chunk(const Context& context, Session& session, const Arguments& arguments,
                  std::string_view function) {
  DBOPS_ASSIGN(const Target target, licensed_target(context, session, arguments, "compression"));
  DBOPS_ASSIGN(const std::string span, chunk_span(arguments, target.time));
  return change(context, own(session),
                "SELECT " + target.edition->schema + '.' + std::string(function) +
                    "(c, true)::text AS chunk FROM " + call(target, "show_chunks", span) +
                    " AS s (c)");
}

}  // namespace

namespace {

// The interval of the new hypertable's chunks; seven days unless given, as the extension has it.
Result<std::string> new_interval(const Arguments& arguments) {
  if (!arguments.has("interval")) return std::string("INTERVAL '7 days'");
  const std::string interval = arguments.text("interval");
  const bool counts = interval.find_first_not_of("0123456789") == std::string::npos;
  return span_of(interval, {.name = "the time", .type = "bigint", .integer = counts});
}

// What moving the rows would mean, without a change: a lock, and room for all rows twice.
Answer estimate(const Context& context, Session& session, const Target& target,
                const Arguments& arguments) {
  DBOPS_ASSIGN(const std::string interval, new_interval(arguments));
  const std::string time = postgres::dialect().quote(arguments.text("time"));
  const std::string sql =
      "SELECT pg_catalog.count(*) AS rows, pg_catalog.pg_total_relation_size(" + target.regclass() +
      ") AS bytes, pg_catalog.min(" + time + ") AS first, pg_catalog.max(" + time +
      ") AS last, pg_catalog.count(DISTINCT " + target.edition->schema + ".time_bucket(" +
      interval + ", " + time +
      ")) AS chunks, 'nobody reads or writes the table meanwhile; as much room is needed again'"
      " AS meanwhile FROM " +
      target.relation;
  DBOPS_TRY(own(session).core().make_ready(context));
  return postgres::report(context, own(session).core(), {.sql = sql.c_str()});
}

Result<void> need_span(const Arguments& arguments) {
  if (arguments.has("older_than") || arguments.has("newer_than")) return {};
  return fail(Code::invalid_argument, "which chunks are to be dropped was not said",
              "give older_than, newer_than, or both");
}

// "that is 3 chunks from ... to ..., 3.1 MB, about 27,361 rows"
Result<std::string> foresee_chunks(const Context& context, TimescaleSession& session,
                                   const Target& target, const Arguments& arguments) {
  DBOPS_ASSIGN(const std::string span, chunk_span(arguments, target.time));
  const std::string sql =
      "SELECT pg_catalog.count(*), pg_catalog.sum(rows)::int8, pg_catalog.sum(bytes)::int8,"
      " pg_catalog.count(rows) = pg_catalog.count(*), (pg_catalog.array_agg(range_start))[1],"
      " (pg_catalog.array_agg(range_end))[pg_catalog.count(*)::int4] FROM (" +
      chunks_statement(target, span) + ") AS chosen";
  DBOPS_TRY(session.core().make_ready(context));
  DBOPS_ASSIGN(const postgres::Rows found,
               session.core().link().ask(context, {.sql = sql.c_str()}));
  const int64_t count = found.integer(0, 0).value_or(0);
  if (count == 0) return std::string("that is no chunk now");
  const std::string rows = found.boolean(0, 3)
                               ? "about " + format_count(found.integer(0, 1).value_or(0)) + " rows"
                               : "rows that nobody has counted";
  return "that is " + std::string(count == kRowsMax ? "at least " : "") + format_count(count) +
         (count == 1 ? " chunk" : " chunks") + " from " + found.string(0, 4) + " to " +
         found.string(0, 5) + ", " +
         format_bytes(static_cast<uint64_t>(found.integer(0, 2).value_or(0))) + ", " + rows;
}

}  // namespace

std::string create_hypertable_danger(const Arguments& arguments) {
  if (!arguments.boolean("migrate_data") || arguments.boolean("dry_run")) return {};
  return "the rows of " + table_of(arguments) +
         " are moved into chunks, and the table is locked meanwhile";
}

Answer create_hypertable(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_table(context, own(session), arguments));
  if (arguments.boolean("dry_run")) return estimate(context, session, target, arguments);
  std::string more = ", " + literal(arguments.text("time"));
  if (arguments.has("interval")) {
    DBOPS_ASSIGN(const std::string span, new_interval(arguments));
    more += ", chunk_time_interval => " + span;
  }
  if (arguments.has("space"))
    more += ", partitioning_column => " + literal(arguments.text("space")) +
            ", number_partitions => " + std::to_string(arguments.integer("partitions").value_or(4));
  if (arguments.boolean("migrate_data")) more += ", migrate_data => true";
  return change(context, own(session), "SELECT * FROM " + call(target, "create_hypertable", more));
}

Answer set_chunk_interval(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const std::string span, span_of(arguments.text("interval"), target.time));
  return change(context, own(session),
                "SELECT " + call(target, "set_chunk_time_interval", ", " + span));
}

std::string drop_chunks_danger(const Arguments& arguments) {
  if (arguments.boolean("dry_run")) return {};
  return span_text(arguments) + " of " + table_of(arguments) + " are dropped with all their rows";
}

Result<std::string> foresee_drop(const Context& context, Session& session,
                                 const Arguments& arguments) {
  DBOPS_TRY(need_span(arguments));
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  return foresee_chunks(context, own(session), target, arguments);
}

Answer drop_chunks(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(need_span(arguments));
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const std::string span, chunk_span(arguments, target.time));
  if (arguments.boolean("dry_run")) {
    const std::string sql = chunks_statement(target, span);
    DBOPS_TRY(own(session).core().make_ready(context));
    return postgres::report(context, own(session).core(), {.sql = sql.c_str()});
  }
  return change(context, own(session), "SELECT " + call(target, "drop_chunks", span) + " AS chunk");
}

std::string compression_settings(const Arguments& arguments) {
  std::string settings;
  if (arguments.has("segment_by"))
    settings += ", timescaledb.compress_segmentby = " +
                literal(column_list(arguments.texts("segment_by"), false));
  if (arguments.has("order_by"))
    settings += ", timescaledb.compress_orderby = " +
                literal(column_list(arguments.texts("order_by"), true));
  return settings;
}

Answer enable_compression(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, licensed_target(context, session, arguments, "compression"));
  return change(context, own(session),
                "ALTER TABLE " + target.relation + " SET (timescaledb.compress" +
                    compression_settings(arguments) + ')');
}

Answer compress_chunks(const Context& context, Session& session, Arguments arguments) {
  return each_chunk(context, session, arguments, "compress_chunk");
}

std::string decompress_danger(const Arguments& arguments) {
  return span_text(arguments) + " of " + table_of(arguments) +
         " are decompressed: they take several times their room on disk";
}

Result<std::string> foresee_decompress(const Context& context, Session& session,
                                       const Arguments& arguments) {
  DBOPS_ASSIGN(const Target target, licensed_target(context, session, arguments, "compression"));
  return foresee_chunks(context, own(session), target, arguments);
}

Answer decompress_chunks(const Context& context, Session& session, Arguments arguments) {
  return each_chunk(context, session, arguments, "decompress_chunk");
}

Answer create_aggregate(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target,
               licensed_target(context, session, arguments, "a continuous aggregate"));
  DBOPS_ASSIGN(const Series series, read_series(target, arguments));
  DBOPS_ASSIGN(const std::string definition, aggregate_definition(series));
  DBOPS_ASSIGN(const auto path, parse_path(arguments.text("view")));
  std::string view;
  for (const std::string& part : path)
    view += (view.empty() ? "" : ".") + postgres::dialect().quote(part);
  const bool real_time = arguments.boolean("real_time");
  return change(context, own(session),
                "CREATE MATERIALIZED VIEW " + view + " WITH (timescaledb.continuous, " +
                    "timescaledb.materialized_only = " + (real_time ? "false" : "true") + ") AS " +
                    definition + " WITH NO DATA");
}

Answer refresh_aggregate(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target,
               licensed_target(context, session, arguments, "a continuous aggregate"));
  std::string window;
  for (const std::string_view end : {"start", "end"}) {
    std::string point = "NULL";
    if (arguments.has(end)) {
      DBOPS_ASSIGN(point, point_of(arguments.text(end), target.time));
    }
    window += ", " + point;
  }
  return change(context, own(session),
                "CALL " + call(target, "refresh_continuous_aggregate", window));
}

Answer set_real_time(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target,
               licensed_target(context, session, arguments, "a continuous aggregate"));
  return change(context, own(session),
                "ALTER MATERIALIZED VIEW " + target.relation +
                    " SET (timescaledb.materialized_only = " +
                    (arguments.boolean("real_time") ? "false)" : "true)"));
}

std::string add_policy_danger(const Arguments& arguments) {
  if (arguments.text("policy") != "retention") return {};
  return "from now on chunks of " + table_of(arguments) + " older than " +
         escape_control(arguments.text("after")) + " are dropped by themselves";
}

Answer add_policy(const Context& context, Session& session, Arguments arguments) {
  const std::string policy = arguments.text("policy");
  DBOPS_ASSIGN(const Target target, licensed_target(context, session, arguments, "a policy"));
  const TimeColumn interval = {.name = "every", .type = "interval"};
  std::string function = "add_" + policy + "_policy";
  std::string more;
  if (policy == "refresh") {
    function = "add_continuous_aggregate_policy";
    if (!arguments.has("every")) return missing(policy, "every");
    for (const auto& [argument, name] :
         {std::pair("from", "start_offset"), {"until", "end_offset"}}) {
      DBOPS_ASSIGN(const std::string span, span_argument(arguments, argument, name, target.time));
      more += span.empty() ? ", " + std::string(name) + " => NULL" : span;
    }
  } else {
    if (!arguments.has("after")) return missing(policy, "after");
    DBOPS_ASSIGN(
        const std::string span,
        span_argument(arguments, "after", policy == "retention" ? "drop_after" : "compress_after",
                      target.time));
    more += span;
  }
  DBOPS_ASSIGN(const std::string every,
               span_argument(arguments, "every", "schedule_interval", interval));
  return change(context, own(session),
                "SELECT " + call(target, function, more + every) + " AS job");
}

Answer remove_policy(const Context& context, Session& session, Arguments arguments) {
  const std::string policy = arguments.text("policy");
  DBOPS_ASSIGN(const Target target, licensed_target(context, session, arguments, "a policy"));
  const std::string function =
      policy == "refresh" ? "remove_continuous_aggregate_policy" : "remove_" + policy + "_policy";
  return change(context, own(session), "SELECT " + call(target, function, ""));
}

}  // namespace dbops::timescaledb

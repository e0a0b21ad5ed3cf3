#include "connectors/timescaledb/advice.h"

#include "base/bytes.h"
#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"
#include "connectors/timescaledb/advice_sql.h"
#include "connectors/timescaledb/changes.h"
#include "connectors/timescaledb/looks.h"

namespace dbops::timescaledb {
namespace {

std::string list_chunks(const Target& target, const std::string& span = {}) {
  return target.edition->schema + ".show_chunks(" + target.regclass() + span + ')';
}

// A chunk that stands for the others.
struct Sample {
  std::string chunk;   // As it must be written.
  std::string length;  // Of its range, as a chunk interval.
  std::string bytes;
  std::string all_bytes;  // Of all chunks that are not compressed.
};

Result<Sample> find_sample(const Context& context, Session& session, const Target& target) {
  const auto& path = target.place.path;
  DBOPS_ASSIGN(const postgres::Rows rows,
               own(session).core().link().ask(
                   context, {.sql = advice_sql::kTrialChunk,
                             .parameters = {path[0], path[1], std::to_string(kTrialBytesMax)}}));
  if (rows.size() == 0)
    return fail(Code::invalid_argument,
                escape_control(format_path(path)) + " has no chunk that is not compressed",
                "the operation compression shows what those that are have gained");
  if (rows.integer(0, 3).value_or(0) > kTrialBytesMax)
    return fail(Code::too_large,
                "no chunk of " + escape_control(format_path(path)) + " is smaller than " +
                    format_bytes(kTrialBytesMax) + ", which is the most that a trial copies",
                "compress_chunks on one old chunk, then the operation compression");
  return Sample{
      .chunk = rows.string(0, 0),
      .length = rows.boolean(0, 2) ? rows.string(0, 1) : "INTERVAL " + literal(rows.string(0, 1)),
      .bytes = rows.string(0, 3),
      .all_bytes = rows.string(0, 4)};
}

// What is measured: the copy has no indexes but that of its time, so what the chunk itself takes is
// asked of the chunk.
std::string measure(const std::string& copy, const Sample& sample) {
  return "SELECT " + literal(sample.chunk) + " AS chunk, rows, " + sample.bytes +
         " AS bytes_before, after::int8 AS bytes_after, pg_catalog.round(" + sample.bytes +
         " / nullif(after, 0), 1) AS ratio, pg_catalog.round(rows / nullif(batches, 0), 1)"
         " AS rows_a_batch, " +
         sample.all_bytes + " AS table_before, pg_catalog.round(" + sample.all_bytes +
         " * after / " + sample.bytes +
         ")::int8 AS table_after FROM (SELECT"
         " pg_catalog.sum(s.compressed_heap_size + s.compressed_toast_size"
         " + s.compressed_index_size) AS after, pg_catalog.sum(s.numrows_pre_compression)::int8 AS "
         "rows,"
         " pg_catalog.sum(s.numrows_post_compression) AS batches"
         " FROM _timescaledb_catalog.compression_chunk_size s"
         " JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id"
         " JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id"
         " WHERE pg_catalog.format('%I.%I', h.schema_name, h.table_name) = " +
         literal(copy) + ") t";
}

std::string trial(const Target& target, const Sample& sample, const std::string& settings) {
  const Dialect& dialect = postgres::dialect();
  const std::string copy =
      dialect.quote(target.place.path[0]) + '.' + dialect.quote("dbops_trial_" + random_name());
  const std::string functions = target.edition->schema + '.';
  const std::string table = literal(copy) + "::regclass";
  return "CREATE TABLE " + copy + " (LIKE " + target.relation + ");\nSELECT " + functions +
         "create_hypertable(" + table + ", " + literal(target.time.name) +
         ", chunk_time_interval => " + sample.length + ");\nINSERT INTO " + copy +
         " SELECT * FROM " + sample.chunk + ";\nALTER TABLE " + copy +
         " SET (timescaledb.compress" + settings + ");\nSELECT " + functions +
         "compress_chunk(c) FROM " + functions + "show_chunks(" + table + ") AS s (c);\n" +
         measure(copy, sample);
}

}  // namespace

Answer chunk_health(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const std::string span, chunk_span(arguments, target.time));
  const std::string sql = with_each(advice_sql::kHealth, list_chunks(target, span));
  return report(context, session, {.sql = sql.c_str()});
}

Answer chunk_intervals(const Context& context, Session& session, Arguments) {
  return report(context, session, {.sql = advice_sql::kIntervals});
}

Answer compression_advice(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  const std::string sql = with_each(advice_sql::kColumns, list_chunks(target));
  return report(context, session,
                {.sql = sql.c_str(), .parameters = {target.relation, target.time.name}});
}

Answer try_compression(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_license(*edition, "compression"));
  DBOPS_ASSIGN(const Target target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(const Sample sample, find_sample(context, session, target));
  return change(context, own(session), trial(target, sample, compression_settings(arguments)),
                How::taken_back);
}

}  // namespace dbops::timescaledb

#include "connectors/timescaledb/explainer.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "connectors/timescaledb/session.h"

namespace dbops::timescaledb {
namespace {

namespace json = boost::json;

// What a plan says of chunks; it names them, but not their hypertables.
struct Chunks {
  std::set<std::string> read;
  std::set<std::string> never_executed;  // Excluded as the plan ran.
  std::set<std::string> decompressed;
  int64_t thrown_away = 0;  // Rows that were decompressed in vain, where the plan was run.
};

std::string text(const json::object& node, const char* key) {
  const json::value* value = node.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool never_ran(const json::object& node) {
  const json::value* loops = node.if_contains("Actual Loops");
  return loops && loops->is_int64() && loops->get_int64() == 0;
}

// REQUIRES: nested no deeper than parse_json() lets through.
void look(const json::object& node, Chunks& chunks) {
  if (std::string name = text(node, "Relation Name"); !name.empty())
    (never_ran(node) ? chunks.never_executed : chunks.read).insert(std::move(name));
  const std::string provider = text(node, "Custom Plan Provider");
  if ((provider == "DecompressChunk" || provider == "ColumnarScan") && !never_ran(node)) {
    chunks.decompressed.insert(text(node, "Relation Name"));
    if (const json::value* removed = node.if_contains("Rows Removed by Filter"))
      chunks.thrown_away += removed->to_number<int64_t>();
  }
  const json::value* plans = node.if_contains("Plans");
  if (!plans || !plans->is_array()) return;
  for (const json::value& plan : plans->get_array())
    if (plan.is_object()) look(plan.get_object(), chunks);
}

Chunks chunks_of(const std::string& plan) {
  Chunks chunks;
  const auto parsed = parse_json(plan);
  if (!parsed || !parsed->is_array() || parsed->get_array().empty()) return chunks;
  const json::object* first = parsed->get_array()[0].if_object();
  const json::value* root = first ? first->if_contains("Plan") : nullptr;
  if (root && root->is_object()) look(root->get_object(), chunks);
  return chunks;
}

// For each hypertable that has one of the chunks: its path, how many it has, how many of those
// named are its, and the column of its time.
constexpr const char* kHypertables = R"sql(
SELECT h.hypertable_schema || '.' || h.hypertable_name, h.num_chunks, pg_catalog.count(*),
       pg_catalog.min(c.primary_dimension::text)
FROM timescaledb_information.chunks c
JOIN timescaledb_information.hypertables h USING (hypertable_schema, hypertable_name)
WHERE c.chunk_name = ANY ($1::text[])
GROUP BY 1, 2 ORDER BY 1)sql";

Finding exclusion(const postgres::Rows& rows, int row) {
  const int64_t all = rows.integer(row, 1).value_or(0);
  const int64_t read = rows.integer(row, 2).value_or(0);
  Finding finding{Severity::info, "chunks", escape_control(rows.text(row, 0)), {}, {}};
  finding.message = "reads " + format_count(read) + " of " + format_count(all) + " chunks, " +
                    format_count(all - read) + " excluded";
  if (read == all && all > kChunksMany) {
    finding.severity = Severity::warning;
    finding.hint = "a condition on " + escape_control(rows.text(row, 3)) +
                   " itself, compared with a constant, a parameter or now(), excludes chunks";
  }
  return finding;
}

// Of the chunks that are named: rows, bytes compressed, and bytes that they were before.
constexpr const char* kDecompressed = R"sql(
SELECT pg_catalog.sum(s.numrows_pre_compression)::int8,
       pg_catalog.sum(s.compressed_heap_size + s.compressed_toast_size)::int8,
       pg_catalog.sum(s.uncompressed_heap_size + s.uncompressed_toast_size)::int8
FROM _timescaledb_catalog.compression_chunk_size s
JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id
WHERE c.table_name = ANY ($1::text[]))sql";

Result<Finding> decompression(const Context& context, TimescaleSession& session,
                              const Chunks& chunks) {
  const std::vector<std::string> names(chunks.decompressed.begin(), chunks.decompressed.end());
  DBOPS_ASSIGN(
      const postgres::Rows rows,
      session.core().link().ask(
          context, {.sql = kDecompressed, .parameters = {postgres::array_literal(names)}}));
  Finding finding{Severity::info, "chunks", {}, {}, {}};
  finding.message = format_count(static_cast<int64_t>(names.size())) + " chunks are decompressed";
  if (const auto all = rows.integer(0, 0)) {
    finding.message += ": up to " + format_count(*all) + " rows, " +
                       format_bytes(static_cast<uint64_t>(rows.integer(0, 1).value_or(0))) +
                       " that unpack to " +
                       format_bytes(static_cast<uint64_t>(rows.integer(0, 2).value_or(0)));
    if (chunks.thrown_away > 0)
      finding.message += "; " + format_count(chunks.thrown_away) + " rows were thrown away";
    if (2 * chunks.thrown_away > *all) finding.severity = Severity::warning;
  }
  finding.hint = "conditions on the columns of compress_segmentby spare decompressing";
  return finding;
}

}  // namespace

Result<Explainer::Plan> TimescaleExplainer::explain(const Context& context, const Script& script,
                                                    const Parameters& parameters, bool analyze,
                                                    Mode mode) {
  DBOPS_ASSIGN(Plan plan, below_.explain(context, script, parameters, analyze, mode));
  DBOPS_ASSIGN(const Edition* const edition, session_.edition(context));
  if (!edition->installed()) return plan;
  const Chunks chunks = chunks_of(plan.json);
  if (chunks.read.empty()) return plan;
  const std::vector<std::string> names(chunks.read.begin(), chunks.read.end());
  DBOPS_ASSIGN(const postgres::Rows rows,
               session_.core().link().ask(
                   context, {.sql = kHypertables, .parameters = {postgres::array_literal(names)}}));
  for (int row = 0; row < rows.size(); ++row) plan.findings.push_back(exclusion(rows, row));
  if (!chunks.never_executed.empty() && rows.size() > 0)
    plan.findings.push_back({Severity::info,
                             "chunks",
                             {},
                             format_count(static_cast<int64_t>(chunks.never_executed.size())) +
                                 " more were in the plan and never read",
                             {}});
  if (!chunks.decompressed.empty()) {
    DBOPS_ASSIGN(Finding finding, decompression(context, session_, chunks));
    plan.findings.push_back(std::move(finding));
  }
  return plan;
}

}  // namespace dbops::timescaledb

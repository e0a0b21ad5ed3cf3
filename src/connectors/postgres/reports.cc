#include "connectors/postgres/reports.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "connectors/postgres/dialect.h"

namespace dbops::postgres {
namespace {

// Blocks and rows that the planner knows of, of all tables that a SELECT from this one reads.
constexpr const char* kSize = R"sql(
WITH RECURSIVE parts(oid) AS (
  SELECT $1::pg_catalog.oid
  UNION SELECT i.inhrelid FROM parts JOIN pg_catalog.pg_inherits i ON i.inhparent = parts.oid
)
SELECT coalesce(sum(c.relpages), 0)::pg_catalog.float8,
       coalesce(sum(greatest(c.reltuples, 0)), 0)::pg_catalog.float8
FROM parts JOIN pg_catalog.pg_class c ON c.oid = parts.oid WHERE c.relkind IN ('r', 'm'))sql";

// A stream with the script, parameters and results that it is read from.
class OwningStream final : public Stream {
 public:
  static Result<std::unique_ptr<Stream>> run(const Context& context, Queries& queries,
                                             Script script) {
    auto owner = std::unique_ptr<OwningStream>(new OwningStream(std::move(script)));
    DBOPS_ASSIGN(owner->results_,
                 queries.run(context, owner->script_, owner->parameters_, Mode::read));
    DBOPS_ASSIGN(owner->stream_, owner->results_->next(context));
    return owner;
  }

  const Schema& schema() const override { return stream_->schema(); }
  Result<bool> next(const Context& context, Batch& batch) override {
    return stream_->next(context, batch);
  }
  const Summary& summary() const override { return stream_->summary(); }

 private:
  explicit OwningStream(Script script) : script_(std::move(script)) {}
  const Script script_;
  const Parameters parameters_;
  std::unique_ptr<Results> results_;
  Stream* stream_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Stream>> read_rows(const Context& context, Queries& queries, Script script) {
  return OwningStream::run(context, queries, std::move(script));
}

Result<std::unique_ptr<Stream>> report(const Context& context, Core& core,
                                       const Question& question) {
  DBOPS_TRY(core.make_ready(context));
  DBOPS_ASSIGN(const Rows rows, core.link().ask(context, question));
  std::vector<Types::Key> keys;
  for (int column = 0; column < rows.columns(); ++column)
    keys.push_back({rows.type(column), rows.modifier(column)});
  DBOPS_ASSIGN(const auto types, core.types().resolve(context, core.link(), std::move(keys)));
  Schema schema;
  for (size_t i = 0; i < types.size(); ++i)
    schema.push_back({.name = rows.name(static_cast<int>(i)),
                      .type = types[i].name,
                      .kind = types[i].cell.kind});
  auto table = std::make_unique<Table>(std::move(schema));
  std::vector<Value> cells(types.size());
  Arena arena;
  for (int row = 0; row < rows.size(); ++row) {
    arena.reset();
    for (size_t i = 0; i < cells.size(); ++i) {
      const int column = static_cast<int>(i);
      cells[i] = rows.null(row, column)
                     ? Value()
                     : decode(types[i].cell, rows.text(row, column), core.trusted(), arena);
    }
    table->add(cells);
  }
  if (rows.size() >= kReportRowsMax)
    table->edit_summary().warnings.push_back("only the first " + format_count(rows.size()) +
                                             " are shown");
  return table;
}

Result<Place> find_relation(const Context& context, Core& core, const std::string& path) {
  DBOPS_ASSIGN(const auto parts, parse_path(path));
  DBOPS_TRY(core.make_ready(context));
  DBOPS_ASSIGN(auto places, find_places(context, core.link(), {parts}));
  Place& place = places.front();
  if (place.kind != Place::Kind::relation || place.path.size() != 2)
    return fail(Code::invalid_argument,
                escape_control(format_path(parts)) + " is no table or view");
  return std::move(place);
}

Result<std::unique_ptr<Stream>> sample(const Context& context, Core& core, PostgresQueries& queries,
                                       const std::string& path, int64_t rows) {
  // Blocks are drawn, so that a large table is not read whole: so many that there are rows among
  // them however few are wanted, and several times as many rows as are wanted, for blocks are
  // filled unevenly.
  constexpr double kBlocks = 10;
  constexpr double kSpare = 3;
  constexpr double kWorthIt = 50;  // percent
  DBOPS_ASSIGN(const Place place, find_relation(context, core, path));
  DBOPS_ASSIGN(const Rows about,
               core.link().ask(context, {.sql = kSize, .parameters = {place.oids[0]}}));
  const double blocks = about.size() == 1 ? about.real(0, 0) : 0;
  const double all = about.size() == 1 ? about.real(0, 1) : 0;
  const double share = 100 * (kBlocks / std::max(blocks, 1.0) +
                              kSpare * static_cast<double>(rows) / std::max(all, 1.0));
  const std::string table =
      "SELECT * FROM " + dialect().quote(place.path[0]) + '.' + dialect().quote(place.path[1]);
  const std::string limit = " LIMIT " + std::to_string(rows);
  std::string sql = table + limit;
  // The table itself where the blocks that were drawn have no rows, as after a large DELETE.
  if (share < kWorthIt)
    sql = "WITH drawn AS (" + table + " TABLESAMPLE SYSTEM (" +
          std::to_string(std::max(share, 0.001)) + ") ORDER BY pg_catalog.random()" + limit +
          ") SELECT * FROM drawn UNION ALL (" + table + " WHERE NOT EXISTS (SELECT FROM drawn)" +
          limit + ')';
  DBOPS_ASSIGN(Script script, dialect().parse(sql));
  return read_rows(context, queries, std::move(script));
}

}  // namespace dbops::postgres

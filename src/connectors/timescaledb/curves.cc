#include "connectors/timescaledb/curves.h"

#include <charconv>

#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/reports.h"
#include "connectors/timescaledb/analysis.h"
#include "connectors/timescaledb/looks.h"
#include "connectors/timescaledb/lttb.h"

namespace dbops::timescaledb {
namespace {

constexpr double kThreshold = 3.5;  // robust deviations (Iglewicz and Hoaglin, 1993)
constexpr int64_t kPoints = 500;

struct Asked {
  Target target;
  Series series;
};

Result<Asked> read_asked(const Context& context, Session& session, const Arguments& arguments) {
  Asked asked;
  DBOPS_ASSIGN(asked.target, find_target(context, own(session), arguments));
  DBOPS_ASSIGN(asked.series, read_series(asked.target, arguments));
  return asked;
}

Result<double> read_threshold(const Arguments& arguments) {
  if (!arguments.has("threshold")) return kThreshold;
  const std::string text = arguments.text("threshold");
  double threshold = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threshold);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(Code::invalid_argument, "the threshold must be a number, such as 3.5");
  return threshold;
}

// The number of a cell that the statement made a double, or an integer.
double number_of(const Value& cell) {
  return cell.kind() == Kind::integer ? static_cast<double>(cell.as_integer()) : cell.as_real();
}

Value time_cell(Kind kind, const std::string& label) {
  if (kind != Kind::integer) return Value::view(kind, label);
  int64_t number = 0;
  std::from_chars(label.data(), label.data() + label.size(), number);
  return Value::integer(number);
}

// Chooses among the rows of points_statement().
Result<std::vector<Point>> reduce(const Context& context, Stream& rows, uint64_t points) {
  std::optional<Lttb> lttb;
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next(context, batch));
    if (!more) break;
    for (size_t i = 0; i < batch.rows(); ++i) {
      const auto row = batch.row(i);
      if (!lttb) lttb.emplace(static_cast<uint64_t>(row[3].as_integer()), points);
      lttb->add({number_of(row[1]), number_of(row[2]),
                 row[0].kind() == Kind::integer ? std::to_string(row[0].as_integer())
                                                : std::string(row[0].as_text())});
    }
  }
  return lttb ? lttb->finish() : std::vector<Point>();
}

}  // namespace

Answer late_rows(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Asked asked, read_asked(context, session, arguments));
  DBOPS_ASSIGN(const std::string sql, late_statement(asked.series, arguments.text("arrived"),
                                                     arguments.text("later_than")));
  return run_or_show(context, own(session), arguments, sql);
}

Answer cardinality(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Asked asked, read_asked(context, session, arguments));
  if (asked.series.group_by.empty())
    return fail(Code::invalid_argument, "group_by names no column",
                "give the columns that tell one series from another");
  DBOPS_ASSIGN(const std::string sql, cardinality_statement(asked.series));
  return run_or_show(context, own(session), arguments, sql);
}

Answer rate(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Asked asked, read_asked(context, session, arguments));
  DBOPS_ASSIGN(const std::string sql, rate_statement(asked.series, arguments.text("column"),
                                                     arguments.boolean("counter")));
  return run_or_show(context, own(session), arguments, sql);
}

Answer outliers(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(Asked asked, read_asked(context, session, arguments));
  if (asked.series.limit == 0) asked.series.limit = kOutliersMax;
  DBOPS_ASSIGN(const double threshold, read_threshold(arguments));
  DBOPS_ASSIGN(const std::string sql,
               outlier_statement(asked.series, arguments.text("column"), threshold));
  return run_or_show(context, own(session), arguments, sql);
}

Answer downsample(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const Asked asked, read_asked(context, session, arguments));
  DBOPS_ASSIGN(const std::string sql, points_statement(asked.series, arguments.text("column")));
  DBOPS_ASSIGN(auto rows, run_or_show(context, own(session), arguments, sql));
  if (arguments.boolean("show")) return rows;
  const Schema& schema = rows->schema();
  const Kind kind = schema[0].kind;
  auto table = std::make_unique<Table>(Schema{schema[0], schema[2]});
  DBOPS_ASSIGN(
      const std::vector<Point> points,
      reduce(context, *rows, static_cast<uint64_t>(arguments.integer("points").value_or(kPoints))));
  for (const Point& point : points)
    table->add({time_cell(kind, point.label), Value::real(point.y)});
  table->edit_summary() = rows->summary();
  return table;
}

}  // namespace dbops::timescaledb

#include "ops/metrics.h"

#include <algorithm>
#include <cstdio>

#include "ops/cursors.h"
#include "ops/tracing.h"
#include "ops/workspace.h"

namespace dbops::ops {
namespace {

constexpr std::string_view kOther = "other";

// 1500 -> "1.5": Prometheus counts in seconds.
std::string seconds(uint64_t milliseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", static_cast<double>(milliseconds) / 1000);
  return text;
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  out.append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view name, std::string_view labels, uint64_t value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(std::to_string(value)).append("\n");
}

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + label_value(value);
}

}  // namespace

std::string label_value(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

void Metrics::count(const AuditEntry& entry) {
  const std::string_view whole = entry.tool;
  const std::string_view tool = whole.substr(0, whole.find(' '));
  const std::string_view outcome =
      entry.error_code.empty() ? std::string_view("ok") : std::string_view(entry.error_code);
  const auto elapsed = static_cast<uint64_t>(std::max<int64_t>(entry.elapsed_ms, 0));
  const std::lock_guard lock(mutex_);
  auto series = calls_.find(Series<std::string_view>{tool, entry.connection, outcome});
  if (series == calls_.end()) {
    const bool room = calls_.size() < kSeriesMax;
    const Series<std::string_view> key{tool, room ? std::string_view(entry.connection) : kOther,
                                       room ? outcome : kOther};
    series = calls_
                 .try_emplace(Series<std::string>{
                     std::string(key.tool), std::string(key.connection), std::string(key.outcome)})
                 .first;
  }
  ++series->second;
  auto timed = elapsed_.find(tool);
  if (timed == elapsed_.end()) timed = elapsed_.try_emplace(std::string(tool)).first;
  const auto bucket = std::lower_bound(kBucketsMs.begin(), kBucketsMs.end(), elapsed);
  ++timed->second.buckets[static_cast<size_t>(bucket - kBucketsMs.begin())];
  timed->second.sum_ms += elapsed;
}

void Metrics::write(std::string& out) const {
  const std::lock_guard lock(mutex_);
  head(out, "dbops_calls_total", "counter",
       "Calls that have ended; outcome is ok or the error's code.");
  for (const auto& [series, count] : calls_)
    sample(out, "dbops_calls_total",
           label("tool", series.tool) + "," + label("connection", series.connection) + "," +
               label("outcome", series.outcome),
           count);
  constexpr std::string_view kName = "dbops_call_duration_seconds";
  head(out, kName, "histogram", "How long calls took.");
  for (const auto& [tool, histogram] : elapsed_) {
    uint64_t count = 0;
    for (size_t i = 0; i < histogram.buckets.size(); ++i) {
      count += histogram.buckets[i];
      const std::string bound = i < kBucketsMs.size() ? seconds(kBucketsMs[i]) : "+Inf";
      sample(out, std::string(kName) + "_bucket", label("tool", tool) + "," + label("le", bound),
             count);
    }
    out.append(kName).append("_sum{").append(label("tool", tool)).append("} ");
    out.append(seconds(histogram.sum_ms)).append("\n");
    sample(out, std::string(kName) + "_count", label("tool", tool), count);
  }
}

std::string metrics_text(Workspace& workspace) {
  std::string out;
  workspace.metrics().write(out);
  head(out, "dbops_pool_sessions", "gauge", "Sessions with a database.");
  for (const auto& connection : workspace.connections().all()) {
    const auto counts = connection->counts();
    const std::string labels = label("connection", connection->name()) + ",";
    sample(out, "dbops_pool_sessions", labels + label("state", "idle"), counts.idle);
    sample(out, "dbops_pool_sessions", labels + label("state", "busy"), counts.open - counts.idle);
  }
  head(out, "dbops_pool_waiting", "gauge", "Calls that wait for a session.");
  for (const auto& connection : workspace.connections().all())
    sample(out, "dbops_pool_waiting", label("connection", connection->name()),
           connection->counts().waiting);
  head(out, "dbops_held_results", "gauge", "Results held open behind a cursor.");
  sample(out, "dbops_held_results", {}, workspace.cursors().size());
  head(out, "dbops_audit_failures_total", "counter", "Lines the audit log could not take.");
  sample(out, "dbops_audit_failures_total", {},
         workspace.audit() != nullptr ? workspace.audit()->failures() : 0);
  const Tracing::Counts spans = workspace.tracing().counts();
  head(out, "dbops_trace_spans_total", "counter", "Spans, by what became of them.");
  sample(out, "dbops_trace_spans_total", label("outcome", "exported"), spans.exported);
  sample(out, "dbops_trace_spans_total", label("outcome", "rejected"), spans.rejected);
  sample(out, "dbops_trace_spans_total", label("outcome", "dropped"), spans.dropped);
  return out;
}

}  // namespace dbops::ops

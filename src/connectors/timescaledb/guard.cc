#include "connectors/timescaledb/guard.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "connectors/timescaledb/session.h"

namespace dbops::timescaledb {
namespace {

// Chunks are children by inheritance, so their pages are found by an index.
constexpr const char* kLarge = R"sql(
WITH large AS (
  SELECT h.hypertable_schema AS schema, h.hypertable_name AS name
  FROM timescaledb_information.hypertables h
  WHERE h.num_chunks >= $1::int8
     OR (SELECT pg_catalog.sum(c.relpages::int8) FROM pg_catalog.pg_inherits i
         JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = pg_catalog.format('%I.%I', h.hypertable_schema, h.hypertable_name)
                             ::pg_catalog.regclass)
        >= $2::int8 / pg_catalog.current_setting('block_size')::int8)
SELECT pg_catalog.lower(coalesce(v.view_name, l.name)) FROM large l
LEFT JOIN timescaledb_information.continuous_aggregates v
  ON (v.materialization_hypertable_schema, v.materialization_hypertable_name) = (l.schema, l.name)
LIMIT $3::int8)sql";

// Whether a plan ends after some rows without having read all: LIMIT over what does not collect.
bool ends_early(const std::string& plan) {
  constexpr auto kCollect =
      std::to_array<std::string_view>({"Aggregate", "Sort", "Incremental Sort", "WindowAgg"});
  const auto parsed = parse_json(plan);
  if (!parsed || !parsed->is_array() || parsed->get_array().empty()) return false;
  const boost::json::object* first = parsed->get_array()[0].if_object();
  const boost::json::value* root = first ? first->if_contains("Plan") : nullptr;
  if (!root || !root->is_object()) return false;
  const auto type = [](const boost::json::object& node) {
    const boost::json::value* value = node.if_contains("Node Type");
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  if (type(root->get_object()) != "Limit") return false;
  const boost::json::value* below = root->get_object().if_contains("Plans");
  if (!below || !below->is_array() || below->get_array().empty()) return true;
  const boost::json::object* child = below->get_array()[0].if_object();
  return child && std::find(kCollect.begin(), kCollect.end(), type(*child)) == kCollect.end();
}

// A stream with a word more in its summary.
class WarnedStream final : public Stream {
 public:
  WarnedStream(Stream& below, std::string warning) : below_(below), warning_(std::move(warning)) {
    summary_.warnings = {warning_};
  }
  const Schema& schema() const override { return below_.schema(); }
  Result<bool> next(const Context& context, Batch& batch) override {
    DBOPS_ASSIGN(const bool more, below_.next(context, batch));
    if (!more) {
      summary_ = below_.summary();
      summary_.warnings.insert(summary_.warnings.begin(), warning_);
    }
    return more;
  }
  const Summary& summary() const override { return summary_; }

 private:
  Stream& below_;
  const std::string warning_;
  Summary summary_;
};

// The results of one statement.
class WarnedResults final : public Results {
 public:
  WarnedResults(std::unique_ptr<Results> below, std::string warning)
      : below_(std::move(below)), warning_(std::move(warning)) {}
  Result<Stream*> next(const Context& context) override {
    DBOPS_ASSIGN(Stream* const stream, below_->next(context));
    if (stream == nullptr) return nullptr;
    stream_.emplace(*stream, warning_);
    return &*stream_;
  }

 private:
  std::unique_ptr<Results> below_;
  const std::string warning_;
  std::optional<WarnedStream> stream_;
};

}  // namespace

Result<ScanGuard> scan_guard_of(const ConnectionOptions& options) {
  ScanGuard guard = ScanGuard::warn;
  for (const auto& [name, value] : options.settings) {
    if (name != kScanGuard) continue;
    if (value == "off")
      guard = ScanGuard::off;
    else if (value == "refuse")
      guard = ScanGuard::refuse;
    else if (value != "warn")
      return fail(Code::invalid_config, "the setting \"scan_guard\" must be off, warn or refuse");
  }
  return guard;
}

Result<bool> GuardedQueries::names_large(const Context& context, const Script& script) {
  const auto now = std::chrono::steady_clock::now();
  if (!known_ || now - *known_ >= kGuardAge) {
    DBOPS_ASSIGN(const Edition* const edition, session_.edition(context));
    large_.clear();
    if (edition->installed()) {
      DBOPS_TRY(session_.core().make_ready(context));
      DBOPS_ASSIGN(
          const postgres::Rows rows,
          session_.core().link().ask(
              context, {.sql = kLarge,
                        .parameters = {std::to_string(kGuardChunks), std::to_string(kGuardBytes),
                                       std::to_string(kGuardedMax)}}));
      for (int row = 0; row < rows.size(); ++row) large_.insert(rows.string(row, 0));
    }
    known_ = now;
  }
  if (large_.empty()) return false;
  const std::string text = lower(script.statement_text(0));
  return std::any_of(large_.begin(), large_.end(),
                     [&](const std::string& name) { return text.find(name) != std::string::npos; });
}

// What is wrong with the plan; empty where nothing is, or where the statement has none: it then
// says itself why.
std::string GuardedQueries::find_scan(const Context& context, const Script& script,
                                      const Parameters& parameters) {
  const auto plan = session_.explainer()->explain(context, script, parameters, false, Mode::read);
  if (!plan || ends_early(plan->json)) return {};
  for (const Finding& finding : plan->findings)
    if (finding.area == "chunks" && finding.severity == Severity::warning)
      return "it " + finding.message.substr(0, finding.message.find(',')) + " of " +
             finding.subject + ": " + finding.hint;
  return {};
}

Result<std::unique_ptr<Results>> GuardedQueries::run(const Context& context, const Script& script,
                                                     const Parameters& parameters, Mode mode) {
  const bool looked_at =
      guard_ != ScanGuard::off && mode == Mode::read && script.statements.size() == 1 &&
      script.statements.front().verb == "SELECT" && script.statements.front().tier == Tier::read;
  if (!looked_at) return below_.run(context, script, parameters, mode);
  DBOPS_ASSIGN(const bool large, names_large(context, script));
  const std::string scan = large ? find_scan(context, script, parameters) : std::string();
  if (!scan.empty() && guard_ == ScanGuard::refuse)
    return fail(Code::forbidden, "refused: " + scan,
                "give a time, or a LIMIT; the setting scan_guard of this connection decides");
  DBOPS_ASSIGN(auto results, below_.run(context, script, parameters, mode));
  if (scan.empty()) return results;
  return std::make_unique<WarnedResults>(std::move(results), scan);
}

}  // namespace dbops::timescaledb

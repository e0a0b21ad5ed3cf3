#include "connectors/postgres/diagnostics.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::postgres {
namespace {

Severity severity_of(std::string_view word) {
  for (const Severity severity : {Severity::ok, Severity::warning, Severity::critical})
    if (word == name(severity)) return severity;
  return Severity::info;
}

void add_rows(const Rows& rows, std::string_view area, std::vector<Finding>& findings) {
  for (int row = 0; row < std::min(rows.size(), kCheckRowsMax); ++row)
    findings.push_back({severity_of(rows.text(row, 0)), std::string(area),
                        escape_control(rows.text(row, 1)), escape_control(rows.text(row, 2)),
                        rows.string(row, 3)});
}

// Why a question has no answer; an error that the caller must see ends the whole look.
Result<Finding> unanswered(const Check& check, Error error) {
  if (error.session_broken || error.code == Code::cancelled || error.code == Code::timeout)
    return fail(std::move(error));
  return Finding{Severity::info,
                 std::string(check.area),
                 {},
                 "a part could not be looked at: " + error.message,
                 std::string(check.needs)};
}

}  // namespace

PostgresDiagnostics::PostgresDiagnostics(Core& core, std::span<const Check> more)
    : core_(core), checks_(checks().begin(), checks().end()) {
  checks_.insert(checks_.end(), more.begin(), more.end());
}

std::vector<std::string> PostgresDiagnostics::areas() const {
  std::vector<std::string> areas;
  for (const Check& check : checks_)
    if (areas.empty() || areas.back() != check.area) areas.emplace_back(check.area);
  return areas;
}

Result<std::vector<Finding>> PostgresDiagnostics::diagnose(const Context& context,
                                                           std::string_view area) {
  const std::vector<std::string> all = areas();
  DBOPS_TRY(check_area("PostgreSQL", area, all));
  DBOPS_TRY(core_.make_ready(context));
  std::vector<Finding> findings;
  for (const std::string& each : all) {
    if (!area.empty() && area != each) continue;
    const size_t before = findings.size();
    for (const Check& check : checks_) {
      if (check.area != each || core_.version() < check.version_min) continue;
      auto rows = core_.link().ask(context, {.sql = check.sql});
      if (rows) {
        add_rows(*rows, each, findings);
        continue;
      }
      DBOPS_ASSIGN(Finding finding, unanswered(check, std::move(rows).error()));
      findings.push_back(std::move(finding));
    }
    if (findings.size() == before)
      findings.push_back({Severity::ok, each, {}, "nothing to complain of", {}});
  }
  return findings;
}

}  // namespace dbops::postgres

#include "connectors/elasticsearch/diagnose_upkeep.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kStuckShown = 20;         // indices whose lifecycle has stopped
constexpr size_t kDeprecationsShown = 20;  // beyond it they are counted
constexpr int64_t kExpiryWarnDays = 30;    // before a licence ends
constexpr int64_t kDayMillis = 86'400'000;

int64_t now_millis() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// {"operation_mode": "RUNNING"} of ILM or SLM. False where the server has no such thing.
Result<bool> look_at_mode(const Context& context, Link& link, const std::string& kind,
                          const std::string& path, Findings& out) {
  DBOPS_ASSIGN(const auto status, look(context, link, "lifecycles", path + "/status", out));
  if (!status) return false;
  const std::string mode = shown(status->json()["operation_mode"]);
  const bool runs = mode == "RUNNING";
  out.push_back({runs ? Severity::ok : Severity::warning, "lifecycles", kind,
                 mode.empty() ? "does not say whether it runs" : mode,
                 runs ? "" : "POST " + path + "/start lets it go on"});
  return true;
}

Result<void> look_at_stuck(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto stuck,
               look(context, link, "lifecycles", "/_all/_ilm/explain?only_errors=true", out));
  if (!stuck) return {};
  const auto indices = stuck->json()["indices"].members();
  for (size_t i = 0; i < std::min(indices.size(), kStuckShown); ++i) {
    const auto& [name, index] = indices[i];
    out.push_back({Severity::warning, "lifecycles", escape_control(name),
                   "the lifecycle " + shown(index["policy"]) + " stands in its phase " +
                       shown(index["phase"]) + ", step " + shown(index["failed_step"]) + ": " +
                       shown(index.at({"step_info", "reason"})),
                   "mend what the reason names; POST /" + escape_control(name) +
                       "/_ilm/retry tries it again"});
  }
  if (indices.size() > kStuckShown)
    out.push_back({Severity::warning,
                   "lifecycles",
                   {},
                   format_count(static_cast<int64_t>(indices.size() - kStuckShown)) +
                       " other indices stand still, too",
                   {}});
  return {};
}

Result<void> look_at_snapshots(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto policies, look(context, link, "lifecycles", "/_slm/policy", out));
  if (!policies) return {};
  for (const auto& [name, policy] : policies->json().members()) {
    const auto failed = policy.at({"last_failure", "time"}).integer();
    const auto done = policy.at({"last_success", "time"}).integer();
    if (!failed || (done && *done > *failed)) continue;
    out.push_back({Severity::warning, "lifecycles", escape_control(name),
                   "the last snapshot of this policy failed: " +
                       shown(policy.at({"last_failure", "details"})),
                   "the operation list_snapshots shows what its repository holds"});
  }
  return {};
}

// A list of {level, message, details}, or a list for each name.
void collect(const JsonView& value, const std::string& subject, std::vector<Finding>& found) {
  for (const auto& [name, of_name] : value.members())
    collect(of_name, escape_control(shorten(name, 200)), found);
  for (const JsonView& each : value.elements()) {
    const std::string level = each["level"].string();
    found.push_back({level == "critical"  ? Severity::critical
                     : level == "warning" ? Severity::warning
                                          : Severity::info,
                     "deprecations", subject, shown(each["message"]), shown(each["details"])});
  }
}

}  // namespace

Result<void> look_at_lifecycles(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const bool indices, look_at_mode(context, link, "indices", "/_ilm", out));
  if (!indices) return {};
  DBOPS_TRY(look_at_stuck(context, link, out));
  DBOPS_ASSIGN(const bool snapshots, look_at_mode(context, link, "snapshots", "/_slm", out));
  return snapshots ? look_at_snapshots(context, link, out) : Result<void>();
}

Result<void> look_at_licence(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto answer, look(context, link, "licence", "/_license", out));
  if (!answer) return {};
  const JsonView licence = answer->json()["license"];
  const std::string status = shown(licence["status"]);
  std::string words = shown(licence["type"]) + ", " + status;
  Severity severity = status == "active" ? Severity::ok : Severity::critical;
  if (const auto expires = licence["expiry_date_in_millis"].integer()) {
    const int64_t days = (*expires - now_millis()) / kDayMillis;
    words += days < 0 ? "; it has ended" : "; it ends in " + format_count(days) + " days";
    if (severity == Severity::ok && days < kExpiryWarnDays) severity = Severity::warning;
  }
  out.push_back({severity,
                 "licence",
                 {},
                 words,
                 severity == Severity::ok ? "" : "what it covers stops working when it ends"});
  return {};
}

Result<void> look_at_deprecations(const Context& context, Link& link, Findings& out) {
  DBOPS_ASSIGN(const auto answer,
               look(context, link, "deprecations", "/_migration/deprecations", out));
  if (!answer) return {};
  std::vector<Finding> found;
  for (const auto& [kind, value] : answer->json().members())
    collect(value, escape_control(shorten(kind, 200)), found);
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  if (found.empty())
    out.push_back({Severity::ok, "deprecations", {}, "nothing that the next version drops", {}});
  const size_t more = found.size() - std::min(found.size(), kDeprecationsShown);
  found.resize(found.size() - more);
  out.insert(out.end(), found.begin(), found.end());
  if (more > 0)
    out.push_back({Severity::info,
                   "deprecations",
                   {},
                   format_count(static_cast<int64_t>(more)) + " more",
                   "GET /_migration/deprecations"});
  return {};
}

}  // namespace dbops::elasticsearch

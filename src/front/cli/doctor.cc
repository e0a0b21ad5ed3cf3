// doctor: what is reachable, what is wrong, what to do.
#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "front/cli/commands.h"
#include "front/cli/findings.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "ops/inspect.h"

namespace dbops::cli {
namespace {

std::vector<Finding> check_installation(const Environment& environment,
                                        const Installation& installation) {
  std::vector<Finding> findings;
  if (installation.config_file.empty()) {
    findings.push_back({Severity::info, "config", "", "no dbops.toml was found",
                        "connections are named in a dbops.toml, or given as URLs"});
  } else {
    findings.push_back({Severity::ok, "config", "", installation.config_file, ""});
  }
  // Of a connection that can't be used the error below says the same.
  const auto said_below = [&](const std::string& warning) {
    return std::any_of(environment.unusable.begin(), environment.unusable.end(),
                       [&](const auto& status) { return status.error->message == warning; });
  };
  for (const std::string& warning : installation.warnings)
    if (!said_below(warning)) findings.push_back({Severity::warning, "config", "", warning, ""});
  for (const ops::ConnectionStatus& status : environment.unusable)
    findings.push_back(finding_of("config", *status.error));
  if (installation.audit_error) {
    findings.push_back(finding_of("audit", *installation.audit_error));
  } else if (installation.audit_file.empty()) {
    findings.push_back({Severity::info, "audit", "", "calls are not recorded",
                        "set [audit] enabled = true in dbops.toml"});
  } else {
    findings.push_back({Severity::ok, "audit", "", installation.audit_file, ""});
  }
  findings.insert(findings.end(), installation.serving.begin(), installation.serving.end());
  return findings;
}

std::vector<Finding> check_status(const ops::ConnectionStatus& status) {
  if (status.error) return {finding_of(status.name, *status.error)};
  if (!status.server) return {};
  const ServerInfo& server = *status.server;
  std::string text = server.product + " " + server.version;
  if (!server.database.empty()) text += ", database " + server.database;
  if (!server.user.empty()) text += ", user " + server.user;
  if (!server.transport.empty()) text += ", " + server.transport;
  text += ", tier " + std::string(name(status.tier)) + ", the server grants " +
          std::string(name(server.granted)) + ", " +
          (status.elapsed_ms == 0 ? "under 1 ms"
                                  : format_duration(std::chrono::milliseconds(status.elapsed_ms)));
  std::vector<Finding> findings = {{Severity::ok, status.name, status.engine, text, ""}};
  if (server.granted < status.tier)
    findings.push_back({Severity::warning, status.name, "tier",
                        "the configuration allows " + std::string(name(status.tier)) +
                            ", the server only " + std::string(name(server.granted)),
                        "grant more on the server, or lower the connection's tier"});
  for (const Finding& finding : server.findings) {
    findings.push_back(finding);
    findings.back().area = status.name;
    if (findings.back().subject.empty()) findings.back().subject = finding.area;
  }
  return findings;
}

Result<std::vector<ops::ConnectionStatus>> check(const Environment& environment,
                                                 const std::string& connection) {
  const Context context = local_context();
  if (connection.empty()) return ops::list_connections(environment.workspace, context, true);
  DBOPS_ASSIGN(auto status, ops::check_connection(environment.workspace, context, connection));
  return std::vector<ops::ConnectionStatus>{std::move(status)};
}

}  // namespace

int doctor(const Environment& environment, const Installation& installation,
           const DoctorOptions& options) {
  const auto statuses = check(environment, options.connection);
  if (!statuses) return report(environment, statuses.error());
  std::vector<Finding> findings = check_installation(environment, installation);
  bool unreachable = false;
  for (const ops::ConnectionStatus& status : *statuses) {
    unreachable = unreachable || status.error.has_value();
    for (Finding& finding : check_status(status)) findings.push_back(std::move(finding));
  }
  if (options.json) {
    std::string json;
    JsonWriter writer(json);
    findings_json(findings, writer);
    print_text(environment, json);
  } else {
    print_text(environment, findings_text(findings, environment.terminal.color_output));
  }
  const bool critical = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::critical;
  });
  if (unreachable) return kNoConnection;
  return critical ? kFailed : kOk;
}

}  // namespace dbops::cli

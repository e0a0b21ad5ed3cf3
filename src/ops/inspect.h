// The smaller looks at a connection: which there are, how a statement would run, what is wrong,
// what else it can do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ops/query.h"

namespace dbops::ops {

struct ConnectionStatus {
  std::string name;
  std::string engine;
  std::string url;  // Redacted.
  Tier tier = Tier::read;
  std::string policy;                // What holds beside the tier; empty: nothing.
  std::optional<ServerInfo> server;  // When it was checked and answered.
  std::optional<Error> error;        // When it was checked and did not.
  int64_t elapsed_ms = 0;
};
// `check`: connect to each, side by side, each within its connect timeout. Recorded in the audit
// log.
Result<std::vector<ConnectionStatus>> list_connections(Workspace& workspace, const Context& context,
                                                       bool check);
// One of them, always checked; Code::not_found.
Result<ConnectionStatus> check_connection(Workspace& workspace, const Context& context,
                                          const std::string& name);

// `analyze` runs the statement: a write needs the write tier then, and is rolled back. A plan alone
// runs nothing and may be asked for in any tier.
struct ExplainRequest {
  std::string connection;
  std::string statement;
  Parameters parameters = {};
  bool analyze = false;
};
// A plan that outgrows the connection's limit of bytes is cut, and a finding says so.
Result<Explainer::Plan> explain(Workspace& workspace, const Context& context,
                                ExplainRequest request);

inline constexpr size_t kFindingsMax = 100;  // of one area
// The worst first; beyond kFindingsMax of one area, a last one says how many are left out.
// Code::invalid_argument for an area the engine doesn't have, with those it has.
Result<std::vector<Finding>> diagnose(Workspace& workspace, const Context& context,
                                      const std::string& connection, const std::string& area);

// What a connection's engine declares; static storage. Recorded in the audit log. Code::not_found.
Result<std::span<const Operation>> operations(Workspace& workspace, const Context& context,
                                              const std::string& connection);

struct OperateRequest {
  std::string connection;
  std::string operation;
  std::string arguments = "{}";  // A JSON object.
  std::string confirm = {};
  bool confirmed = false;
  std::optional<uint64_t> limit = {};
};
// As execute(): nullopt when done.
Result<std::optional<Confirmation>> operate(Workspace& workspace, const Context& context,
                                            OperateRequest request, Sink& sink);

}  // namespace dbops::ops

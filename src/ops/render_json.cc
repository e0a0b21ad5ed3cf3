#include "ops/render.h"

namespace dbops::ops {
namespace {

void optional_text(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.member(name, text);
}

void findings_member(std::span<const Finding> findings, JsonWriter& out) {
  out.key("findings").begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().member("severity", name(finding.severity)).member("area", finding.area);
    optional_text(out, "subject", finding.subject);
    out.member("message", finding.message);
    optional_text(out, "hint", finding.hint);
    out.end_object();
  }
  out.end_array();
}

void server_member(const ServerInfo& server, JsonWriter& out) {
  out.key("server").begin_object();
  out.member("product", server.product).member("version", server.version);
  optional_text(out, "database", server.database);
  optional_text(out, "user", server.user);
  optional_text(out, "transport", server.transport);
  out.member("granted", name(server.granted));
  if (!server.findings.empty()) findings_member(server.findings, out);
  out.end_object();
}

void error_member(const Error& error, JsonWriter& out) {
  out.key("error").begin_object().member("code", name(error.code));
  out.member("message", error.message).member("retryable", error.retryable);
  out.member("effect", name(error.effect));
  optional_text(out, "hint", error.hint);
  optional_text(out, "native_code", error.native_code);
  out.end_object();
}

}  // namespace

void connections_json(std::span<const ConnectionStatus> connections, JsonWriter& out) {
  out.begin_object().key("connections").begin_array();
  for (const ConnectionStatus& one : connections) {
    out.begin_object().member("name", one.name).member("engine", one.engine);
    out.member("url", one.url).member("tier", name(one.tier));
    if (!one.policy.empty()) out.member("policy", one.policy);
    if (one.server) server_member(*one.server, out);
    if (one.error) error_member(*one.error, out);
    if (one.server || one.error) out.member("elapsed_ms", one.elapsed_ms);
    out.end_object();
  }
  out.end_array().end_object();
}

void plan_json(const Explainer::Plan& plan, JsonWriter& out) {
  out.begin_object().member("text", plan.text);
  if (!plan.json.empty()) out.key("plan").raw(plan.json);
  findings_member(plan.findings, out);
  out.end_object();
}

void findings_json(std::span<const Finding> findings, JsonWriter& out) {
  out.begin_object();
  findings_member(findings, out);
  out.end_object();
}

void operations_json(std::span<const Operation> operations, JsonWriter& out) {
  out.begin_object().key("operations").begin_array();
  for (const Operation& operation : operations) {
    out.begin_object().member("name", operation.name);
    out.member("description", operation.description).member("tier", name(operation.tier));
    out.member("confirm", operation.danger != nullptr).key("arguments");
    write_schema(operation.arguments, out);
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace dbops::ops

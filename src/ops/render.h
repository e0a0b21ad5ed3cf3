// The smaller answers as JSON objects for structured results, and as text for people and models.
// Members are in snake_case and absent where there is nothing to say; what servers say is escaped
// in the texts, of which every line is ended.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "ops/inspect.h"

namespace dbops::ops {

// {"connections": [{"name", "engine", "url", "tier", "server"?: {"product", "version", "database"?,
// "user"?, "transport"?, "granted", "findings"?}, "error"?: {"code", "message", "retryable",
// "effect", "hint"?, "native_code"?}, "elapsed_ms"?}]}
void connections_json(std::span<const ConnectionStatus> connections, JsonWriter& out);
std::string connections_text(std::span<const ConnectionStatus> connections);

// {"text", "plan"?: as the engine gives it, "findings": [...]}
void plan_json(const Explainer::Plan& plan, JsonWriter& out);
std::string plan_text(const Explainer::Plan& plan);

// {"findings": [{"severity", "area", "subject"?, "message", "hint"?}]}
void findings_json(std::span<const Finding> findings, JsonWriter& out);
std::string findings_text(std::span<const Finding> findings);

// {"operations": [{"name", "description", "tier", "confirm", "arguments": a JSON Schema}]}
void operations_json(std::span<const Operation> operations, JsonWriter& out);
std::string operations_text(std::span<const Operation> operations);

}  // namespace dbops::ops

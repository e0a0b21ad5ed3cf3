#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "mcp/product_tools.h"
#include "ops/explore.h"
#include "ops/inspect.h"
#include "ops/render.h"

namespace dbops::mcp {
namespace {

// Nothing is required at the top: some clients hold a failed result to the schema too.
constexpr std::string_view kConnectionsSchema =
    R"({"type":"object","properties":{"connections":{"type":"array","items":{"type":"object",)"
    R"("properties":{"name":{"type":"string"},"engine":{"type":"string"},"url":{"type":"string"},)"
    R"("tier":{"type":"string"},"policy":{"type":"string"},"server":{"type":"object"},"error":{"type":"object"},)"
    R"("elapsed_ms":{"type":"integer"}},"required":["name","engine","url","tier"]}},)"
    R"("error":{"type":"object"}}})";
constexpr std::string_view kExploreSchema =
    R"({"type":"object","description":"What the path names, and what stands in it."})";
constexpr std::string_view kFindingSchema =
    R"({"type":"array","items":{"type":"object","properties":{"severity":{"type":"string"},)"
    R"("area":{"type":"string"},"subject":{"type":"string"},"message":{"type":"string"},)"
    R"("hint":{"type":"string"}},"required":["severity","area","message"]}})";
constexpr std::string_view kOperationsSchema =
    R"({"type":"object","properties":{"operations":{"type":"array","items":{"type":"object",)"
    R"("properties":{"name":{"type":"string"},"description":{"type":"string"},)"
    R"("tier":{"type":"string"},"confirm":{"type":"boolean"},)"
    R"("arguments":{"type":"object"}},)"
    R"("required":["name","description","tier","arguments"]}},"error":{"type":"object"}}})";

// Static storage, made once: string_views of tools point into it.
const std::string& diagnose_schema() {
  static const std::string schema = R"({"type":"object","properties":{"findings":)" +
                                    std::string(kFindingSchema) + R"(,"error":{"type":"object"}}})";
  return schema;
}
const std::string& explain_schema() {
  static const std::string schema =
      R"({"type":"object","properties":{"text":{"type":"string"},)"
      R"("plan":{"description":"The plan as the engine gives it."},"findings":)" +
      std::string(kFindingSchema) + R"(,"error":{"type":"object"}}})";
  return schema;
}

ToolOutcome list_connections(ops::Workspace& workspace, const Call& call, const Arguments& given) {
  const auto statuses =
      ops::list_connections(workspace, call.context(), given.boolean("check", false));
  if (!statuses) return error_result(statuses.error());
  ToolResult result{.text = ops::connections_text(*statuses)};
  JsonWriter writer(result.structured);
  ops::connections_json(*statuses, writer);
  return result;
}

ToolOutcome explore(ops::Workspace& workspace, const Call& call, const Arguments& given) {
  ops::ExploreRequest request{.connection = given.text("connection"),
                              .path = given.text("path"),
                              .pattern = given.text("pattern"),
                              .cursor = given.text("cursor")};
  const std::string detail = given.text("detail");
  if (detail == "names") request.detail = ops::Detail::names;
  if (detail == "full") request.detail = ops::Detail::full;
  if (const auto limit = given.integer("limit")) request.limit = static_cast<uint64_t>(*limit);
  const auto found = ops::explore(workspace, call.context(), std::move(request));
  if (!found) return error_result(found.error());
  ToolResult result{.text = ops::explore_text(*found)};
  JsonWriter writer(result.structured);
  ops::explore_json(*found, writer);
  return result;
}

ToolOutcome explain(ops::Workspace& workspace, const Call& call, Arguments given) {
  ops::ExplainRequest request{.connection = given.text("connection"),
                              .statement = given.text("statement"),
                              .parameters = given.take_values("params"),
                              .analyze = given.boolean("analyze")};
  const auto plan = ops::explain(workspace, call.context(), std::move(request));
  if (!plan) return error_result(plan.error());
  ToolResult result{.text = ops::plan_text(*plan)};
  JsonWriter writer(result.structured);
  ops::plan_json(*plan, writer);
  return result;
}

ToolOutcome diagnose(ops::Workspace& workspace, const Call& call, const Arguments& given) {
  const auto findings =
      ops::diagnose(workspace, call.context(), given.text("connection"), given.text("area"));
  if (!findings) return error_result(findings.error());
  ToolResult result{.text = ops::findings_text(*findings)};
  JsonWriter writer(result.structured);
  ops::findings_json(*findings, writer);
  return result;
}

ToolOutcome operations(ops::Workspace& workspace, const Call& call, const Arguments& given) {
  const auto declared = ops::operations(workspace, call.context(), given.text("connection"));
  if (!declared) return error_result(declared.error());
  ToolResult result{.text = ops::operations_text(*declared)};
  JsonWriter writer(result.structured);
  ops::operations_json(*declared, writer);
  return result;
}

}  // namespace

Argument connection_argument() {
  return {.name = "connection", .description = "Its name.", .required = true};
}

Argument statement_argument(bool required) {
  return {.name = "statement",
          .description = "In the engine's language.",
          .required = required,
          .bytes_max = kScriptBytesMax};
}

Argument params_argument() {
  return {.name = "params",
          .type = ArgumentType::values,
          .description = "Values for $1, ? in order; {\"name\",\"value\"} for :name."};
}

Tool list_connections_tool(ops::Workspace& workspace) {
  return {
      .name = "list_connections",
      .title = "List connections",
      .description = "The databases that can be used: name, engine, tier (what may be done).",
      .arguments = {{.name = "check",
                     .type = ArgumentType::boolean,
                     .description = "Connect to each: version, granted rights, what is wrong."}},
      .output_schema = kConnectionsSchema,
      .run = [&workspace](Call& call, const Arguments& given) {
        return list_connections(workspace, call, given);
      }};
}

Tool explore_tool(ops::Workspace& workspace) {
  return {
      .name = "explore",
      .title = "Explore a database",
      .description =
          "Schemas, tables, columns, keys, indexes, foreign keys, functions, comments, "
          "sizes. Without path: the top. Use it before writing a statement.",
      .arguments = {connection_argument(),
                    {.name = "path",
                     .description = "What to look into: schema, schema.table; quote odd names."},
                    {.name = "pattern",
                     .description = "Search names of anything below path; * and ? match."},
                    {.name = "detail",
                     .type = ArgumentType::choice,
                     .description = "How much of each; default summary.",
                     .choices = {"names", "summary", "full"}},
                    {.name = "limit",
                     .type = ArgumentType::integer,
                     .description = "Items on one page; default 100.",
                     .minimum = 1,
                     .maximum = int64_t{ops::kExploreItemsMax}},
                    {.name = "cursor", .description = "From the page before."}},
      .output_schema = kExploreSchema,
      .run = [&workspace](Call& call, const Arguments& given) {
        return explore(workspace, call, given);
      }};
}

Tool explain_tool(ops::Workspace& workspace) {
  return {.name = "explain",
          .title = "Explain a statement",
          .description =
              "The engine's plan for a statement, and its hot spots. Runs nothing "
              "unless analyze is set.",
          .may_run_long = true,
          .arguments = {connection_argument(),
                        statement_argument(true),
                        params_argument(),
                        {.name = "analyze",
                         .type = ArgumentType::boolean,
                         .description = "Run it and measure; a write is rolled back."}},
          .output_schema = explain_schema(),
          .run = [&workspace](Call& call, Arguments given) {
            return explain(workspace, call, std::move(given));
          }};
}

Tool diagnose_tool(ops::Workspace& workspace) {
  return {.name = "diagnose",
          .title = "Diagnose a database",
          .description =
              "Looks for trouble (slow statements, locks, indexes, bloat, settings ...) "
              "and says what to do about it.",
          .arguments = {connection_argument(),
                        {.name = "area", .description = "Only this area; default all."}},
          .output_schema = diagnose_schema(),
          .run = [&workspace](Call& call, const Arguments& given) {
            return diagnose(workspace, call, given);
          }};
}

Tool operations_tool(ops::Workspace& workspace) {
  return {.name = "operations",
          .title = "List operations",
          .description =
              "What this engine can do beyond statements (maintenance, sessions, backup "
              "...): names, arguments, tier. Run them with operate.",
          .arguments = {connection_argument()},
          .output_schema = kOperationsSchema,
          .run = [&workspace](Call& call, const Arguments& given) {
            return operations(workspace, call, given);
          }};
}

}  // namespace dbops::mcp

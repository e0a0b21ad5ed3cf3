#include <boost/json/object.hpp>

#include "base/text.h"
#include "mcp/confirm.h"
#include "mcp/export.h"
#include "mcp/product_tools.h"
#include "mcp/row_progress.h"
#include "ops/inspect.h"
#include "ops/page_json.h"
#include "ops/query.h"
#include "ops/scripts.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr int64_t kRowsMax = 1'000'000;            // rows that a call may ask for on one page
constexpr int64_t kTimeMax = 24 * 60 * 60 * 1000;  // ms that a call may ask for
constexpr size_t kTokenBytesMax = 256;
// Of a call that is worked on beside others by one thread: bytes of its statement, whose parsing
// must not need much of a stack, bytes of its answer, and its rows.
constexpr size_t kLightStatementBytesMax = 1024;
constexpr uint64_t kLightAnswerBytesMax = 1u << 20;
constexpr uint64_t kLightRowsMax = 1000;

// Of one statement; a script of several answers {"results": [such, ...]} with the same totals.
// Nothing is required: some clients hold a failed result to the schema too (see error_result()).
constexpr std::string_view kPageSchema =
    R"({"type":"object","properties":{"columns":{"type":"array","items":{"type":"object",)"
    R"("properties":{"name":{"type":"string"},"type":{"type":"string"}},)"
    R"("required":["name","type"]}},"rows":{"type":"array","items":{"type":"array"}},)"
    R"("row_count":{"type":"integer"},"truncated":{"type":"boolean"},"cursor":{"type":"string"},)"
    R"("cut_by":{"type":"string"},"command":{"type":"string"},"affected":{"type":"integer"},)"
    R"("warnings":{"type":"array","items":{"type":"string"}},"elapsed_ms":{"type":"integer"},)"
    R"("results":{"type":"array","items":{"type":"object"},"description":"One for each )"
    R"(statement of several."},"export":{"type":"object"},"error":{"type":"object"},"confirmation":{"type":"object"}}})";

// A page within the connection's byte limit. An unknown name is the operation's to report.
ops::PageJson make_page(const ops::Workspace& workspace, const std::string& connection) {
  const auto found = workspace.connections().find(connection);
  return ops::PageJson(found ? (*found)->options().limits.bytes : Limits().bytes);
}

// The whole result goes to a text that is kept; the answer has its first rows and the link.
Result<ToolResult> export_all(ops::Workspace& workspace, Call& call, ops::QueryRequest request,
                              const std::string& format) {
  const std::string connection = request.connection;
  const uint64_t shown = request.limit.value_or(Export::kShown);
  request.limit = 0;
  request.hold = false;
  DBOPS_ASSIGN(const auto writer,
               ops::ResultWriter::begin(workspace, call.context().principal, format));
  ops::PageJson page = make_page(workspace, connection);
  Export all(*writer, parse_export_format(format).value_or(ExportFormat::csv), page, shown);
  RowProgress rows(call, all);
  DBOPS_TRY(ops::query(workspace, call.context(), std::move(request), rows));
  DBOPS_ASSIGN(const ops::KeptResult kept, writer->finish(connection, all.rows(), all.truncated()));
  ToolResult result{.text = page.text() + export_text(kept), .structured = page.json()};
  result.structured.pop_back();
  result.structured += ",\"export\":" + export_json(kept) + "}";
  result.content.emplace_back(result_link(kept));
  return result;
}

ToolOutcome export_rows(ops::Workspace& workspace, Call& call, ops::QueryRequest request,
                        const std::string& format) {
  if (!request.cursor.empty())
    return error_result({.code = Code::invalid_argument,
                         .message = "export takes a statement, not a cursor",
                         .hint = "give the statement again"});
  auto exported = export_all(workspace, call, std::move(request), format);
  if (!exported) return error_result(exported.error());
  return std::move(*exported);
}

ToolOutcome query(ops::Workspace& workspace, Call& call, Arguments given) {
  ops::QueryRequest request{.connection = given.text("connection"),
                            .statement = given.text("statement"),
                            .parameters = given.take_values("params"),
                            .cursor = given.text("cursor")};
  if (request.statement.empty() == request.cursor.empty())
    return error_result({.code = Code::invalid_argument,
                         .message = "query takes either a statement or a cursor",
                         .hint = "give a statement; or, to go on with an earlier one, the cursor "
                                 "of its page alone"});
  if (const auto limit = given.integer("limit")) request.limit = static_cast<uint64_t>(*limit);
  if (const auto time = given.integer("timeout_ms"))
    request.timeout = std::chrono::milliseconds(*time);
  if (const std::string format = given.text("export"); !format.empty())
    return export_rows(workspace, call, std::move(request), format);
  ops::PageJson page = make_page(workspace, request.connection);
  RowProgress rows(call, page);
  const auto done = ops::query(workspace, call.context(), std::move(request), rows);
  if (!done) return error_result(done.error());
  return ToolResult{.text = std::move(page.text()), .structured = std::move(page.json())};
}

// A short read that was parsed before, on an engine that is waited for without blocking, with an
// answer that is soon written. An export writes to the state, which may block.
bool is_light(ops::Workspace& workspace, const json::object& arguments) {
  const json::string* connection = text_member(arguments, "connection");
  const json::string* statement = text_member(arguments, "statement");
  if (member(arguments, "export") != nullptr) return false;
  if (connection == nullptr || statement == nullptr || statement->size() > kLightStatementBytesMax)
    return false;
  const auto found = workspace.connections().find(*connection);
  if (!found || !(*found)->connector().waits_only()) return false;
  const Limits& limits = (*found)->options().limits;
  const json::value* rows = member(arguments, "limit");
  if (rows != nullptr && !rows->is_int64()) return false;
  const auto rows_max = rows != nullptr ? static_cast<uint64_t>(rows->get_int64()) : limits.rows;
  return limits.bytes != 0 && limits.bytes <= kLightAnswerBytesMax && rows_max != 0 &&
         rows_max <= kLightRowsMax &&
         workspace.scripts().knows((*found)->connector().dialect(), *statement);
}

// Runs what may need a person's consent: `attempt` gets the token that lets it run, if there is
// one.
template <class Attempt>
ToolOutcome with_consent(ops::Workspace& workspace, const Call& call, std::string_view tool,
                         const Action& action, std::string given_token, ops::PageJson& page,
                         Attempt attempt) {
  const Consent said = consent(call);
  if (said == Consent::refused) return refused_result(workspace, call);
  if (said == Consent::given) given_token = call.state();
  const Result<std::optional<ops::Confirmation>> done = attempt(std::move(given_token));
  if (!done) return error_result(done.error());
  if (*done) return ask_consent(call, tool, action, **done);
  return ToolResult{.text = std::move(page.text()), .structured = std::move(page.json())};
}

ToolOutcome execute(ops::Workspace& workspace, Call& call, Arguments given) {
  ops::ExecuteRequest request{.connection = given.text("connection"),
                              .statement = given.text("statement"),
                              .parameters = given.take_values("params"),
                              .dry_run = given.boolean("dry_run")};
  const Action action{.text = "on " + request.connection + ": " + request.statement,
                      .parameters = show_parameters(request.parameters)};
  ops::PageJson page = make_page(workspace, request.connection);
  RowProgress rows(call, page);
  return with_consent(workspace, call, "execute", action, given.text("confirm"), page,
                      [&](std::string token) {
                        request.confirm = std::move(token);
                        return ops::execute(workspace, call.context(), std::move(request), rows);
                      });
}

ToolOutcome operate(ops::Workspace& workspace, Call& call, Arguments given) {
  ops::OperateRequest request{.connection = given.text("connection"),
                              .operation = given.text("operation"),
                              .arguments = given.object("arguments")};
  const Action action{
      .text = "on " + request.connection + ": " + request.operation + " " + request.arguments,
      .parameters = {}};
  ops::PageJson page = make_page(workspace, request.connection);
  RowProgress rows(call, page);
  return with_consent(workspace, call, "operate", action, given.text("confirm"), page,
                      [&](std::string token) {
                        request.confirm = std::move(token);
                        return ops::operate(workspace, call.context(), std::move(request), rows);
                      });
}

Argument confirm_argument() {
  return {.name = "confirm",
          .description = "Token of an earlier answer, once the person agreed.",
          .bytes_max = kTokenBytesMax};
}

}  // namespace

Tool query_tool(ops::Workspace& workspace) {
  return {
      .name = "query",
      .title = "Query",
      .description =
          "Runs statements that only read, and answers their rows. Anything that "
          "writes is refused.",
      .may_run_long = true,
      .arguments = {connection_argument(),
                    statement_argument(false),
                    params_argument(),
                    {.name = "limit",
                     .type = ArgumentType::integer,
                     .description = "Rows on one page; default the connection's, mostly 1000.",
                     .minimum = 1,
                     .maximum = kRowsMax},
                    {.name = "cursor",
                     .description = "From a truncated answer, instead of statement: next page."},
                    {.name = "export",
                     .type = ArgumentType::choice,
                     .description = "The whole result as a resource to read in pages; limit: rows "
                                    "shown here, default 10.",
                     .choices = {"csv", "ndjson"}},
                    {.name = "timeout_ms",
                     .type = ArgumentType::integer,
                     .description = "Default the connection's, mostly 30000.",
                     .minimum = 1,
                     .maximum = kTimeMax}},
      .output_schema = kPageSchema,
      .run = [&workspace](Call& call,
                          Arguments given) { return query(workspace, call, std::move(given)); },
      .light =
          [&workspace](const json::object& arguments) { return is_light(workspace, arguments); }};
}

Tool execute_tool(ops::Workspace& workspace) {
  return {.name = "execute",
          .title = "Execute",
          .description =
              "Runs statements that change data or schema, in one transaction if the engine "
              "has any. Needs tier write or admin; what destroys, a person's consent.",
          .reads = false,
          .tier = Tier::write,
          .destroys = true,
          .may_run_long = true,
          .arguments = {connection_argument(),
                        statement_argument(true),
                        params_argument(),
                        {.name = "dry_run",
                         .type = ArgumentType::boolean,
                         .description = "Run it, report what it did, roll it back."},
                        confirm_argument()},
          .output_schema = kPageSchema,
          .run = [&workspace](Call& call, Arguments given) {
            return execute(workspace, call, std::move(given));
          }};
}

Tool operate_tool(ops::Workspace& workspace) {
  return {.name = "operate",
          .title = "Operate",
          .description = "Runs one of the engine's operations, as operations lists them.",
          .reads = false,
          .destroys = true,
          .may_run_long = true,
          .arguments = {connection_argument(),
                        {.name = "operation",
                         .description = "Its name, as operations gives it.",
                         .required = true},
                        {.name = "arguments",
                         .type = ArgumentType::object,
                         .description = "By its schema, as operations gives it."},
                        confirm_argument()},
          .output_schema = kPageSchema,
          .run = [&workspace](Call& call, Arguments given) {
            return operate(workspace, call, std::move(given));
          }};
}

}  // namespace dbops::mcp

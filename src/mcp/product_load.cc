#include <chrono>

#include "base/input.h"
#include "base/json.h"
#include "base/text.h"
#include "mcp/confirm.h"
#include "mcp/product_tools.h"
#include "ops/load.h"
#include "ops/text_source.h"

namespace dbops::mcp {
namespace {

constexpr size_t kDataBytesMax = 4u << 20;  // bytes of a text in a call
constexpr size_t kTokenBytesMax = 256;
constexpr int64_t kErrorsMax = 1'000'000;
constexpr int64_t kTimeMax = 24 * 60 * 60 * 1000;    // ms that a call may ask for
constexpr std::chrono::milliseconds kInterval{500};  // between two notes of progress

constexpr std::string_view kReportSchema =
    R"({"type":"object","properties":{"path":{"type":"string"},"exists":{"type":"boolean"},)"
    R"("creates":{"type":"string"},"fields":{"type":"array","items":{"type":"object"}},)"
    R"("warnings":{"type":"array","items":{"type":"string"}},"samples":{"type":"array"},)"
    R"("written":{"type":"integer"},"refused":{"type":"integer"},"position":{"type":"integer"},)"
    R"("in_doubt":{"type":"integer"},"complete":{"type":"boolean"},"errors":{"type":"array",)"
    R"("items":{"type":"object"}},"elapsed_ms":{"type":"integer"},"error":{"type":"object"},)"
    R"("confirmation":{"type":"object"}}})";

// The items of the call's own text, or of a file in the folder that the owner has set aside.
Result<std::unique_ptr<ops::Source>> open_source(const ops::Workspace& workspace,
                                                 const Arguments& given) {
  const std::string file = given.text("file");
  const std::string format = given.text("format");
  const auto known = format.empty() ? ops::text_format_of(file) : ops::parse_text_format(format);
  if (!known)
    return fail(Code::invalid_argument, "what the data is was not said",
                "give format: csv, tsv, ndjson or json");
  ops::TextOptions options{.format = *known, .columns = given.texts("columns")};
  if (file.empty()) return ops::text_source(input_of(given.text("data")), std::move(options));
  const std::string& folder = workspace.settings().load_folder;
  if (folder.empty())
    return fail(Code::forbidden, "no folder is set aside that files may be loaded from",
                "give the data itself; or the owner of dbops sets folder under [load] in "
                "dbops.toml, or loads the file with `dbops load`");
  DBOPS_ASSIGN(auto input, open_input_beneath(folder, file));
  return ops::text_source(std::move(input), std::move(options));
}

Result<ops::LoadRequest> make_request(const ops::Workspace& workspace, Arguments& given) {
  ops::LoadRequest request{.connection = given.text("connection"), .path = given.text("path")};
  request.create = given.boolean("create");
  request.infer = given.boolean("infer");
  request.replace = given.boolean("replace");
  request.dry_run = given.boolean("dry_run");
  request.confirm = given.text("confirm");
  request.key = given.texts("key");
  request.skip = static_cast<uint64_t>(given.integer("skip").value_or(0));
  request.errors_max = static_cast<uint64_t>(given.integer("max_errors").value_or(0));
  if (const auto time = given.integer("timeout_ms"))
    request.timeout = std::chrono::milliseconds(*time);
  const int sources =
      (given.has("data") ? 1 : 0) + (given.has("file") ? 1 : 0) + (given.has("source") ? 1 : 0);
  if (sources != 1 || given.has("source") != given.has("statement"))
    return fail(Code::invalid_argument, "load takes data, a file, or source and statement",
                "give one of the three");
  if (given.has("source")) {
    request.from_connection = given.text("source");
    request.statement = given.text("statement");
    return request;
  }
  DBOPS_ASSIGN(request.source, open_source(workspace, given));
  request.origin = given.text("format") + (given.has("file") ? " file " : " data ") +
                   given.text("file") + given.text("data");
  for (const std::string& column : given.texts("columns")) request.origin += '\n' + column;
  return request;
}

// Where to, by what key, and what: the data comes last, for it may be long.
std::string describe(const ops::LoadRequest& request) {
  std::string text = "on " + request.connection + ": load into " + request.path;
  for (const std::string& name : request.key)
    text += (&name == request.key.data() ? " by " : ", ") + name;
  return text + " from " +
         (request.source ? request.origin : request.from_connection + ": " + request.statement);
}

ToolOutcome load(ops::Workspace& workspace, Call& call, Arguments given) {
  const Consent said = consent(call);
  if (said == Consent::refused) return refused_result(workspace, call);
  auto request = make_request(workspace, given);
  if (!request) return error_result(request.error());
  if (said == Consent::given) request->confirm = call.state();
  const Action action{.text = describe(*request), .parameters = {}};
  const bool dry_run = request->dry_run;
  auto due = std::chrono::steady_clock::now() + kInterval;
  request->progress = [&](const ops::LoadReport& report) {
    if (std::chrono::steady_clock::now() < due) return;
    due = std::chrono::steady_clock::now() + kInterval;
    call.progress(static_cast<double>(report.position), std::nullopt,
                  format_count(static_cast<int64_t>(report.written)) + " items written so far");
  };
  ops::LoadReport report;
  const auto done = ops::load(workspace, call.context(), *std::move(request), report);
  if (done && *done) return ask_consent(call, "load", action, **done);
  ToolResult result;
  JsonWriter out(result.structured);
  out.begin_object();
  ops::load_json(report, dry_run, out);
  if (!done) {
    out.key("error");
    write_error(done.error(), out);
    result.is_error = true;
    result.text = error_text(done.error()) + "\n";
  }
  out.end_object();
  result.text += ops::load_text(report, dry_run);
  return result;
}

}  // namespace

Tool load_tool(ops::Workspace& workspace) {
  return {
      .name = "load",
      .title = "Load",
      .description =
          "Adds rows or documents to a table, collection, index or keys. Needs tier write. "
          "After an error go on with skip = position.",
      .reads = false,
      .tier = Tier::write,
      .destroys = true,
      .arguments =
          {connection_argument(),
           {.name = "path", .description = "Where to.", .required = true},
           {.name = "data",
            .description = "CSV with a header, NDJSON or JSON objects ...",
            .bytes_max = kDataBytesMax},
           {.name = "file", .description = "... or a file in the folder for loads ..."},
           {.name = "source", .description = "... or another connection, and"},
           {.name = "statement",
            .description = "what to read there.",
            .bytes_max = kScriptBytesMax},
           {.name = "format",
            .type = ArgumentType::choice,
            .description = "Of data or file.",
            .choices = {"csv", "tsv", "ndjson", "json"}},
           {.name = "columns",
            .type = ArgumentType::texts,
            .description = "In place of the header's."},
           {.name = "key",
            .type = ArgumentType::texts,
            .description = "What names an item; not of tables."},
           {.name = "create",
            .type = ArgumentType::boolean,
            .description = "Make what isn't there."},
           {.name = "replace",
            .type = ArgumentType::boolean,
            .description = "Overwrite items of the same key."},
           {.name = "infer",
            .type = ArgumentType::boolean,
            .description = "Read texts as numbers, dates."},
           {.name = "dry_run", .type = ArgumentType::boolean, .description = "Only show the plan."},
           {.name = "skip", .type = ArgumentType::integer, .description = "Items to skip."},
           {.name = "max_errors",
            .type = ArgumentType::integer,
            .description = "May be refused; default 0.",
            .maximum = kErrorsMax},
           {.name = "timeout_ms",
            .type = ArgumentType::integer,
            .description = "As of query.",
            .minimum = 1,
            .maximum = kTimeMax},
           {.name = "confirm", .description = "As of execute.", .bytes_max = kTokenBytesMax}},
      .output_schema = kReportSchema,
      .run = [&workspace](Call& call, Arguments given) {
        return load(workspace, call, std::move(given));
      }};
}

}  // namespace dbops::mcp

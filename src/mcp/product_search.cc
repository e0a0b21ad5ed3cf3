#include "base/json.h"
#include "mcp/product_tools.h"
#include "ops/page_json.h"
#include "ops/search.h"

namespace dbops::mcp {
namespace {

constexpr std::string_view kHitsSchema =
    R"({"type":"object","properties":{"columns":{"type":"array","items":{"type":"object"}},)"
    R"("rows":{"type":"array","items":{"type":"array"},"description":"id, score, document"},)"
    R"("row_count":{"type":"integer"},"truncated":{"type":"boolean"},)"
    R"("warnings":{"type":"array","items":{"type":"string"}},"elapsed_ms":{"type":"integer"},)"
    R"("error":{"type":"object"}}})";

Result<std::vector<float>> read_vector(Arguments& given) {
  std::vector<float> numbers;
  const Parameters values = given.take_values("vector");
  for (const Parameter& each : values.items) {
    if (each.value.kind() == Kind::integer)
      numbers.push_back(static_cast<float>(each.value.as_integer()));
    else if (each.value.kind() == Kind::real)
      numbers.push_back(static_cast<float>(each.value.as_real()));
    else
      return fail(Code::invalid_argument, "the argument \"vector\" must be an array of numbers");
  }
  return numbers;
}

ToolOutcome search(ops::Workspace& workspace, Call& call, Arguments given) {
  ops::SearchOptions options{
      .connection = given.text("connection"), .in = given.text("in"), .text = given.text("text")};
  auto vector = read_vector(given);
  if (!vector) return error_result(vector.error());
  options.vector = *std::move(vector);
  options.fields = given.texts("fields");
  options.filter = given.object("filter");
  options.limit = static_cast<uint64_t>(given.integer("limit").value_or(10));
  const auto found = workspace.connections().find(options.connection);
  ops::PageJson page(found ? (*found)->options().limits.bytes : Limits().bytes);
  const auto done = ops::search(workspace, call.context(), options, page);
  if (!done) return error_result(done.error());
  return ToolResult{.text = std::move(page.text()), .structured = std::move(page.json())};
}

}  // namespace

Tool search_tool(ops::Workspace& workspace) {
  return {.name = "search",
          .title = "Search",
          .description = "Finds by words or vector; answers id, score, document.",
          .arguments = {connection_argument(),
                        {.name = "in", .description = "Where.", .required = true},
                        {.name = "text",
                         .description = "Words, \"phrases\", -unwanted.",
                         .bytes_max = kSearchTextBytesMax},
                        {.name = "vector", .type = ArgumentType::values, .description = "Numbers."},
                        {.name = "fields",
                         .type = ArgumentType::texts,
                         .description = "Default: what is indexed."},
                        {.name = "filter",
                         .type = ArgumentType::object,
                         .description = "{\"field\": value or {\"gte\": 1}}"},
                        {.name = "limit",
                         .type = ArgumentType::integer,
                         .description = "Default 10.",
                         .minimum = 1,
                         .maximum = static_cast<int64_t>(ops::kSearchHitsMax)}},
          .output_schema = kHitsSchema,
          .run = [&workspace](Call& call, Arguments given) {
            return search(workspace, call, std::move(given));
          }};
}

}  // namespace dbops::mcp

#include <chrono>

#include "base/bytes.h"
#include "conformance/fixture.h"

namespace dbops::conformance {
namespace {

using mcp::Call;
using mcp::ToolOutcome;
using mcp::ToolResult;

constexpr std::chrono::milliseconds kPause{50};  // between the steps of a tool that takes its time

constexpr std::string_view kSchema2020 =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":)"
    R"({"address":{"$anchor":"addressDef","type":"object","properties":{"street":)"
    R"({"type":"string"},"city":{"type":"string"}}}},"properties":{"name":{"type":"string"},)"
    R"("address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":)"
    R"(["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":)"
    R"([{"required":["phone"]},{"required":["email"]}]}],"if":{"properties":{"contactMethod":)"
    R"({"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":)"
    R"({"required":["email"]},"additionalProperties":false})";

constexpr std::string_view kHeaderSchema =
    R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
    R"("count":{"type":"integer","x-mcp-header":"Count"}},"required":["region"]})";

mcp::Media png() { return {.mime_type = "image/png", .bytes = tiny_png()}; }

mcp::ResourceContents embedded(std::string uri, std::string type, std::string text) {
  return {.uri = std::move(uri), .mime_type = std::move(type), .data = std::move(text)};
}

ToolResult only(mcp::Content content) {
  ToolResult result;
  result.content.push_back(std::move(content));
  return result;
}

ToolResult mixed() {
  ToolResult result{.text = "Multiple content types test:"};
  result.content.emplace_back(png());
  result.content.emplace_back(embedded("test://mixed-content-resource", "application/json",
                                       R"({"test":"data","value":123})"));
  return result;
}

void pause(const Call& call) {
  Context context = call.context();
  context.deadline = Deadline::after(kPause);
  static_cast<void>(context.wait(-1, 0));
}

ToolOutcome with_logging(Call& call) {
  for (const std::string_view step : {R"("Tool execution started")", R"("Tool processing data")",
                                      R"("Tool execution completed")"}) {
    call.log(mcp::LogLevel::info, {}, step);
    pause(call);
  }
  return ToolResult{.text = "logged"};
}

ToolOutcome with_progress(Call& call) {
  for (const double done : {0.0, 50.0, 100.0}) {
    call.progress(done, 100, {});
    pause(call);
  }
  return ToolResult{.text = "done"};
}

ToolOutcome with_reconnection(Call& call) {
  call.pause();
  pause(call);
  return ToolResult{.text = "Reconnection test completed"};
}

ToolOutcome missing_capability(const Call& call) {
  if (!call.envelope().client.sampling) return mcp::missing_capability("sampling");
  return ToolResult{.text = "the client can sample"};
}

}  // namespace

mcp::Tool tool(std::string_view name, std::string_view description,
               std::function<ToolOutcome(Call&, Arguments)> run) {
  return {.name = name, .title = name, .description = description, .run = std::move(run)};
}

std::vector<mcp::Tool> content_tools() {
  std::vector<mcp::Tool> tools;
  const auto add = [&tools](std::string_view name, std::string_view description, auto run) {
    tools.push_back(tool(name, description,
                         [run](Call& call, const Arguments&) -> ToolOutcome { return run(call); }));
  };
  add("test_simple_text", "Answers a text.",
      [](Call&) { return ToolResult{.text = "This is a simple text response for testing."}; });
  add("test_image_content", "Answers an image.", [](Call&) { return only(png()); });
  add("test_audio_content", "Answers a sound.", [](Call&) {
    return only(
        mcp::Media{.kind = mcp::Media::Kind::audio, .mime_type = "audio/wav", .bytes = tiny_wav()});
  });
  add("test_embedded_resource", "Answers a resource.", [](Call&) {
    return only(embedded("test://embedded-resource", "text/plain",
                         "This is an embedded resource content."));
  });
  add("test_multiple_content_types", "Answers a text, an image and a resource.",
      [](Call&) { return mixed(); });
  add("test_error_handling", "Fails.", [](Call&) {
    return ToolResult{.text = "This tool intentionally returns an error for testing",
                      .is_error = true};
  });
  add("test_tool_with_logging", "Sends log messages.", with_logging);
  add("test_logging_tool", "Sends log messages.", with_logging);
  add("test_tool_with_progress", "Reports its progress.", with_progress);
  add("test_reconnection", "Lets go of its event stream before it answers.", with_reconnection);
  add("test_missing_capability", "Needs a client that can sample.", missing_capability);
  add("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features",
      [](Call&) { return ToolResult{.text = "taken"}; });
  tools.back().input_schema = kSchema2020;
  add("test_header_params", "Takes arguments that HTTP headers repeat.",
      [](Call&) { return ToolResult{.text = "taken"}; });
  tools.back().input_schema = kHeaderSchema;
  return tools;
}

std::string tiny_png() {
  return *decode_base64(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5E"
      "rkJggg==");
}

std::string tiny_wav() {
  return *decode_base64("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=");
}

}  // namespace dbops::conformance

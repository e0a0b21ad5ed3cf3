#include "mcp/tools.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>

#include "base/text.h"
#include "mcp/mirror.h"
#include "mcp/paging.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr size_t kShownBytes = 64;   // of what a message quotes back
constexpr size_t kFrameBytes = 512;  // of a result beside its text and structure
constexpr std::string_view kStopped =
    "this server is shutting down and asked the call to stop: send it again, if it is to be done, "
    "once a server is up";

struct Tools {
  Server* server;
  std::vector<Tool> all;
  std::map<std::string_view, std::vector<Mirror>> mirrors;  // By the tool's name.
  TopTier top;
};

std::vector<const Tool*> shown_to(const Tools& tools, const Context& context) {
  const Tier top = tools.top ? tools.top(context) : Tier::admin;
  std::vector<const Tool*> shown;
  for (const Tool& tool : tools.all)
    if (tool.tier <= top) shown.push_back(&tool);
  return shown;
}

const Tool* find(const Tools& tools, std::string_view name) {
  for (const Tool& tool : tools.all)
    if (tool.name == name) return &tool;
  return nullptr;
}

void write_annotations(const Tool& tool, Revision revision, JsonWriter& out) {
  out.key("annotations").begin_object();
  if (!has_structure(revision)) out.member("title", tool.title);
  out.member("readOnlyHint", tool.reads);
  if (!tool.reads)
    out.member("destructiveHint", tool.destroys).member("idempotentHint", tool.idempotent);
  out.member("openWorldHint", false).end_object();
}

void write_tool(const Tool& tool, Revision revision, bool tasks, JsonWriter& out) {
  out.begin_object().member("name", tool.name);
  if (has_structure(revision)) out.member("title", tool.title);
  out.member("description", tool.description);
  if (has_annotations(revision)) write_annotations(tool, revision, out);
  out.key("inputSchema");
  if (tool.input_schema.empty())
    write_schema(tool.arguments, out);
  else
    out.raw(tool.input_schema);
  if (has_structure(revision) && !tool.output_schema.empty())
    out.key("outputSchema").raw(tool.output_schema);
  if (tasks && tool.may_run_long && has_legacy_tasks(revision))
    out.key("execution").begin_object().member("taskSupport", "optional").end_object();
  out.end_object();
}

Outcome list(const Tools& tools, const Call& call, JsonWriter& result) {
  const auto shown = shown_to(tools, call.context());
  return write_page(
      call, "tools", shown.size(),
      [&](size_t i) {
        write_tool(*shown[i], call.revision(), tools.server->settings().tasks, result);
      },
      result);
}

tl::unexpected<Failure> unknown_tool(const Tools& tools, std::string_view name) {
  std::vector<std::string> names;
  for (const Tool& tool : tools.all) names.emplace_back(tool.name);
  std::string message = "unknown tool \"" + escape_control(shorten(name, kShownBytes)) + "\"";
  if (const auto meant = nearest(name, names)) message += ": did you mean \"" + *meant + "\"?";
  return refuse(kInvalidParams, std::move(message));
}

void write_result(const ToolResult& tool_result, Call& call, JsonWriter& result) {
  call.reserve(tool_result.text.size() + tool_result.structured.size() + kFrameBytes);
  result.key("content").begin_array();
  if (!tool_result.text.empty() || tool_result.content.empty())
    write_text(tool_result.text, result);
  for (const Content& content : tool_result.content)
    write_content(content, call.revision(), result);
  if (tool_result.is_error && call.is_stopped()) write_text(kStopped, result);
  result.end_array();
  if (has_structure(call.revision()) && !tool_result.structured.empty())
    result.key("structuredContent").raw(tool_result.structured);
  if (tool_result.is_error) result.member("isError", true);
  if (tool_result.is_error) call.set_tool_failed();
}

Outcome write_outcome(ToolOutcome outcome, Call& call, JsonWriter& result) {
  if (auto* questions = std::get_if<Questions>(&outcome)) return std::move(*questions);
  if (auto* failure = std::get_if<Failure>(&outcome)) return tl::unexpected(std::move(*failure));
  if (std::holds_alternative<Background>(outcome))
    return refuse(kInternalError, "a task can't become another task");
  write_result(std::get<ToolResult>(outcome), call, result);
  return std::nullopt;
}

// REQUIRES: params.arguments is an object, where it is there.
Outcome run_tool(const Tools& tools, const Tool& tool, Call& call, JsonWriter& result) {
  static const json::object kNone;
  const json::object* given = object_member(call.params(), "arguments");
  const bool declared = tool.input_schema.empty();
  auto arguments = read_arguments(tool.arguments, declared && given != nullptr ? *given : kNone);
  if (!arguments && !has_argument_results(call.revision()))
    return refuse(kInvalidParams, error_text(arguments.error()));
  if (!arguments) return write_outcome(error_result(arguments.error()), call, result);
  ToolOutcome outcome = tool.run(call, std::move(*arguments));
  if (auto* background = std::get_if<Background>(&outcome))
    return tools.server->start_task(
        call,
        [work = std::move(background->run)](Call& own, JsonWriter& out) {
          return write_outcome(work(own), own, out);
        },
        tool.reads, result);
  return write_outcome(std::move(outcome), call, result);
}

Outcome run(const Tools& tools, Call& call, JsonWriter& result) {
  const json::string* name = text_member(call.params(), "name");
  if (name == nullptr) return refuse(kInvalidParams, "params.name is a text");
  const Tool* tool = find(tools, *name);
  if (tool == nullptr) return unknown_tool(tools, *name);
  call.set_target(tool->name);
  const json::value* given = member(call.params(), "arguments");
  if (given != nullptr && !given->is_object())
    return refuse(kInvalidParams, "params.arguments is an object");
  if (tools.server->settings().tasks && asks_for_task(call.envelope(), call.params())) {
    if (!tool->may_run_long)
      return refuse(kMethodNotFound, "the tool " + std::string(tool->name) + " is never a task");
    return tools.server->start_legacy_task(
        call,
        [&tools, tool](Call& own, JsonWriter& out) { return run_tool(tools, *tool, own, out); },
        tool->reads, result);
  }
  if (!tool->may_run_long || !tools.server->settings().tasks || !call.can_be_task())
    return run_tool(tools, *tool, call, result);
  return tools.server->work_or_task(
      call, [&tools, tool](Call& own, JsonWriter& out) { return run_tool(tools, *tool, own, out); },
      tool->reads);
}

std::vector<MirroredParam> mirrored(const Tools& tools, const json::object& params) {
  const json::string* name = text_member(params, "name");
  const auto found =
      name != nullptr ? tools.mirrors.find(std::string_view(*name)) : tools.mirrors.end();
  if (found == tools.mirrors.end()) return {};
  return find_mirrored(found->second, object_member(params, "arguments"));
}

bool light(const Tools& tools, const json::object& params) {
  const json::string* name = text_member(params, "name");
  const Tool* tool = name != nullptr ? find(tools, *name) : nullptr;
  const json::object* arguments = object_member(params, "arguments");
  return tool != nullptr && tool->light && arguments != nullptr && tool->light(*arguments);
}

// What can be seen without running anything: the tool's own tier, and the connection it names.
std::optional<Need> need(const Tools& tools, const Message& message) {
  if (message.method != "tools/call") return std::nullopt;
  const json::string* name = text_member(*message.params, "name");
  const Tool* tool = name != nullptr ? find(tools, *name) : nullptr;
  const json::object* arguments = object_member(*message.params, "arguments");
  const json::string* connection =
      arguments != nullptr ? text_member(*arguments, "connection") : nullptr;
  if (tool == nullptr || connection == nullptr) return std::nullopt;
  return Need{.tier = tool->tier, .connection = *connection};
}

}  // namespace

void add_tools(Server& server, std::vector<Tool> tools, TopTier top) {
  std::map<std::string_view, std::vector<Mirror>> mirrors;
  for (const Tool& tool : tools)
    if (auto mirrored = read_mirrors(tool.input_schema); !mirrored.empty())
      mirrors.emplace(tool.name, std::move(mirrored));
  const bool same_for_all = !top;
  const auto shared = std::make_shared<const Tools>(
      Tools{&server, std::move(tools), std::move(mirrors), std::move(top)});
  server.add_capability("tools", list_capability(server, List::tools));
  server.set_shown(List::tools, [shared](const Context& context, JsonWriter& out) {
    out.begin_array();
    for (const Tool* tool : shown_to(*shared, context)) out.string(tool->name);
    out.end_array();
  });
  server.set_needs([shared](const Message& message) { return need(*shared, message); });
  server.add({.name = "tools/list",
              .quick = true,
              .cache_life = kListsLife,
              .cache_public = same_for_all,
              .run = [shared](Call& call, JsonWriter& out) { return list(*shared, call, out); }});
  server.add(
      {.name = "tools/call",
       .light = [shared](const json::object& params) { return light(*shared, params); },
       .asks = true,
       .run = [shared](Call& call, JsonWriter& out) { return run(*shared, call, out); },
       .mirrored = [shared](const json::object& params) { return mirrored(*shared, params); }});
}

void write_error(const Error& error, JsonWriter& out) {
  out.begin_object().member("code", name(error.code)).member("message", error.message);
  out.member("effect", name(error.effect)).member("retryable", error.retryable);
  if (!error.hint.empty()) out.member("hint", error.hint);
  if (!error.native_code.empty()) out.member("native_code", error.native_code);
  if (error.position) out.member("position", *error.position);
  out.end_object();
}

bool lies_in_request(Code code) {
  return code == Code::not_found || code == Code::invalid_argument || code == Code::unsupported ||
         code == Code::forbidden;
}

Failure failure_of(const Error& error) {
  Failure failure{.code = kInternalError, .message = error_text(error)};
  if (lies_in_request(error.code)) failure.code = kInvalidParams;
  JsonWriter writer(failure.data);
  write_error(error, writer);
  return failure;
}

std::string error_text(const Error& error) {
  std::string text = "error " + std::string(name(error.code));
  if (!error.native_code.empty()) text += " (" + error.native_code + ")";
  text += ": " + error.message;
  if (error.position) text += "\nposition: character " + std::to_string(*error.position);
  if (error.effect == Effect::unknown) text += "\neffect: unknown, look before you try again";
  if (error.effect == Effect::applied) text += "\neffect: applied, do not repeat it";
  if (!error.hint.empty()) text += "\nnext: " + error.hint;
  return text;
}

ToolResult error_result(const Error& error) {
  ToolResult result{.text = error_text(error), .structured = {}, .is_error = true};
  JsonWriter writer(result.structured);
  writer.begin_object().key("error");
  write_error(error, writer);
  writer.end_object();
  return result;
}

}  // namespace dbops::mcp

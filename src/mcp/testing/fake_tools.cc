#include "mcp/testing/fake_tools.h"

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <stdexcept>

#include "mcp/tools.h"

namespace dbops::mcp::testing {
namespace {

namespace json = boost::json;

std::string object(std::string_view name, std::string_view text) {
  std::string json;
  JsonWriter(json).begin_object().member(name, text).end_object();
  return json;
}

Questions ask_for(std::string_view key, std::string state) {
  Questions questions{.items = {}, .state = std::move(state)};
  questions.items.push_back(
      {.key = std::string(key),
       .method = "elicitation/create",
       .params = R"({"message":"?","requestedSchema":{"type":"object","properties":)"
                 R"({"name":{"type":"string"}},"required":["name"]}})"});
  return questions;
}

ToolOutcome echo(const Arguments& given) {
  return ToolResult{.text = given.text("text"), .structured = object("text", given.text("text"))};
}

ToolOutcome wait(FakeTools& tools, const Call& call) {
  ++tools.entered;
  const auto passed = tools.gate.pass(call.context());
  if (passed) return ToolResult{.text = "passed", .structured = object("text", "passed")};
  ++tools.cancelled;
  return error_result(passed.error());
}

ToolOutcome count(FakeTools& tools, Call& call, const Arguments& given) {
  const int64_t to = given.integer("to").value_or(0);
  for (int64_t i = 1; i <= to; ++i)
    call.progress(static_cast<double>(i), static_cast<double>(to), "counting");
  if (given.boolean("wait")) static_cast<void>(tools.gate.pass(call.context()));
  return ToolResult{.text = "counted"};
}

ToolOutcome say(Call& call, const Arguments& given) {
  call.log(*parse_log_level(given.text("level")), "fake", R"("something")");
  return ToolResult{.text = "said"};
}

// The state counts the rounds that are behind.
ToolOutcome ask(const Call& call, const Arguments& given) {
  const auto rounds = static_cast<size_t>(given.integer("rounds").value_or(1));
  std::string behind(call.state());
  if (call.answer("name") != nullptr) behind += '.';
  if (behind.size() < rounds) return ask_for("name", behind);
  const auto* content = object_member(*call.answer("name"), "content");
  const auto* name = content != nullptr ? text_member(*content, "name") : nullptr;
  return ToolResult{.text = "hello " + (name != nullptr ? std::string(*name) : "nobody")};
}

ToolOutcome confirm(FakeTools& tools, const Call& call) {
  const auto* answer = call.answer("go");
  if (answer == nullptr) return ask_for("go", "asked");
  const auto* action = text_member(*answer, "action");
  if (action == nullptr || *action != "accept") return ToolResult{.text = "declined"};
  ++tools.confirmed;
  return ToolResult{.text = "done"};
}

ToolOutcome refuse_all() {
  return error_result({.code = Code::syntax,
                       .message = "no such word",
                       .hint = "look it up",
                       .effect = Effect::unknown,
                       .retryable = true,
                       .native_code = "42601",
                       .position = 7});
}

Argument text_argument(std::string_view name) {
  return {.name = name, .description = "A text.", .required = true};
}

Argument number_argument(std::string_view name) {
  return {.name = name, .type = ArgumentType::integer, .description = "A number."};
}

}  // namespace

std::unique_ptr<Server> make_fake_server(FakeTools& tools, ServerSettings settings) {
  auto server = std::make_unique<Server>(std::move(settings));
  std::vector<Tool> all;
  const auto add = [&all, &tools](std::string_view name, std::vector<Argument> arguments,
                                  std::function<ToolOutcome(Call&, Arguments)> run) {
    all.push_back({.name = name,
                   .title = name,
                   .description = "For tests.",
                   .arguments = std::move(arguments),
                   .run = std::move(run),
                   .light = [&tools](const json::object&) { return tools.light.load(); }});
  };
  add("echo", {text_argument("text")}, [](Call&, const Arguments& given) { return echo(given); });
  all.back().output_schema =
      R"({"type":"object","properties":{"text":{"type":"string"}},"required":["text"]})";
  add("repeat", {number_argument("bytes")}, [](Call&, const Arguments& given) -> ToolOutcome {
    return ToolResult{.text = std::string(static_cast<size_t>(*given.integer("bytes")), 'x')};
  });
  add("wait", {}, [&tools](Call& call, const Arguments&) { return wait(tools, call); });
  add("count",
      {number_argument("to"),
       {.name = "wait", .type = ArgumentType::boolean, .description = "Or not."}},
      [&tools](Call& call, const Arguments& given) { return count(tools, call, given); });
  add("say", {text_argument("level")},
      [](Call& call, const Arguments& given) { return say(call, given); });
  add("ask", {number_argument("rounds")},
      [](Call& call, const Arguments& given) { return ask(call, given); });
  add("confirm", {}, [&tools](Call& call, const Arguments&) { return confirm(tools, call); });
  add("break", {}, [](Call&, const Arguments&) -> ToolOutcome {
    throw std::runtime_error("a secret that must not come out");
  });
  add("whoami", {}, [](Call& call, const Arguments&) -> ToolOutcome {
    return ToolResult{.text = call.context().principal};
  });
  add("tier_on_shop", {}, [](Call& call, const Arguments&) -> ToolOutcome {
    const auto tier = call.context().grants ? call.context().grants->on("shop") : Tier::admin;
    return ToolResult{.text = tier ? std::string(name(*tier)) : "none"};
  });
  add("refuse", {}, [](Call&, const Arguments&) { return refuse_all(); });
  all.back().reads = false;
  all.back().tier = Tier::write;
  all.back().destroys = true;
  add_tools(*server, std::move(all));
  server->set_instructions([](const Context&) { return std::string("Be kind."); });
  return server;
}

std::string legacy(std::string_view id, std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out.append(id).append(R"(,"method":")").append(method).append(R"(","params":)");
  return out.append(params).append("}");
}

std::string modern(std::string_view id, std::string_view method, std::string_view params,
                   std::string_view capabilities) {
  std::string inner = R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                      R"("io.modelcontextprotocol/clientCapabilities":)";
  inner.append(capabilities).append("}");
  if (!params.empty()) inner.append(",").append(params);
  return legacy(id, method, inner + "}");
}

std::string notification(std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0","method":")";
  return out.append(method).append(R"(","params":)").append(params).append("}");
}

std::string initialize(std::string_view revision, std::string_view capabilities) {
  std::string params = R"({"protocolVersion":")";
  params.append(revision).append(R"(","capabilities":)").append(capabilities);
  params += R"(,"clientInfo":{"name":"test","version":"1"}})";
  return legacy("0", "initialize", params);
}

std::string call_params(std::string_view tool, std::string_view arguments) {
  std::string out = R"("name":")";
  return out.append(tool).append(R"(","arguments":)").append(arguments);
}

}  // namespace dbops::mcp::testing

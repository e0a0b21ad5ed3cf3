#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "conformance/fixture.h"

namespace dbops::conformance {
namespace {

namespace json = boost::json;

using mcp::Call;
using mcp::Question;
using mcp::Questions;
using mcp::ToolOutcome;
using mcp::ToolResult;

constexpr std::string_view kName =
    R"({"type":"object","properties":{"name":{"type":"string"}},"required":["name"]})";
constexpr std::string_view kOk =
    R"({"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]})";
constexpr std::string_view kUser =
    R"({"type":"object","properties":{"username":{"type":"string","description":"User's response"},)"
    R"("email":{"type":"string","description":"User's email address"}},)"
    R"("required":["username","email"]})";
constexpr std::string_view kDefaults =
    R"({"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":)"
    R"({"type":"integer","default":30},"score":{"type":"number","default":95.5},"status":)"
    R"({"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":)"
    R"({"type":"boolean","default":true}},"required":[]})";
constexpr std::string_view kEnums =
    R"({"type":"object","properties":{"untitledSingle":{"type":"string","enum":["option1",)"
    R"("option2","option3"]},"titledSingle":{"type":"string","oneOf":[{"const":"value1","title":)"
    R"("First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":)"
    R"("Third Option"}]},"legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":)"
    R"(["Option One","Option Two","Option Three"]},"untitledMulti":{"type":"array","items":)"
    R"({"type":"string","enum":["option1","option2","option3"]}},"titledMulti":{"type":"array",)"
    R"("items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":)"
    R"("Second Choice"},{"const":"value3","title":"Third Choice"}]}}},"required":[]})";

Question sampling(std::string_view key, std::string_view prompt) {
  Question question{.key = std::string(key), .method = "sampling/createMessage", .params = {}};
  JsonWriter out(question.params);
  out.begin_object().key("messages").begin_array().begin_object().member("role", "user");
  out.key("content").begin_object().member("type", "text").member("text", prompt).end_object();
  out.end_object().end_array().member("maxTokens", 100).end_object();
  return question;
}

Question roots() { return {.key = "client_roots", .method = "roots/list", .params = "{}"}; }

// Asks until every question has its answer, then goes on with `done`.
template <class Done>
ToolOutcome ask(const Call& call, std::vector<Question> questions, Done done,
                std::string state = "asked") {
  for (const Question& question : questions)
    if (call.answer(question.key) == nullptr)
      return Questions{.items = std::move(questions), .state = std::move(state)};
  return done();
}

// What a person answered, whole.
ToolResult told(const Call& call, std::string_view key, std::string_view before) {
  return {.text = std::string(before) + json::serialize(*call.answer(key))};
}

ToolOutcome ask_form(const Call& call, std::string_view message, std::string_view schema) {
  return ask(call, {elicitation("form", message, schema)},
             [&] { return told(call, "form", "Elicitation completed: "); });
}

ToolOutcome ask_name(const Call& call) {
  return ask(call, {elicitation("user_name", "What is your name?", kName)}, [&] {
    return ToolResult{.text = "Hello, " + field_of(*call.answer("user_name"), "name") + "!"};
  });
}

ToolOutcome ask_model(const Call& call, std::string_view prompt) {
  return ask(call, {sampling("capital_question", prompt)},
             [&] { return told(call, "capital_question", "LLM response: "); });
}

ToolOutcome ask_roots(const Call& call) {
  return ask(call, {roots()}, [&] { return told(call, "client_roots", "Roots: "); });
}

ToolOutcome ask_with_state(const Call& call) {
  return ask(
      call, {elicitation("confirm", "Please confirm", kOk)},
      [&] {
        // What no round of ours left behind is nobody's consent.
        const bool ours = call.state() == "round-1";
        return ToolResult{.text = ours ? "state-ok" : "no state", .is_error = !ours};
      },
      "round-1");
}

ToolOutcome ask_all(const Call& call) {
  return ask(call,
             {elicitation("user_name", "What is your name?", kName),
              sampling("greeting", "Generate a greeting"), roots()},
             [] { return ToolResult{.text = "all was answered"}; });
}

ToolOutcome ask_twice(const Call& call) {
  if (call.state() == "step2" && call.answer("step2") != nullptr)
    return ToolResult{.text = "both were answered"};
  if (call.state() == "step1" && call.answer("step1") != nullptr)
    return Questions{.items = {elicitation("step2", "Step 2: and your name?", kName)},
                     .state = "step2"};
  return Questions{.items = {elicitation("step1", "Step 1: your name?", kName)}, .state = "step1"};
}

ToolOutcome ask_what_is_declared(const Call& call) {
  const mcp::ClientCapabilities& client = call.envelope().client;
  std::vector<Question> questions;
  if (client.elicitation_form)
    questions.push_back(elicitation("user_name", "What is your name?", kName));
  if (client.sampling) questions.push_back(sampling("greeting", "Generate a greeting"));
  if (client.roots) questions.push_back(roots());
  return ask(call, std::move(questions), [] { return ToolResult{.text = "answered"}; });
}

Argument text_argument(std::string_view name) {
  return {.name = name, .description = "A text.", .required = true};
}

}  // namespace

Question elicitation(std::string_view key, std::string_view message, std::string_view schema) {
  Question question{.key = std::string(key), .method = "elicitation/create", .params = {}};
  JsonWriter out(question.params);
  out.begin_object().member("message", message).key("requestedSchema").raw(schema).end_object();
  return question;
}

std::string field_of(const json::object& answer, std::string_view field) {
  const json::object* content = mcp::object_member(answer, "content");
  const json::string* text = content != nullptr ? mcp::text_member(*content, field) : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

std::vector<mcp::Tool> asking_tools() {
  std::vector<mcp::Tool> tools;
  const auto add = [&tools](std::string_view name, std::string_view description, auto run) {
    tools.push_back(tool(name, description,
                         [run](Call& call, const Arguments&) -> ToolOutcome { return run(call); }));
  };
  tools.push_back(tool(
      "test_sampling", "Asks the client's model.",
      [](Call& call, const Arguments& given) { return ask_model(call, given.text("prompt")); }));
  tools.back().arguments = {text_argument("prompt")};
  tools.push_back(
      tool("test_elicitation", "Asks a person.", [](Call& call, const Arguments& given) {
        return ask_form(call, given.text("message"), kUser);
      }));
  tools.back().arguments = {text_argument("message")};
  add("test_elicitation_sep1034_defaults", "Asks with a default for each type.",
      [](Call& call) { return ask_form(call, "Please review", kDefaults); });
  add("test_elicitation_sep1330_enums", "Asks with each kind of choice.",
      [](Call& call) { return ask_form(call, "Please choose", kEnums); });
  add("test_streaming_elicitation", "Asks a person.", ask_name);
  add("test_input_required_result_elicitation", "Asks for a name.", ask_name);
  add("test_input_required_result_sampling", "Asks the client's model.",
      [](Call& call) { return ask_model(call, "What is the capital of France?"); });
  add("test_input_required_result_list_roots", "Asks for the client's roots.", ask_roots);
  add("test_input_required_result_request_state", "Asks, and keeps state.", ask_with_state);
  add("test_input_required_result_tampered_state", "Asks, and keeps state.", ask_with_state);
  add("test_input_required_result_multiple_inputs", "Asks three things at once.", ask_all);
  add("test_input_required_result_multi_round", "Asks twice.", ask_twice);
  add("test_input_required_result_capabilities", "Asks what the client declared.",
      ask_what_is_declared);
  return tools;
}

}  // namespace dbops::conformance

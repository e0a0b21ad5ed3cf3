// The fixture's prompts and resources.
#include "conformance/fixture.h"

namespace dbops::conformance {
namespace {

using mcp::Call;
using mcp::PromptMessage;
using mcp::PromptOutcome;
using mcp::ReadOutcome;
using mcp::ResourceContents;
using mcp::value_of;
using mcp::Variables;

constexpr std::string_view kContext =
    R"({"type":"object","properties":{"context":{"type":"string"}},"required":["context"]})";

std::vector<PromptMessage> say(std::string text) {
  std::vector<PromptMessage> messages;
  messages.push_back({.content = mcp::Text{std::move(text)}});
  return messages;
}

std::vector<PromptMessage> say_after(mcp::Content first, std::string text) {
  std::vector<PromptMessage> messages = say(std::move(text));
  messages.insert(messages.begin(), {.content = std::move(first)});
  return messages;
}

PromptOutcome with_arguments(const Variables& given) {
  return say("Prompt with arguments: arg1='" + std::string(value_of(given, "arg1")) + "', arg2='" +
             std::string(value_of(given, "arg2")) + "'");
}

PromptOutcome with_question(const Call& call) {
  const auto* answer = call.answer("user_context");
  if (answer != nullptr) return say("Context: " + field_of(*answer, "context"));
  return mcp::Questions{
      .items = {elicitation("user_context", "What context should the prompt use?", kContext)},
      .state = "asked"};
}

mcp::Resource resource(std::string uri, std::string name, std::string description,
                       ResourceContents contents) {
  mcp::Resource made{.uri = uri,
                     .name = std::move(name),
                     .description = std::move(description),
                     .mime_type = contents.mime_type,
                     .read = {}};
  contents.uri = std::move(uri);
  made.read = [contents](Call&) -> ReadOutcome { return std::vector{contents}; };
  return made;
}

ReadOutcome templated(const Variables& variables) {
  const std::string id(value_of(variables, "id"));
  std::string text;
  JsonWriter(text)
      .begin_object()
      .member("id", id)
      .member("templateTest", true)
      .member("data", "Data for ID: " + id)
      .end_object();
  return std::vector{ResourceContents{
      .uri = "test://template/" + id + "/data", .mime_type = "application/json", .data = text}};
}

mcp::PromptArgument argument(std::string_view name, std::vector<std::string> values = {}) {
  mcp::PromptArgument made{.name = name, .description = "A text.", .required = true};
  if (!values.empty())
    made.completer = [values](
                         Call&, std::string_view typed,
                         const Variables&) -> tl::expected<std::vector<std::string>, mcp::Failure> {
      return mcp::matching(values, typed);
    };
  return made;
}

}  // namespace

mcp::ResourceLists resources() {
  const std::vector<mcp::Resource> all = {
      resource("test://static-text", "static-text", "A text that never changes.",
               {.uri = {},
                .mime_type = "text/plain",
                .data = "This is the content of the static text resource."}),
      resource("test://static-binary", "static-binary", "An image that never changes.",
               {.uri = {}, .mime_type = "image/png", .data = tiny_png(), .binary = true}),
      resource("test://watched-resource", "watched-resource", "A text that may change.",
               {.uri = {}, .mime_type = "text/plain", .data = "Watched."})};
  mcp::ResourceLists lists;
  lists.resources = [all](const Context&) { return all; };
  lists.templates = {
      {.uri_template = "test://template/{id}/data",
       .name = "template",
       .description = "Data by its id.",
       .mime_type = "application/json",
       .read = [](Call&, const Variables& variables) { return templated(variables); }}};
  return lists;
}

std::vector<mcp::Prompt> prompts() {
  std::vector<mcp::Prompt> all;
  const auto add = [&all](std::string_view name, std::vector<mcp::PromptArgument> arguments,
                          std::function<PromptOutcome(Call&, const Variables&)> run) {
    all.push_back({.name = name,
                   .title = name,
                   .description = "For the conformance suite.",
                   .arguments = std::move(arguments),
                   .run = std::move(run)});
  };
  add("test_simple_prompt", {},
      [](Call&, const Variables&) { return say("This is a simple prompt for testing."); });
  add("test_prompt_with_arguments",
      {argument("arg1", {"paris", "park", "party"}), argument("arg2")},
      [](Call&, const Variables& given) { return with_arguments(given); });
  add("test_prompt_with_embedded_resource", {argument("resourceUri")},
      [](Call&, const Variables& given) {
        return say_after(ResourceContents{.uri = std::string(value_of(given, "resourceUri")),
                                          .mime_type = "text/plain",
                                          .data = "Embedded resource content for testing."},
                         "Please process the embedded resource above.");
      });
  add("test_prompt_with_image", {}, [](Call&, const Variables&) {
    return say_after(mcp::Media{.mime_type = "image/png", .bytes = tiny_png()},
                     "Please analyze the image above.");
  });
  add("test_input_required_result_prompt", {},
      [](Call& call, const Variables&) { return with_question(call); });
  return all;
}

}  // namespace dbops::conformance

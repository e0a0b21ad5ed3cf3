#include "mcp/prompts.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>

#include "base/text.h"
#include "mcp/paging.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr size_t kShownBytes = 64;  // of what a message quotes back

using Prompts = std::vector<Prompt>;

void write_prompt(const Prompt& prompt, Revision revision, JsonWriter& out) {
  out.begin_object().member("name", prompt.name);
  if (has_structure(revision)) out.member("title", prompt.title);
  out.member("description", prompt.description);
  if (!prompt.arguments.empty()) {
    out.key("arguments").begin_array();
    for (const PromptArgument& argument : prompt.arguments) {
      out.begin_object().member("name", argument.name);
      out.member("description", argument.description);
      out.member("required", argument.required).end_object();
    }
    out.end_array();
  }
  out.end_object();
}

tl::unexpected<Failure> unknown_name(std::string_view what, std::string_view name,
                                     const std::vector<std::string>& known) {
  std::string message =
      "unknown " + std::string(what) + " \"" + escape_control(shorten(name, kShownBytes)) + "\"";
  if (const auto meant = nearest(name, known)) message += ": did you mean \"" + *meant + "\"?";
  return refuse(kInvalidParams, std::move(message));
}

template <class Declared>
std::vector<std::string> names_of(const std::vector<Declared>& all) {
  std::vector<std::string> names;
  for (const Declared& declared : all) names.emplace_back(declared.name);
  return names;
}

tl::expected<Variables, Failure> read_arguments(const Prompt& prompt, const Call& call) {
  auto given = read_variables(member(call.params(), "arguments"), "arguments");
  if (!given) return given;
  const auto names = names_of(prompt.arguments);
  for (const auto& [name, value] : *given)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return unknown_name("argument", name, names);
  for (const PromptArgument& argument : prompt.arguments)
    if (argument.required && value_of(*given, argument.name).empty())
      return refuse(kInvalidParams, "the argument " + std::string(argument.name) + " is missing");
  return given;
}

Outcome get(const Prompts& prompts, Call& call, JsonWriter& result) {
  const json::string* name = text_member(call.params(), "name");
  if (name == nullptr) return refuse(kInvalidParams, "params.name is a text");
  const auto prompt = std::find_if(prompts.begin(), prompts.end(),
                                   [&](const Prompt& p) { return *name == p.name; });
  if (prompt == prompts.end()) return unknown_name("prompt", *name, names_of(prompts));
  call.set_target(prompt->name);
  const auto arguments = read_arguments(*prompt, call);
  if (!arguments) return tl::unexpected(arguments.error());

  PromptOutcome outcome = prompt->run(call, *arguments);
  if (auto* failure = std::get_if<Failure>(&outcome)) return tl::unexpected(std::move(*failure));
  if (auto* questions = std::get_if<Questions>(&outcome)) return std::move(*questions);
  result.member("description", prompt->description).key("messages").begin_array();
  for (const PromptMessage& message : std::get<std::vector<PromptMessage>>(outcome)) {
    result.begin_object().member("role", message.from_assistant ? "assistant" : "user");
    result.key("content");
    write_content(message.content, call.revision(), result);
    result.end_object();
  }
  result.end_array();
  return std::nullopt;
}

}  // namespace

void add_prompts(Server& server, std::vector<Prompt> prompts, Completions& completions) {
  for (const Prompt& prompt : prompts)
    for (const PromptArgument& argument : prompt.arguments)
      completions.add_prompt(prompt.name, argument.name, argument.completer);
  const auto shared = std::make_shared<const Prompts>(std::move(prompts));
  server.add({.name = "prompts/list",
              .quick = true,
              .cache_life = kListsLife,
              .cache_public = true,
              .run = [shared](Call& call, JsonWriter& out) {
                return write_page(
                    call, "prompts", shared->size(),
                    [&](size_t i) { write_prompt((*shared)[i], call.revision(), out); }, out);
              }});
  server.add({.name = "prompts/get", .asks = true, .run = [shared](Call& call, JsonWriter& out) {
                return get(*shared, call, out);
              }});
  server.add_capability("prompts", list_capability(server, List::prompts));
}

}  // namespace dbops::mcp

#include "mcp/completions.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

void write_completion(const std::vector<std::string>& values, JsonWriter& result) {
  result.key("completion").begin_object().key("values").begin_array();
  for (size_t i = 0; i < values.size() && i < kCompletionsMax; ++i) result.string(values[i]);
  result.end_array();
  // Where there are more, whoever looked for them may have stopped at a bound: how many is not
  // known.
  const bool has_more = values.size() > kCompletionsMax;
  if (!has_more) result.member("total", uint64_t{values.size()});
  result.member("hasMore", has_more).end_object();
}

// What the request refers to, by its name or its URI template.
template <class Map>
const typename Map::mapped_type* find_referred(const Map& known, const json::string* name) {
  const auto found = name != nullptr ? known.find(std::string_view(*name)) : known.end();
  return found != known.end() ? &found->second : nullptr;
}

}  // namespace

tl::expected<Variables, Failure> read_variables(const json::value* object, std::string_view what) {
  Variables variables;
  if (object == nullptr) return variables;
  if (!object->is_object()) return refuse(kInvalidParams, std::string(what) + " is an object");
  if (object->get_object().size() > kVariablesMax)
    return refuse(kInvalidParams, std::string(what) + " has too many members");
  for (const auto& [name, value] : object->get_object()) {
    if (!value.is_string() || value.get_string().size() > kVariableBytesMax)
      return refuse(kInvalidParams,
                    "each of " + std::string(what) + " is a text of at most 64 KiB");
    variables.emplace(std::string(name), std::string(value.get_string()));
  }
  return variables;
}

std::string_view value_of(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found != variables.end() ? std::string_view(found->second) : std::string_view();
}

std::vector<std::string> matching(const std::vector<std::string>& names, std::string_view typed) {
  const auto bare = [](std::string_view text) {
    std::string stripped = lower(text);
    std::erase(stripped, '"');
    return stripped;
  };
  const std::string wanted = bare(typed);
  std::vector<std::string> found;
  std::vector<std::string> within;
  for (const std::string& name : names) {
    const size_t at = bare(name).find(wanted);
    if (at == 0) found.push_back(name);
    if (at != 0 && at != std::string::npos) within.push_back(name);
  }
  found.insert(found.end(), within.begin(), within.end());
  return found;
}

void Completions::add_prompt(std::string_view prompt, std::string_view argument,
                             Completer completer) {
  prompts_[std::string(prompt)].insert_or_assign(std::string(argument), std::move(completer));
}

void Completions::add_template(std::string_view uri_template, std::string_view variable,
                               Completer completer) {
  templates_[std::string(uri_template)].insert_or_assign(std::string(variable),
                                                         std::move(completer));
}

void add_completions(Server& server, Completions completions) {
  server.add_capability("completions", "{}");
  const auto complete = [known = std::move(completions)](Call& call,
                                                         JsonWriter& result) -> Outcome {
    const json::object* ref = object_member(call.params(), "ref");
    const json::string* type = ref != nullptr ? text_member(*ref, "type") : nullptr;
    const Completions::Arguments* arguments = nullptr;
    if (type != nullptr && *type == "ref/prompt")
      arguments = find_referred(known.prompts_, text_member(*ref, "name"));
    if (type != nullptr && *type == "ref/resource")
      arguments = find_referred(known.templates_, text_member(*ref, "uri"));
    if (arguments == nullptr)
      return refuse(kInvalidParams, "ref names a prompt or a resource template that is here");

    const json::object* argument = object_member(call.params(), "argument");
    const json::string* name = argument != nullptr ? text_member(*argument, "name") : nullptr;
    const json::string* typed = argument != nullptr ? text_member(*argument, "value") : nullptr;
    if (name == nullptr || typed == nullptr || typed->size() > kVariableBytesMax)
      return refuse(kInvalidParams, "argument has a name and a value of at most 64 KiB");
    const auto completer = arguments->find(std::string_view(*name));
    if (completer == arguments->end())
      return refuse(kInvalidParams, "no such argument: \"" + escape_control(*name) + "\"");

    const json::object* context = object_member(call.params(), "context");
    auto others = read_variables(context != nullptr ? member(*context, "arguments") : nullptr,
                                 "context.arguments");
    if (!others) return tl::unexpected(others.error());
    std::vector<std::string> values;
    if (completer->second) {
      auto found = completer->second(call, *typed, *others);
      if (!found) return tl::unexpected(found.error());
      values = std::move(*found);
    }
    write_completion(values, result);
    return std::nullopt;
  };
  server.add({.name = "completion/complete", .run = complete});
}

}  // namespace dbops::mcp

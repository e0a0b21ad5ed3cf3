#include "core/arguments.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops {
namespace {

namespace json = boost::json;

constexpr size_t kShownBytes = 40;  // of a value that a message quotes

std::string shown(std::string_view text) {
  return "\"" + escape_control(shorten(text, kShownBytes)) + "\"";
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

// What was given, for a message: small values as they are, others by their type alone.
std::string describe(const json::value& given) {
  switch (given.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return given.get_bool() ? "true" : "false";
    case json::kind::int64:
      return std::to_string(given.get_int64());
    case json::kind::uint64:
      return std::to_string(given.get_uint64());
    case json::kind::double_: {
      std::string text;
      JsonWriter(text).real(given.get_double());
      return text;
    }
    case json::kind::string:
      return given.get_string().size() <= kShownBytes
                 ? "the text " + shown(view(given.get_string()))
                 : "a text";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "a value";
}

tl::unexpected<Error> mistaken(std::string_view name, const json::value& given, std::string must,
                               std::string hint = {}) {
  return fail(Code::invalid_argument,
              "the argument \"" + std::string(name) + "\" is " + describe(given) + "; it must be " +
                  std::move(must),
              std::move(hint));
}

// An item of an array, as it is named in messages: `params[2]`, counted from 0 as JSON does.
std::string item_name(std::string_view name, size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

Result<std::string> read_text(std::string_view name, const json::value& given, size_t bytes_max) {
  if (!given.is_string()) return mistaken(name, given, "a text");
  const std::string_view text = view(given.get_string());
  if (text.size() > bytes_max)
    return fail(Code::invalid_argument, "the argument \"" + std::string(name) + "\" has " +
                                            format_bytes(text.size()) + "; it may have " +
                                            format_bytes(bytes_max));
  return std::string(text);
}

bool has_maximum(const Argument& argument) { return argument.maximum != kJsonIntegerMax; }
bool has_minimum(const Argument& argument) { return argument.minimum > -kJsonIntegerMax; }

Result<int64_t> read_integer(const Argument& argument, const json::value& given) {
  const auto number = json_integer(given);
  if (number && *number >= argument.minimum && *number <= argument.maximum) return *number;
  std::string must = "an integer";
  if (has_minimum(argument) && has_maximum(argument))
    must += " from " + format_count(argument.minimum) + " to " + format_count(argument.maximum);
  else if (has_minimum(argument))
    must += " of at least " + format_count(argument.minimum);
  else if (has_maximum(argument))
    must += " of at most " + format_count(argument.maximum);
  return mistaken(argument.name, given, std::move(must));
}

Result<std::string> read_choice(const Argument& argument, const json::value& given) {
  std::vector<std::string> choices(argument.choices.begin(), argument.choices.end());
  std::string must = "one of ";
  for (const std::string& choice : choices) {
    if (given.is_string() && view(given.get_string()) == choice) return choice;
    if (&choice != &choices.front()) must += ", ";
    must += choice;
  }
  std::string hint;
  if (given.is_string()) {
    if (const auto meant = nearest(view(given.get_string()), choices))
      hint = "did you mean " + *meant + "?";
  }
  return mistaken(argument.name, given, std::move(must), std::move(hint));
}

Result<std::vector<std::string>> read_texts(const Argument& argument, const json::value& given) {
  if (!given.is_array()) return mistaken(argument.name, given, "an array of texts");
  const json::array& items = given.get_array();
  if (items.size() > kTextsMax)
    return mistaken(argument.name, given, "one of at most " + format_count(kTextsMax) + " items");
  std::vector<std::string> texts;
  for (const json::value& item : items) {
    DBOPS_ASSIGN(std::string text,
                 read_text(item_name(argument.name, texts.size()), item, argument.bytes_max));
    texts.push_back(std::move(text));
  }
  return texts;
}

// Adds one statement parameter. `name` is the parameter's own, `where()` the argument's in
// messages.
template <class Where>
Result<void> add_parameter(Where where, std::string_view name, const json::value& given,
                           Parameters& parameters) {
  std::string text;  // Backs a cell that is not a piece of `given`.
  switch (given.kind()) {
    case json::kind::null:
      parameters.add(name, Value());
      return {};
    case json::kind::bool_:
      parameters.add(name, Value::boolean(given.get_bool()));
      return {};
    case json::kind::int64:
      parameters.add(name, Value::integer(given.get_int64()));
      return {};
    case json::kind::uint64:  // Beyond int64, else Boost.JSON had said so.
      text = std::to_string(given.get_uint64());
      parameters.add(name, Value::view(Kind::decimal, text));
      return {};
    case json::kind::double_:  // The nearest to what was written; a text keeps all digits.
      parameters.add(name, Value::real(given.get_double()));
      return {};
    case json::kind::string:
      parameters.add(name, Value::text(view(given.get_string())));
      return {};
    case json::kind::array:
    case json::kind::object:
      break;
  }
  const json::value* encoded = given.is_object() && given.get_object().size() == 1
                                   ? given.get_object().if_contains("base64")
                                   : nullptr;
  if (encoded == nullptr) {
    JsonWriter(text).json(given);
    parameters.add(name, Value::view(Kind::json, text));
    return {};
  }
  const auto bytes =
      encoded->is_string() ? decode_base64(view(encoded->get_string())) : std::nullopt;
  if (!bytes)
    return mistaken(where() + ".base64", *encoded, "bytes in base64 (RFC 4648, with padding)");
  parameters.add(name, Value::view(Kind::bytes, *bytes));
  return {};
}

// {"name": ..., "value": ...}: the two members, or nullptr twice.
std::pair<const json::value*, const json::value*> named_item(const json::value& item) {
  if (!item.is_object() || item.get_object().size() != 2) return {nullptr, nullptr};
  const json::value* name = item.get_object().if_contains("name");
  const json::value* value = item.get_object().if_contains("value");
  if (name == nullptr || value == nullptr) return {nullptr, nullptr};
  return {name, value};
}

// The name as the statement's parser knows it: people like to write it with its prefix.
std::string_view without_prefix(std::string_view name) {
  if (!name.empty() && (name[0] == ':' || name[0] == '@' || name[0] == '$')) name.remove_prefix(1);
  return name;
}

Result<Parameters> read_values(const Argument& argument, const json::value& given) {
  if (!given.is_array())
    return mistaken(argument.name, given, "an array with one item for each parameter");
  const json::array& items = given.get_array();
  if (items.size() > kParametersMax)
    return mistaken(argument.name, given,
                    "one of at most " + format_count(kParametersMax) + " items");
  Parameters parameters;
  std::set<std::string_view> names;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto where = [&] { return item_name(argument.name, i); };
    const auto [name_given, value] = named_item(items[i]);
    if (name_given == nullptr) {
      DBOPS_TRY(add_parameter(where, {}, items[i], parameters));
      continue;
    }
    DBOPS_TRY(read_text(where() + ".name", *name_given, kParameterNameBytesMax));
    const std::string_view name = without_prefix(view(name_given->get_string()));
    if (name.empty()) return mistaken(where() + ".name", *name_given, "the name of a parameter");
    if (!names.insert(name).second)
      return mistaken(where() + ".name", *name_given, "a name that is not given twice");
    DBOPS_TRY(add_parameter([&] { return where() + ".value"; }, name, *value, parameters));
  }
  return parameters;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

// Every name must be a declared one.
Result<void> check_names(std::span<const Argument> declared, const json::object& given) {
  for (const auto& member : given) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::any_of(declared.begin(), declared.end(),
                    [&](const Argument& argument) { return argument.name == name; }))
      continue;
    std::vector<std::string> names;
    for (const Argument& argument : declared) names.emplace_back(argument.name);
    std::string hint;
    if (const auto meant = nearest(name, names)) {
      hint = "did you mean \"" + *meant + "\"?";
    } else if (names.empty()) {
      hint = "it takes no arguments";
    } else {
      hint = "the arguments are " + list(names);
    }
    return fail(Code::invalid_argument, "there is no argument " + shown(name), std::move(hint));
  }
  return {};
}

// A plain look through: there are no more than are declared, each but once.
const json::value* find_given(const json::object& given, std::string_view name) {
  for (const auto& member : given)
    if (std::string_view(member.key()) == name) return &member.value();
  return nullptr;
}

Error missing(std::span<const Argument> declared, const Argument& argument) {
  std::vector<std::string> needed;
  for (const Argument& each : declared)
    if (each.required) needed.emplace_back(each.name);
  Error error{.code = Code::invalid_argument,
              .message = "the argument \"" + std::string(argument.name) + "\" is missing",
              .hint = "it is: " + std::string(argument.description)};
  if (needed.size() > 1) error.hint += " All that is needed: " + list(needed);
  return error;
}

template <class T>
Result<void> keep(Result<T> read, auto& slot) {
  if (!read) return fail(std::move(read).error());
  slot = *std::move(read);
  return {};
}

Result<bool> read_boolean(const Argument& argument, const json::value& given) {
  if (!given.is_bool()) return mistaken(argument.name, given, "true or false");
  return given.get_bool();
}

Result<std::string> read_object(const Argument& argument, const json::value& given) {
  if (!given.is_object()) return mistaken(argument.name, given, "an object");
  std::string text;
  JsonWriter(text).json(given);
  return text;
}

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::text:
    case ArgumentType::choice:
      return "string";
    case ArgumentType::integer:
      return "integer";
    case ArgumentType::boolean:
      return "boolean";
    case ArgumentType::texts:
    case ArgumentType::values:
      return "array";
    case ArgumentType::object:
      return "object";
  }
  return "string";
}

void write_property(const Argument& argument, JsonWriter& out) {
  out.key(argument.name).begin_object();
  out.member("type", type_name(argument.type));
  if (argument.type == ArgumentType::choice) {
    out.key("enum").begin_array();
    for (const std::string_view choice : argument.choices) out.string(choice);
    out.end_array();
  }
  if (argument.type == ArgumentType::integer) {
    if (has_minimum(argument)) out.member("minimum", argument.minimum);
    if (has_maximum(argument)) out.member("maximum", argument.maximum);
  }
  if (argument.type == ArgumentType::texts)
    out.key("items").begin_object().member("type", "string").end_object();
  if (argument.type == ArgumentType::values) out.key("items").begin_object().end_object();
  out.member("description", argument.description);
  out.end_object();
}

}  // namespace

bool Arguments::has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(),
                     [&](const auto& each) { return each.first == name; });
}

template <class T>
const T* Arguments::find(std::string_view name) const {
  for (const auto& [given, value] : given_)
    if (given == name) return std::get_if<T>(&value);
  return nullptr;
}

std::string Arguments::text(std::string_view name) const {
  const auto* text = find<std::string>(name);
  return text == nullptr ? std::string() : *text;
}

std::optional<int64_t> Arguments::integer(std::string_view name) const {
  const auto* number = find<int64_t>(name);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

bool Arguments::boolean(std::string_view name, bool fallback) const {
  const auto* value = find<bool>(name);
  return value == nullptr ? fallback : *value;
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const auto* texts = find<std::vector<std::string>>(name);
  return texts == nullptr ? std::vector<std::string>() : *texts;
}

Parameters Arguments::take_values(std::string_view name) {
  const auto found = std::find_if(given_.begin(), given_.end(),
                                  [&](const auto& each) { return each.first == name; });
  auto* values = found == given_.end() ? nullptr : std::get_if<Parameters>(&found->second);
  if (values == nullptr) return {};
  Parameters taken = std::move(*values);
  given_.erase(found);
  return taken;
}

std::string Arguments::object(std::string_view name) const {
  const auto* text = find<std::string>(name);
  return text == nullptr ? std::string("{}") : *text;
}

Result<Arguments> read_arguments(std::span<const Argument> declared, const json::object& given) {
  DBOPS_TRY(check_names(declared, given));
  Arguments arguments;
  arguments.given_.reserve(given.size());
  for (const Argument& argument : declared) {
    const json::value* value = find_given(given, argument.name);
    if (value == nullptr || value->is_null()) {
      if (!argument.required) continue;
      return fail(missing(declared, argument));
    }
    auto& [name, slot] = arguments.given_.emplace_back();
    name = argument.name;
    switch (argument.type) {
      case ArgumentType::text:
        DBOPS_TRY(keep(read_text(argument.name, *value, argument.bytes_max), slot));
        break;
      case ArgumentType::integer:
        DBOPS_TRY(keep(read_integer(argument, *value), slot));
        break;
      case ArgumentType::boolean:
        DBOPS_TRY(keep(read_boolean(argument, *value), slot));
        break;
      case ArgumentType::choice:
        DBOPS_TRY(keep(read_choice(argument, *value), slot));
        break;
      case ArgumentType::texts:
        DBOPS_TRY(keep(read_texts(argument, *value), slot));
        break;
      case ArgumentType::values:
        DBOPS_TRY(keep(read_values(argument, *value), slot));
        break;
      case ArgumentType::object:
        DBOPS_TRY(keep(read_object(argument, *value), slot));
        break;
    }
  }
  return arguments;
}

void write_schema(std::span<const Argument> declared, JsonWriter& out) {
  out.begin_object().member("type", "object");
  out.key("properties").begin_object();
  for (const Argument& argument : declared) write_property(argument, out);
  out.end_object();
  if (std::any_of(declared.begin(), declared.end(), [](const Argument& a) { return a.required; })) {
    out.key("required").begin_array();
    for (const Argument& argument : declared)
      if (argument.required) out.string(argument.name);
    out.end_array();
  }
  out.member("additionalProperties", false).end_object();
}

}  // namespace dbops

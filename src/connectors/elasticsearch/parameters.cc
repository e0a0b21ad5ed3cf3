#include "connectors/elasticsearch/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"
#include "base/value_text.h"

namespace dbops::elasticsearch {
namespace {

tl::unexpected<Error> no_fit(std::string message) {
  return fail(Code::invalid_argument, std::move(message),
              "write ? for each value in their order, or in ES|QL ?name for each named one");
}

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

tl::unexpected<Error> no_place() {
  return fail(Code::invalid_argument,
              "a parameter is bytes or an object, for which a query has no place",
              "write bytes as base64 text, and objects into the body of a request");
}

Result<void> write_value(const Value& value, JsonWriter& out) {
  switch (value.kind()) {
    case Kind::null:
      out.null();
      return {};
    case Kind::boolean:
      out.boolean(value.as_boolean());
      return {};
    case Kind::integer:
      out.integer(value.as_integer());
      return {};
    case Kind::real:
      if (!std::isfinite(value.as_real()))
        return fail(Code::invalid_argument, "a parameter is no number that JSON can write");
      out.real(value.as_real());
      return {};
    case Kind::decimal:
      if (value.as_text().find_first_not_of("-0123456789.") == std::string_view::npos) {
        out.raw(value.as_text());
        return {};
      }
      return fail(Code::invalid_argument, "a parameter is no number that JSON can write");
    case Kind::bytes:
    case Kind::map:
      return no_place();
    case Kind::list:
      out.begin_array();
      for (const Value& item : value.as_items()) DBOPS_TRY(write_value(item, out));
      out.end_array();
      return {};
    case Kind::json:
      if (value.as_text().starts_with('{')) return no_place();
      value.as_text().starts_with('[') ? out.raw(value.as_text()) : out.string(value.as_text());
      return {};
    default:
      out.string(value.as_text());
      return {};
  }
}

// By the names that OpenSearch has for them; a decimal goes as the double next to it.
std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "long";
    case Kind::real:
    case Kind::decimal:
      return "double";
    default:
      return "string";
  }
}

Result<void> write_typed(const Value& value, JsonWriter& out) {
  if (value.kind() == Kind::list || value.kind() == Kind::json) return no_place();
  out.begin_object().member("type", type_of(value.kind())).key("value");
  DBOPS_TRY(write_value(value, out));
  out.end_object();
  return {};
}

// Every placeholder has its value, every value its placeholder.
Result<void> match(const std::vector<Placeholder>& holders, const Parameters& parameters,
                   bool named) {
  if (named) {
    std::set<std::string_view> wanted;
    std::set<std::string_view> given;
    for (const Placeholder& each : holders) wanted.insert(each.name);
    for (const Parameter& each : parameters.items) given.insert(each.name);
    for (const std::string_view name : wanted)
      if (!given.contains(name)) return no_fit("there is no parameter for ?" + std::string(name));
    for (const std::string_view name : given)
      if (!wanted.contains(name))
        return no_fit("the query has no place for the parameter " + escape_control(name));
    return {};
  }
  size_t wanted = 0;
  for (const Placeholder& each : holders) {
    if (!each.name.empty() && !is_number(each.name))
      return no_fit("there is no parameter for ?" + each.name);
    size_t number = 0;
    std::from_chars(each.name.data(), each.name.data() + each.name.size(), number);
    wanted = number > 0 ? std::max(wanted, number) : wanted + 1;
  }
  if (wanted == parameters.size()) return {};
  return no_fit("the query has places for " + std::to_string(wanted) + " parameters, not " +
                std::to_string(parameters.size()));
}

}  // namespace

Result<void> write_parameters(std::string_view query, Language language,
                              const Parameters& parameters, ParameterStyle style, JsonWriter& out) {
  const auto holders = placeholders(query, language);
  if (parameters.empty() && holders.empty()) return {};
  const auto is_named = [](const Parameter& each) { return !each.name.empty(); };
  const auto named = std::count_if(parameters.items.begin(), parameters.items.end(), is_named);
  if (named > 0 && static_cast<size_t>(named) < parameters.size())
    return no_fit("some parameters have names and some have none");
  if (named > 0 && language != Language::esql)
    return no_fit("SQL takes parameters by their order alone");
  DBOPS_TRY(match(holders, parameters, named > 0));
  const bool typed = style == ParameterStyle::typed;
  out.key(typed ? "parameters" : "params").begin_array();
  for (const Parameter& each : parameters.items) {
    if (typed) {
      DBOPS_TRY(write_typed(each.value, out));
      continue;
    }
    if (named > 0) out.begin_object().key(each.name);
    DBOPS_TRY(write_value(each.value, out));
    if (named > 0) out.end_object();
  }
  out.end_array();
  return {};
}

}  // namespace dbops::elasticsearch

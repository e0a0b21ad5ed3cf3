#include "connectors/elasticsearch/body_parameters.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "connectors/elasticsearch/documents.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

tl::unexpected<Error> no_fit(std::string message) {
  return fail(Code::invalid_argument, std::move(message),
              "in the body write \"$1\" where the first value belongs, \"$2\" for the second; the "
              "text $1 itself is \"\\u00241\"");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Past a digit that can begin a number, behind the `$` at `at`.
bool begins_place(string_view text, size_t at) {
  return text[at] == '$' && at + 1 < text.size() && is_digit(text[at + 1]) && text[at + 1] != '0';
}

// The number of a string's text as it is written, from 1; nullopt where it is no place.
std::optional<size_t> place_of(string_view text) {
  if (text.empty() || !begins_place(text, 0)) return std::nullopt;
  size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, number);
  // More digits than a number has are a place all the same, one without a value.
  if (error != std::errc()) number = kParametersMax + 1;
  if (stop != end) return std::nullopt;
  return number;
}

// Behind the string that starts at `at`.
size_t string_end(string_view body, size_t at) {
  for (++at; body[at] != '"'; ++at)
    if (body[at] == '\\') ++at;
  return at + 1;
}

bool is_key(string_view body, size_t end) {
  const size_t next = body.find_first_not_of(" \t\r\n", end);
  return next != string_view::npos && body[next] == ':';
}

Result<std::vector<std::string>> json_values(const Parameters& parameters) {
  std::vector<std::string> values;
  for (const Parameter& each : parameters.items) {
    if (!each.name.empty())
      return no_fit("a request takes its parameters by their order, not by a name");
    if (each.value.kind() == Kind::real && !std::isfinite(each.value.as_real()))
      return fail(Code::invalid_argument, "a parameter is no number that JSON can write");
    append_json(each.value, values.emplace_back());
  }
  return values;
}

}  // namespace

Result<std::string> bind_body(string_view body, const Parameters& parameters) {
  DBOPS_ASSIGN(const std::vector<std::string> values, json_values(parameters));
  std::vector<bool> used(values.size());
  std::string bound;
  size_t copied = 0;
  for (size_t at = body.find('"'); at < body.size(); at = body.find('"', at)) {
    const size_t begin = at;
    at = string_end(body, begin);
    const string_view text = body.substr(begin + 1, at - begin - 2);
    const auto place = place_of(text);
    if (!place) continue;
    if (is_key(body, at)) return no_fit("a parameter can't be the name of a member");
    if (*place > values.size())
      return no_fit("there is no value for \"" + std::string(text.substr(0, 8)) + "\"");
    const std::string& value = values[*place - 1];
    used[*place - 1] = true;
    bound.append(body, copied, begin - copied);
    if (bound.size() + value.size() > kBoundBodyBytesMax)
      return fail(Code::too_large, "the body with its parameters is too large", "send it in parts");
    bound += value;
    copied = at;
  }
  bound.append(body, copied);
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i]) return no_fit("the body has no place for the value " + std::to_string(i + 1));
  return bound;
}

Result<void> check_unbound(string_view path) {
  for (size_t at = path.find('$'); at < path.size(); at = path.find('$', at + 1))
    if (begins_place(path, at))
      return fail(Code::invalid_argument, "a path takes no parameters",
                  "write the names in it out; values go into the body, as \"$1\"");
  return {};
}

}  // namespace dbops::elasticsearch

#include "connectors/redis/bind.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/value_text.h"

namespace dbops::redis {
namespace {

constexpr std::string_view kHint = "a parameter is a word $1, $2 ... without quotes around it";

// The number of the parameter that the word stands for.
std::optional<size_t> placeholder(std::string_view word) {
  if (word.size() < 2 || word[0] != '$' || word[1] == '0') return std::nullopt;
  size_t number = 0;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

Result<std::string> argument(const Value& value, size_t number) {
  const auto refused = [&](std::string_view what, std::string hint) {
    return fail(Code::invalid_argument,
                "parameter " + std::to_string(number) + " is " + std::string(what) +
                    ", which is no argument of a command",
                std::move(hint));
  };
  std::string text;
  switch (value.kind()) {
    case Kind::null:
      return refused("null", "leave the argument out, or give an empty text");
    case Kind::boolean:
      return refused("a boolean", "give what the application takes for it, such as 1 or 0");
    case Kind::list:
    case Kind::map:
      return refused("a list", "give each of its items as a parameter of its own");
    case Kind::real:
      if (!std::isfinite(value.as_real())) {
        if (std::isnan(value.as_real())) return "nan";
        return value.as_real() < 0 ? "-inf" : "inf";
      }
      append_text(text, value);
      return text;
    case Kind::integer:
      append_text(text, value);
      return text;
    default:
      return std::string(value.as_text());
  }
}

}  // namespace

Result<std::vector<std::string>> bind(Line line, const Parameters& parameters, size_t name_words) {
  if (parameters.empty()) return std::move(line.words);
  std::vector<bool> used(parameters.size());
  for (const Parameter& parameter : parameters.items)
    if (!parameter.name.empty())
      return fail(Code::invalid_argument, "parameters of Redis have numbers, not names",
                  std::string(kHint));
  for (size_t i = 0; i < line.words.size(); ++i) {
    const auto number = line.plain[i] ? placeholder(line.words[i]) : std::nullopt;
    if (!number) continue;
    if (i < name_words)
      return fail(Code::invalid_argument, "the name of a command can't be a parameter",
                  "write the command, and parameters for its arguments");
    if (*number > parameters.size())
      return fail(Code::invalid_argument,
                  "there is no parameter for $" + std::to_string(*number) + ": " +
                      std::to_string(parameters.size()) + " were given",
                  std::string(kHint));
    used[*number - 1] = true;
    DBOPS_ASSIGN(line.words[i], argument(parameters.items[*number - 1].value, *number));
  }
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i])
      return fail(Code::invalid_argument,
                  "the command has no $" + std::to_string(i + 1) + ": it takes fewer parameters",
                  std::string(kHint));
  return std::move(line.words);
}

}  // namespace dbops::redis

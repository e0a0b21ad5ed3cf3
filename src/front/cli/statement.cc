#include "front/cli/statement.h"

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/json.h"
#include "core/arguments.h"
#include "core/dialect.h"

namespace dbops::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kParametersName = "json-params";

Result<std::string> read_stdin() {
  std::string text;
  constexpr size_t kBlock = 64u << 10;
  for (;;) {
    const size_t size = text.size();
    if (size > kScriptBytesMax)
      return fail(Code::too_large, "the statement on stdin is larger than 16 MiB");
    text.resize(size + kBlock);
    const ssize_t got = read(STDIN_FILENO, text.data() + size, kBlock);
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) return fail(Code::cancelled, "cancelled by the caller");
    if (got < 0) return fail(Code::io, std::string("can't read stdin: ") + std::strerror(errno));
  }
}

Result<std::string> read_source(const StatementSource& source, Files& files,
                                const Terminal& terminal) {
  if (source.argument && !source.file.empty())
    return fail(Code::invalid_argument, "a statement is given twice: as an argument and with -f",
                "leave one of them out");
  if (source.argument && *source.argument != "-") return *source.argument;
  if (!source.file.empty() && source.file != "-") return files.read(source.file, kScriptBytesMax);
  const bool asked = source.argument || !source.file.empty();
  if (terminal.input && !asked)
    return fail(Code::invalid_argument, "no statement is given",
                "give it as an argument, with -f FILE, or on stdin; or open a shell with "
                "`dbops shell`");
  return read_stdin();
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !letter(text[0])) return false;
  for (const char c : text)
    if (!letter(c) && !(c >= '0' && c <= '9')) return false;
  return true;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// -?digits.digits, with no zeros in front that a number wouldn't have.
bool is_plain_number(std::string_view text, bool fraction) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!is_digits(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
  if (point == std::string_view::npos) return !fraction;
  return fraction && is_digits(text.substr(point + 1));
}

Value value_of(std::string_view text) {
  int64_t number = 0;
  if (is_plain_number(text, false) &&
      std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
    return Value::integer(number);
  if (is_plain_number(text, true)) return Value::view(Kind::decimal, text);
  return Value::text(text);
}

// An object becomes the array of named values that core/arguments.h knows.
boost::json::value as_array(boost::json::value given) {
  if (!given.is_object()) return given;
  boost::json::array items;
  for (const auto& [key, value] : given.get_object())
    items.push_back(boost::json::object{{"name", key}, {"value", value}});
  return items;
}

Result<Parameters> read_json(const std::string& text) {
  auto parsed = parse_exact_json(text, {});
  if (!parsed && parsed.error().code == Code::invalid_argument)
    return fail(Code::invalid_argument, "--json-params: " + parsed.error().message,
                parsed.error().hint);
  if (!parsed)
    return fail(Code::invalid_argument, "--json-params is not JSON: " + parsed.error().message,
                "write it like --json-params '[1, \"x\", null]' or '{\"name\": \"x\"}'");
  const Argument declared[] = {
      {.name = kParametersName, .type = ArgumentType::values, .description = "parameters"}};
  boost::json::object given;
  given.emplace(kParametersName, as_array(std::move(*parsed)));
  DBOPS_ASSIGN(auto arguments, read_arguments(declared, given));
  return arguments.take_values(kParametersName);
}

}  // namespace

Result<std::string> read_statement(const StatementSource& source, Files& files,
                                   const Terminal& terminal) {
  DBOPS_ASSIGN(std::string text, read_source(source, files, terminal));
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

Result<Parameters> read_parameters(const std::vector<std::string>& texts, const std::string& json) {
  if (!json.empty()) {
    if (!texts.empty())
      return fail(Code::invalid_argument, "-p and --json-params exclude each other");
    return read_json(json);
  }
  Parameters parameters;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    std::string_view name = std::string_view(text).substr(0, equals);
    std::string_view value = text;
    if (equals == std::string::npos || (!name.empty() && !is_name(name))) {
      name = {};
    } else {
      value.remove_prefix(equals + 1);
    }
    parameters.add(name, value_of(value));
  }
  return parameters;
}

}  // namespace dbops::cli

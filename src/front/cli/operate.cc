// What is special to an engine: operations, operate.
#include <boost/json.hpp>

#include "base/text.h"
#include "core/policy.h"
#include "front/cli/commands.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "ops/inspect.h"

namespace dbops::cli {
namespace {

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::text:
    case ArgumentType::choice:
      return "text";
    case ArgumentType::integer:
      return "integer";
    case ArgumentType::boolean:
      return "true|false";
    case ArgumentType::texts:
      return "text,text,...";
    case ArgumentType::values:
    case ArgumentType::object:
      return "JSON";
  }
  return "";
}

// `table=<text> [analyze=true|false]`, as it is typed behind the operation's name.
std::string usage(const Operation& operation) {
  std::string text;
  for (const Argument& argument : operation.arguments) {
    if (!text.empty()) text += ' ';
    std::string form = std::string(argument.name) + "=";
    if (argument.choices.empty()) form += "<" + std::string(type_name(argument.type)) + ">";
    for (size_t i = 0; i < argument.choices.size(); ++i)
      form += (i == 0 ? "" : "|") + std::string(argument.choices[i]);
    text += argument.required ? form : "[" + form + "]";
  }
  return text;
}

boost::json::array split_texts(std::string_view text) {
  boost::json::array items;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    items.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return items;
}

// The value as JSON, by the argument's type; what doesn't fit stays text, for read_arguments() to
// refuse with the right words.
boost::json::value as_json(const Argument* argument, const std::string& text) {
  if (argument == nullptr) return boost::json::value(text);
  if (argument->type == ArgumentType::texts) return split_texts(text);
  if (argument->type == ArgumentType::text || argument->type == ArgumentType::choice)
    return boost::json::value(text);
  auto parsed = parse_json(text);
  return parsed ? std::move(*parsed) : boost::json::value(text);
}

Result<std::string> arguments_json(const Operation* operation, const OperateOptions& options) {
  if (!options.json_arguments.empty()) {
    if (!options.arguments.empty())
      return fail(Code::invalid_argument, "NAME=VALUE and --json exclude each other");
    return options.json_arguments;
  }
  boost::json::object object;
  for (const std::string& text : options.arguments) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos)
      return fail(Code::invalid_argument, "not NAME=VALUE: " + escape_control(text),
                  operation ? "this operation takes " + usage(*operation) : "");
    const std::string key = text.substr(0, equals);
    const Argument* declared = nullptr;
    if (operation != nullptr)
      for (const Argument& argument : operation->arguments)
        if (argument.name == key) declared = &argument;
    object[key] = as_json(declared, text.substr(equals + 1));
  }
  return boost::json::serialize(object);
}

const Operation* find_operation(std::span<const Operation> all, const std::string& wanted) {
  for (const Operation& operation : all)
    if (operation.name == wanted) return &operation;
  return nullptr;
}

}  // namespace

int operations(const Environment& environment, const std::string& connection,
               const OutputOptions& output) {
  const Context context = local_context();
  const auto all = ops::operations(environment.workspace, context, connection);
  if (!all) return report(environment, all.error());
  Table table({{"operation", "", Kind::text},
               {"tier", "", Kind::text},
               {"arguments", "", Kind::text},
               {"description", "", Kind::text}});
  for (const Operation& operation : *all) {
    const std::string form = usage(operation);
    table.add({Value::text(operation.name), Value::text(name(operation.tier)), Value::text(form),
               Value::text(operation.description)});
  }
  return print_table(environment, output, table);
}

int operate(const Environment& environment, const OperateOptions& options) {
  const Context context = local_context();
  const auto all = ops::operations(environment.workspace, context, options.connection);
  if (!all) return report(environment, all.error());
  const auto arguments = arguments_json(find_operation(*all, options.operation), options);
  if (!arguments) return report(environment, arguments.error());
  const auto attempt = [&](Printer& printer, bool confirmed) {
    ops::OperateRequest request{.connection = options.connection, .operation = options.operation};
    request.arguments = *arguments;
    request.confirmed = confirmed;
    request.limit = row_limit(environment, options.output);
    return ops::operate(environment.workspace, context, std::move(request), printer);
  };
  const auto work = [&](Printer& printer) -> Result<void> {
    DBOPS_ASSIGN(const auto asked, attempt(printer, options.yes));
    if (!asked) return {};
    DBOPS_TRY(confirm_or_fail(context, printer, asked->dangers, "give --yes to confirm it"));
    DBOPS_TRY(attempt(printer, true));
    return {};
  };
  return print(environment, context, options.output, {}, work);
}

}  // namespace dbops::cli

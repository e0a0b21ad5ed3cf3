#include <algorithm>
#include <vector>

#include "base/text.h"
#include "ops/render.h"

namespace dbops::ops {
namespace {

// A text of several lines with each of them escaped.
void add_lines(std::string& text, std::string_view lines) {
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    text += escape_control(lines.substr(begin, end - begin)) + '\n';
    begin = end + 1;
  }
}

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::text:
      return "text";
    case ArgumentType::integer:
      return "integer";
    case ArgumentType::boolean:
      return "boolean";
    case ArgumentType::choice:
      return "one of";
    case ArgumentType::texts:
      return "texts";
    case ArgumentType::values:
      return "values";
    case ArgumentType::object:
      return "object";
  }
  return "text";
}

std::string argument_line(const Argument& argument) {
  std::string line =
      "  " + std::string(argument.name) + " (" + std::string(type_name(argument.type));
  for (const std::string_view choice : argument.choices)
    line += (choice.data() == argument.choices.front().data() ? " " : ", ") + std::string(choice);
  if (argument.required) line += ", required";
  return line + "): " + std::string(argument.description) + '\n';
}

}  // namespace

std::string error_text(const Error& error) {
  std::string text = std::string(name(error.code)) + ": " + escape_control(error.message);
  if (!error.native_code.empty()) text += " [" + escape_control(error.native_code) + ']';
  if (error.position) text += " at character " + std::to_string(*error.position);
  text += '\n';
  if (error.effect == Effect::applied) text += "effect: the database did act\n";
  if (error.effect == Effect::unknown)
    text += "effect: unknown, the database may have acted: look before trying again\n";
  if (!error.hint.empty()) text += "next: " + escape_control(error.hint) + '\n';
  return text;
}

std::string confirmation_text(const Confirmation& confirmation) {
  std::string text = "Not run. A person must confirm first:\n";
  for (const std::string& danger : confirmation.dangers)
    text += "- " + escape_control(danger) + '\n';
  return text + "When they have, call again the same with confirm " + confirmation.token +
         " (good once, for " + std::to_string(confirmation.life.count()) + " s)\n";
}

std::string connections_text(std::span<const ConnectionStatus> connections) {
  if (connections.empty()) return "no connections are configured\n";
  std::string text;
  for (const ConnectionStatus& one : connections) {
    text += one.name + " (" + one.engine + ", " + std::string(name(one.tier)) + ") " +
            escape_control(one.url) + '\n';
    if (one.server)
      text += "  " + escape_control(one.server->product) + ' ' +
              escape_control(one.server->version) + ", " + std::to_string(one.elapsed_ms) + " ms\n";
    if (one.error) {
      text += "  " + std::string(name(one.error->code)) + ": " +
              escape_control(one.error->message) + '\n';
      if (!one.error->hint.empty()) text += "  next: " + escape_control(one.error->hint) + '\n';
    }
  }
  return text;
}

std::string plan_text(const Explainer::Plan& plan) {
  std::string text;
  add_lines(text, plan.text);
  if (!plan.findings.empty()) text += '\n' + findings_text(plan.findings);
  return text;
}

std::string findings_text(std::span<const Finding> findings) {
  std::vector<const Finding*> sorted;
  for (const Finding& finding : findings) sorted.push_back(&finding);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Finding* a, const Finding* b) { return a->severity > b->severity; });
  std::string text;
  for (const Finding* finding : sorted) {
    text += std::string(name(finding->severity)) + ' ' + escape_control(finding->area);
    if (!finding->subject.empty()) text += ' ' + escape_control(finding->subject);
    text += ": " + escape_control(finding->message) + '\n';
    if (!finding->hint.empty()) text += "  next: " + escape_control(finding->hint) + '\n';
  }
  return text.empty() ? "nothing found\n" : text;
}

std::string operations_text(std::span<const Operation> operations) {
  if (operations.empty()) return "no operations of its own\n";
  std::string text;
  for (const Operation& operation : operations) {
    text += std::string(operation.name) + " (" + std::string(name(operation.tier));
    if (operation.danger != nullptr) text += ", to be confirmed";
    text += "): " + std::string(operation.description) + '\n';
    for (const Argument& argument : operation.arguments) text += argument_line(argument);
  }
  return text;
}

}  // namespace dbops::ops

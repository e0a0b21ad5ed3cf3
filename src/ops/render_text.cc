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

// "  PostgreSQL 15.18, database flights, user ada, TLSv1.3, grants write, 4 ms", and what is wrong.
std::string server_text(const ServerInfo& server, int64_t elapsed_ms) {
  std::string text = "  " + server.product + ' ' + server.version;
  if (!server.database.empty()) text += ", database " + server.database;
  if (!server.user.empty()) text += ", user " + server.user;
  if (!server.transport.empty()) text += ", " + server.transport;
  text += ", grants " + std::string(name(server.granted)) + ", " + std::to_string(elapsed_ms);
  text = escape_control(text) + " ms\n";
  if (server.findings.empty()) return text;
  const std::string findings = findings_text(server.findings);
  for (size_t begin = 0; begin < findings.size();) {
    const size_t end = findings.find('\n', begin) + 1;
    text += "  " + findings.substr(begin, end - begin);
    begin = end;
  }
  return text;
}

}  // namespace

std::string connections_text(std::span<const ConnectionStatus> connections) {
  if (connections.empty()) return "no connections are configured\n";
  std::string text;
  for (const ConnectionStatus& one : connections) {
    text += one.name + " (" + one.engine + ", " + std::string(name(one.tier)) +
            "): " + escape_control(one.url) + '\n';
    if (!one.policy.empty()) text += "  policy: " + one.policy + '\n';
    if (one.server) text += server_text(*one.server, one.elapsed_ms);
    if (!one.error) continue;
    text += "  " + std::string(name(one.error->code)) + ": " + escape_control(one.error->message) +
            '\n';
    if (!one.error->hint.empty()) text += "  next: " + escape_control(one.error->hint) + '\n';
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

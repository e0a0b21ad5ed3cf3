// The commands of the shell that start with a backslash, after psql's where psql has them.
#include <charconv>

#include "base/text.h"
#include "core/dialect.h"
#include "front/cli/commands.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "front/cli/shell.h"

namespace dbops::cli {

const std::vector<Shell::Command>& Shell::commands() {
  static const std::vector<Command> kAll = {
      {"\\d", "[NAME]", "what is in the database, or all of one table, view, schema, function",
       &Shell::describe},
      {"\\dt", "[PATTERN]", "the names alone, or whatever has a name like PATTERN (* and ?)",
       &Shell::list_tables},
      {"\\l", "", "the connections", &Shell::list_connections},
      {"\\c", "NAME", "go to another connection", &Shell::use_connection},
      {"\\x", "[on|off|auto]", "a line for each cell; auto: where a table doesn't fit",
       &Shell::set_expanded},
      {"\\f", "[FORMAT]", "table, expanded, csv, tsv, json, ndjson or markdown",
       &Shell::set_format},
      {"\\limit", "[N]", "rows shown of a result at most; 0: all", &Shell::set_limit},
      {"\\timing", "[on|off]", "say how long each statement took", &Shell::set_timing},
      {"\\o", "[FILE]", "send results to a file, which appears with the next \\o",
       &Shell::set_output},
      {"\\i", "FILE",
       "run a script: one transaction up to a command in it, where the engine has any",
       &Shell::include},
      {"\\?", "", "this list; `help` as well", &Shell::show_help},
      {"\\q", "", "leave; `exit` and Ctrl-D as well", &Shell::quit},
      {"\\help", "", "", &Shell::show_help},
      {"\\exit", "", "", &Shell::quit},
      {"\\quit", "", "", &Shell::quit},
  };
  return kAll;
}

int Shell::command(const std::string& text) {
  const size_t end = text.find_first_of(" \t");
  const std::string name = text.substr(0, end);
  const size_t start = end == std::string::npos ? end : text.find_first_not_of(" \t", end);
  std::string argument = start == std::string::npos ? "" : text.substr(start);
  while (argument.ends_with(';')) argument.pop_back();
  std::vector<std::string> names;
  for (const Command& each : commands()) {
    if (each.name == name) return (this->*each.run)(argument);
    names.emplace_back(each.name);
  }
  const auto meant = nearest(name, names);
  return fail_with(Error{.code = Code::invalid_argument,
                         .message = "no such command: " + escape_control(name),
                         .hint = meant ? "did you mean " + *meant + "?" : "\\? lists them"});
}

int Shell::describe(const std::string& argument) {
  if (!connection_) return no_connection();
  ExploreOptions options;
  options.connection = connection_->name();
  options.path = argument;
  options.detail = argument.empty() ? "summary" : "full";
  return explore(environment_, options);
}

int Shell::list_tables(const std::string& argument) {
  if (!connection_) return no_connection();
  ExploreOptions options;
  options.connection = connection_->name();
  options.pattern = argument;
  options.detail = "names";
  return explore(environment_, options);
}

int Shell::list_connections(const std::string&) { return connections(environment_, {}); }

int Shell::use_connection(const std::string& argument) {
  if (auto connected = connect(argument); !connected) return fail_with(connected.error());
  return say(greeting());
}

Result<bool> Shell::flag(const std::string& argument, bool now) const {
  if (argument.empty()) return !now;
  if (argument == "on") return true;
  if (argument == "off") return false;
  return fail(Code::invalid_argument, "neither on nor off: " + escape_control(argument));
}

int Shell::set_expanded(const std::string& argument) {
  if (argument == "auto") {
    expanded_ = Expanded::automatic;
    return say("expanded is auto");
  }
  const auto on = flag(argument, expanded_ == Expanded::on);
  if (!on) return fail_with(on.error());
  expanded_ = *on ? Expanded::on : Expanded::off;
  return say(*on ? "expanded is on" : "expanded is off");
}

int Shell::set_timing(const std::string& argument) {
  const auto on = flag(argument, timing_);
  if (!on) return fail_with(on.error());
  timing_ = *on;
  return say(timing_ ? "timing is on" : "timing is off");
}

int Shell::set_format(const std::string& argument) {
  if (!argument.empty()) {
    const auto format = parse_format(argument);
    if (!format)
      return fail_with(Error{.code = Code::invalid_argument,
                             .message = "no such format: " + escape_control(argument),
                             .hint = "it is table, expanded, csv, tsv, json, ndjson or markdown"});
    format_ = *format;
  }
  return say("format is " + std::string(name(format_.value_or(Format::table))));
}

int Shell::set_limit(const std::string& argument) {
  if (!argument.empty()) {
    uint64_t limit = 0;
    const char* end = argument.data() + argument.size();
    const auto [stop, error] = std::from_chars(argument.data(), end, limit);
    if (error != std::errc() || stop != end)
      return fail_with(Error{.code = Code::invalid_argument,
                             .message = "not a number of rows: " + escape_control(argument)});
    limit_ = limit;
  }
  const uint64_t now = row_limit(environment_, output_options());
  return say(now == 0 ? "all rows are shown"
                      : "at most " + format_count(static_cast<int64_t>(now)) + " rows are shown");
}

int Shell::set_output(const std::string& argument) {
  if (output_) {
    const auto finished = output_->finish();
    output_.reset();
    if (!finished) return report_file(environment_, finished.error());
  }
  if (argument.empty()) return kOk;
  auto output = Output::create(local_context(), environment_.files, argument);
  if (!output) return report_file(environment_, output.error());
  output_ = std::move(*output);
  return kOk;
}

int Shell::include(const std::string& argument) {
  if (includes_ >= kIncludesMax)
    return fail_with(
        Error{.code = Code::too_large, .message = "scripts include each other more than 16 deep"});
  if (argument.empty())
    return fail_with(Error{.code = Code::invalid_argument, .message = "\\i needs a file"});
  auto text = environment_.files.read(argument, kScriptBytesMax);
  if (!text) return report_file(environment_, text.error());
  ++includes_;
  const int code = script(*script_lines(std::move(*text)));
  --includes_;
  return code;
}

int Shell::show_help(const std::string&) {
  std::string text =
      "Statements end with ';' and may take several lines. Each is a transaction of its own.\n"
      "Commands:\n";
  for (const Command& each : commands()) {
    if (each.help.empty()) continue;
    constexpr size_t kColumn = 24;
    std::string head = "  " + std::string(each.name) + " " + std::string(each.argument);
    head.resize(std::max(head.size() + 1, kColumn), ' ');
    text += head + std::string(each.help) + '\n';
  }
  text += "Tab completes, the arrow keys recall, Ctrl-C stops what runs.";
  return say(text);
}

int Shell::quit(const std::string&) {
  done_ = true;
  return output_ ? set_output("") : static_cast<int>(kOk);
}

}  // namespace dbops::cli

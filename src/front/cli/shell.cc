#include "front/cli/shell.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "front/cli/commands.h"
#include "front/cli/confirm.h"
#include "front/cli/interrupt.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "ops/inspect.h"
#include "ops/query.h"
#include "ops/scripts.h"

namespace dbops::cli {
namespace {

std::string trim(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1));
}

// The command of the shell that the line is, when it stands between statements.
std::optional<std::string> command_of(const Splitter& splitter, std::string_view line) {
  if (splitter.pending() || splitter.inside()) return std::nullopt;
  std::string text = trim(line);
  if (text.starts_with('\\')) return text;
  if (text == "help" || text == "exit" || text == "quit") return "\\" + text;
  return std::nullopt;
}

}  // namespace

int Shell::run(LineSource& lines) {
  int code = kOk;
  while (!done_) {
    const Cancel cancel = Interrupts::arm();
    std::string text;
    const auto got = lines.read(prompt(splitter_.pending()), cancel, text);
    if (got == LineSource::Got::end) break;
    if (got == LineSource::Got::interrupted) {
      splitter_ = {};
      if (!lines.interactive() || Interrupts::received() == SIGTERM) return kInterrupted;
      continue;
    }
    code = line(lines, text);
    if (code != kOk && !lines.interactive()) return code;
  }
  // What a script ends with needs no ';'.
  if (!lines.interactive() && !done_ && splitter_.pending()) code = statement(splitter_.take());
  return lines.interactive() ? static_cast<int>(kOk) : code;
}

int Shell::line(LineSource& lines, const std::string& text) {
  if (const auto found = command_of(splitter_, text)) {
    lines.remember(trim(text));
    return command(*found);
  }
  splitter_.feed(text);
  std::string remembered;
  int code = kOk;
  while (const auto next = splitter_.next()) {
    remembered += (remembered.empty() ? "" : " ") + *next + ";";
    code = statement(*next);
    if (code != kOk) break;
  }
  lines.remember(remembered);
  if (code != kOk) splitter_ = {};  // What was typed behind a failure is not run.
  return code;
}

int Shell::statement(const std::string& text) {
  if (!connection_) return no_connection();
  const Stopwatch watch;
  const int code = run_statement(*connection_, text);
  if (timing_) say("time: " + format_duration(watch.elapsed()));
  return code;
}

// What stands between two commands of the shell is a part. Ends at the first failure.
int Shell::script(LineSource& lines) {
  Splitter splitter;
  std::string text;
  std::vector<std::string> statements;
  const auto run_part = [&] {
    return script_part(std::exchange(text, {}), std::exchange(statements, {}));
  };
  for (std::string line;;) {
    const auto got = lines.read({}, Interrupts::arm(), line);
    if (got == LineSource::Got::interrupted) return kInterrupted;
    if (got == LineSource::Got::end) break;
    if (const auto found = command_of(splitter, line)) {
      int code = run_part();
      if (code == kOk) code = command(*found);
      if (code != kOk || done_) return code;
      continue;
    }
    text += line + '\n';
    splitter.feed(line);
    while (const auto next = splitter.next()) statements.push_back(*next);
  }
  if (splitter.pending()) statements.push_back(splitter.take());
  return run_part();
}

// One call, as it stands in the file, where an engine with transactions makes one of it.
int Shell::script_part(const std::string& text, const std::vector<std::string>& statements) {
  if (std::any_of(statements.begin(), statements.end(),
                  [&](const std::string& each) { return transactional(each); }))
    return statement(text);
  for (const std::string& each : statements)
    if (const int code = statement(each); code != kOk) return code;
  return kOk;
}

bool Shell::transactional(const std::string& text) const {
  if (!connection_) return false;
  const auto parsed =
      environment_.workspace.scripts().parse(connection_->connector().dialect(), text);
  if (!parsed) return false;
  const auto& statements = (*parsed)->script.statements;
  return std::any_of(statements.begin(), statements.end(),
                     [](const Statement& each) { return each.transactional; });
}

int Shell::no_connection() const {
  return fail_with(Error{.code = Code::invalid_argument,
                         .message = "no connection is chosen",
                         .hint = "\\l lists them, \\c NAME chooses one"});
}

int Shell::run_statement(const Connection& connection, const std::string& text) {
  ops::Workspace& workspace = environment_.workspace;
  const Context context = local_context();
  const auto script = workspace.scripts().parse(connection.connector().dialect(), text);
  if (!script) return report(environment_, script.error(), text);
  const OutputOptions options = output_options();
  const uint64_t limit = output_ ? options.limit.value_or(0) : row_limit(environment_, options);
  const auto read = [&](Printer& printer) {
    ops::QueryRequest request{.connection = connection.name(), .statement = text};
    request.limit = limit;
    request.hold = false;
    return ops::query(workspace, context, std::move(request), printer);
  };
  const auto attempt = [&](Printer& printer, bool confirmed) {
    ops::ExecuteRequest request{.connection = connection.name(), .statement = text};
    request.confirmed = confirmed;
    request.limit = limit;
    return ops::execute(workspace, context, std::move(request), printer);
  };
  const auto write = [&](Printer& printer) -> Result<void> {
    names_.forget();
    DBOPS_ASSIGN(const auto asked, attempt(printer, false));
    if (!asked) return {};
    DBOPS_TRY(confirm_or_fail(context, printer, asked->dangers, "dbops execute has --yes for it"));
    DBOPS_TRY(attempt(printer, true));
    return {};
  };
  std::function<Result<void>(Printer&)> work = read;
  if ((*script)->script.tier() != Tier::read) work = write;
  if (output_) return print_to(environment_, *output_, options, text, work);
  return print(environment_, context, options, text, work);
}

OutputOptions Shell::output_options() const {
  OutputOptions options;
  options.format = format_;
  options.limit = limit_;
  options.limit_hint = "\\limit 0 gives all rows, \\limit N gives N";
  options.expand_hint = "\\x shows all";
  options.expand = expanded_ == Expanded::automatic;
  const bool table = !format_ || *format_ == Format::table;
  if (expanded_ == Expanded::on && table) options.format = Format::expanded;
  return options;
}

std::string Shell::prompt(bool continued) const {
  std::string name = connection_ ? connection_->name() : "dbops";
  const Tier tier = connection_ ? connection_->options().tier : Tier::read;
  const std::string mark = tier == Tier::read ? "" : " [" + std::string(dbops::name(tier)) + "]";
  if (continued) return std::string(name.size() + mark.size(), ' ') + "> ";
  if (mark.empty() || !environment_.terminal.color_output) return name + mark + "> ";
  // libedit must know what takes no room on the line: it stands between two \1.
  return name + "\1\x1b[33m\1" + mark + "\1\x1b[0m\1> ";
}

int Shell::say(std::string_view text) const {
  write_message(STDOUT_FILENO, std::string(text) + "\n");
  return kOk;
}

Result<void> Shell::connect(const std::string& name) {
  DBOPS_ASSIGN(connection_, environment_.workspace.connections().find(name));
  names_.forget();
  return {};
}

std::string Shell::greeting() const {
  std::string text = std::string("dbops ") + DBOPS_VERSION;
  if (!connection_) return text + "; \\l lists the connections, \\c NAME chooses one, \\? helps";
  const Context context = local_context();
  const auto status = ops::check_connection(environment_.workspace, context, connection_->name());
  if (status && status->server)
    text += ", " + escape_control(status->server->product + " " + status->server->version);
  text += ", tier " + std::string(name(connection_->options().tier)) + "; \\? helps";
  if (status && status->error) text += "\n" + format_error(*status->error, {}, 0, false);
  return text;
}

Completions Shell::complete(std::string_view before) {
  if (before.starts_with('\\') && before.find(' ') == std::string_view::npos) {
    std::vector<std::string> words;
    for (const Command& each : commands()) words.emplace_back(each.name);
    return complete_word(before, words);
  }
  if (before.starts_with("\\c ")) {
    std::vector<std::string> words;
    for (const auto& each : environment_.workspace.connections().all())
      words.push_back(each->name());
    return complete_word(before, words);
  }
  if (before.starts_with("\\f "))
    return complete_word(before, {"table", "expanded", "csv", "tsv", "json", "ndjson", "markdown"});
  if (!connection_) return {};
  if (!names_.fresh()) names_.load(environment_.workspace, *connection_);
  std::string text(before);
  if (before.starts_with("\\d")) text.replace(0, std::min(before.find(' '), before.size()), "FROM");
  return complete_statement(text, names_, connection_->connector().dialect().keywords());
}

int shell(const Environment& environment, const ShellOptions& options) {
  Shell shell(environment);
  std::string name = options.connection;
  const auto all = environment.workspace.connections().all();
  if (name.empty() && all.size() == 1) name = all[0]->name();
  if (!name.empty())
    if (auto connected = shell.connect(name); !connected)
      return report(environment, connected.error());
  if (!environment.terminal.input || !environment.terminal.output) {
    Files& files = environment.files;
    auto text = read_statement({.argument = "-", .file = {}}, files, environment.terminal);
    if (!text) return report_file(environment, text.error());
    return shell.run(*script_lines(std::move(*text)));
  }
  write_message(STDOUT_FILENO, shell.greeting() + "\n");
  const auto lines = edited_lines(options.history_file,
                                  [&](std::string_view before) { return shell.complete(before); });
  return shell.run(*lines);
}

}  // namespace dbops::cli

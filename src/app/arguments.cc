#include "app/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/amounts.h"
#include "app/help.h"
#include "app/install/clients.h"
#include "base/text.h"
#include "front/cli/report.h"
#include "net/url.h"

namespace dbops::app {
namespace {

constexpr uint64_t kLimitMax = 1'000'000'000'000;  // rows
constexpr size_t kHelpColumn = 26;                 // where the descriptions of options start

using Names = std::vector<std::string>;

// Help in our own layout: what CLI11 adds by itself (types, ranges, sets) says less than our words.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string text = "\nUsage: " + name;
    if (app->get_parent() == nullptr) return text + " COMMAND [OPTIONS]\n";
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) text += ' ' + positional(*option);
    }
    return text + " [OPTIONS]\n";
  }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string head = "  ";
    head += is_positional ? upper(option->get_name()) : option->get_name(false, true);
    if (!is_positional && !option->get_type_name().empty()) head += ' ' + type_of(*option);
    return line(head, option->get_description());
  }
  std::string make_subcommand(const CLI::App* sub) const override {
    return line("  " + sub->get_name(), sub->get_description());
  }
  std::string make_footer(const CLI::App* app) const override {
    std::string text = app->get_footer().empty() ? "" : app->get_footer() + '\n';
    if (app->get_parent() != nullptr) text += help::kCommon;
    return '\n' + text;
  }

 private:
  static std::string upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
  }
  static std::string positional(const CLI::Option& option) {
    const std::string name = upper(option.get_name());
    return option.get_required() ? name : '[' + name + ']';
  }
  // Without what a check has put behind a colon.
  static std::string type_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
  }
  static std::string line(std::string head, const std::string& description) {
    if (head.size() + 2 > kHelpColumn) {
      head += '\n' + std::string(kHelpColumn, ' ');
    } else {
      head.resize(kHelpColumn, ' ');
    }
    return head + help::wrap(description, kHelpColumn) + '\n';
  }
};

// One command's options are bound straight to the members of the Invocation.
class Builder {
 public:
  explicit Builder(Invocation& out) : out_(out) { add_common(); }
  CLI::App& app() { return app_; }
  void add_commands();

 private:
  void add_common();
  CLI::App* command(Command command, const char* name, const char* description);
  void take_connection(CLI::App* sub, std::string& into, bool required = true);
  void take_statement(CLI::App* sub);
  void take_rows(CLI::App* sub, cli::OutputOptions& output);
  void take_text_format(CLI::App* sub);
  void take_timeout(CLI::App* sub);
  void add_statements();
  void add_shell();
  void add_looks();
  void add_operations();
  void add_load();
  void add_search();
  void add_servers();
  void add_install();
  void add_rest();

  Invocation& out_;
  CLI::App app_{help::kTop, "dbops"};
};

// A number alone means seconds.
std::optional<std::chrono::milliseconds> read_duration(const std::string& text) {
  const bool number = text.find_first_not_of("0123456789") == std::string::npos;
  return parse_duration(number ? text + "s" : text);
}

std::string check_duration(const std::string& text) {
  return read_duration(text) ? "" : "not a duration: write 30s, 500ms, 5m or 0";
}

void Builder::add_common() {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.set_help_flag("-h,--help", "Help, with examples");
  app_.set_version_flag("--version", std::string("dbops ") + DBOPS_VERSION, "The version");
  app_.fallthrough();
  app_.require_subcommand(0, 1);
  app_.add_option("--config", out_.config_file, "The configuration file")->type_name("FILE");
  app_.add_flag("--no-config", out_.no_config, "Read no configuration file");
  app_.add_option("--tier", out_.tiers,
                  "What may be done: read (default), write, admin; or NAME=TIER for one of several")
      ->type_name("TIER")
      ->allow_extra_args(false);
  app_.add_flag("--create", out_.create, "A database file that is missing may be created");
  app_.add_flag("-v,--verbose", out_.verbose, "Say more on stderr; twice: still more");
  app_.add_option(
          "--color",
          [this](const CLI::results_t& values) {
            if (values[0] == "always") out_.color = cli::ColorChoice::always;
            if (values[0] == "never") out_.color = cli::ColorChoice::never;
            return true;
          },
          "auto (default), always or never")
      ->check(CLI::IsMember(Names{"auto", "always", "never"}, CLI::ignore_case))
      ->type_name("WHEN");
}

CLI::App* Builder::command(Command command, const char* name, const char* description) {
  CLI::App* sub = app_.add_subcommand(name, description);
  sub->callback([this, command] { out_.command = command; });
  sub->footer(help::examples(name));
  sub->group("Commands");
  sub->set_help_flag("-h,--help", "Help, with examples");
  return sub;
}

void Builder::take_connection(CLI::App* sub, std::string& into, bool required) {
  sub->add_option("connection", into, "A configured name, a URL, or the path of a database file")
      ->required(required)
      ->check(
          [](const std::string& text) { return std::string(text.empty() ? "it is empty" : ""); })
      ->type_name("");
}

void Builder::take_statement(CLI::App* sub) {
  cli::StatementOptions& statement = out_.statement;
  take_connection(sub, out_.connection);
  sub->add_option("statement", statement.source.argument,
                  "In the engine's own language; `-` or nothing: from stdin")
      ->type_name("");
  sub->add_option("-f,--file", statement.source.file, "Read the statement from a file")
      ->type_name("FILE");
  sub->add_option(
         "-p,--param", statement.parameters,
         "A parameter: VALUE in order, or NAME=VALUE; a plain number is a number, all else "
         "text")
      ->type_name("VALUE")
      ->allow_extra_args(false);
  sub->add_option(
         "--json-params", statement.json_parameters,
         "All parameters with their types: '[1, \"x\", null]' or '{\"name\": 1}'; a number with a "
         "fraction is a double, an exact one goes as text: '[\"0.10\"]'")
      ->type_name("JSON");
  take_timeout(sub);
}

void Builder::take_timeout(CLI::App* sub) {
  sub->add_option(
         "--timeout",
         [this](const CLI::results_t& values) {
           const auto parsed = read_duration(values[0]);
           out_.timeout = parsed.value_or(out_.timeout);
           return parsed.has_value();
         },
         "Give up after this time: 30s, 5m (default: never)")
      ->check(check_duration)
      ->type_name("TIME");
}

void Builder::take_rows(CLI::App* sub, cli::OutputOptions& output) {
  sub->add_option(
         "--format",
         [&output](const CLI::results_t& values) {
           output.format = cli::parse_format(values[0]);
           return output.format.has_value();
         },
         "table, expanded, csv, tsv, json, ndjson or markdown (default: table on a "
         "terminal, else by the file's name, else csv)")
      ->check(CLI::IsMember(Names{"table", "expanded", "csv", "tsv", "json", "ndjson", "markdown"}))
      ->type_name("FORMAT");
  sub->add_option("-o,--output", output.file, "Write to a file, whole or not at all")
      ->type_name("FILE");
  sub->add_option("-n,--limit", output.limit,
                  "Rows at most; 0: all (default: 1000 on a terminal, else all)")
      ->check(CLI::Range(uint64_t{0}, kLimitMax))
      ->type_name("N");
  sub->add_flag_callback(
      "--no-header", [&output] { output.header = false; }, "CSV and TSV without the line of names");
}

void Builder::take_text_format(CLI::App* sub) {
  sub->add_option(
         "--format",
         [this](const CLI::results_t& values) {
           out_.json = values[0] == "json";
           return true;
         },
         "text (default) or json")
      ->check(CLI::IsMember(Names{"text", "json"}))
      ->type_name("FORMAT");
}

void Builder::add_statements() {
  CLI::App* query = command(Command::query, "query", "Read: run statements that change nothing");
  take_statement(query);
  take_rows(query, out_.output);

  CLI::App* execute =
      command(Command::execute, "execute", "Write: run statements that change data");
  take_statement(execute);
  take_rows(execute, out_.output);
  execute->add_flag("--dry-run", out_.statement.dry_run, "Run it, say what it did, roll it back");
  execute->add_flag("-y,--yes", out_.statement.yes, "Confirm what is dangerous in it");

  CLI::App* explain = command(Command::explain, "explain", "Show how a statement would run");
  take_statement(explain);
  take_text_format(explain);
  explain->add_flag("--analyze", out_.statement.analyze,
                    "Run it and measure (a write is rolled back)");
}

void Builder::add_looks() {
  CLI::App* connections = command(Command::connections, "connections", "List the connections");
  connections->add_flag("--check", out_.list.check, "Connect to each of them");
  take_rows(connections, out_.output);

  CLI::App* explore =
      command(Command::explore, "explore", "Show schemas, tables, columns, keys, functions");
  take_connection(explore, out_.connection);
  explore->add_option("path", out_.explore.path, "What to look at, such as public.flights")
      ->type_name("");
  explore->add_option("--pattern", out_.explore.pattern, "Search names; * and ? stand for others")
      ->type_name("TEXT");
  explore->add_option("--detail", out_.explore.detail, "names, summary (default) or full")
      ->check(CLI::IsMember(Names{"names", "summary", "full"}))
      ->type_name("DETAIL");
  explore->add_option("-n,--limit", out_.explore.limit, "Items at most (default 100)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1000}))
      ->type_name("N");
  explore->add_option("--cursor", out_.explore.cursor, "Go on where a listing was cut")
      ->type_name("CURSOR");
  take_text_format(explore);
  take_timeout(explore);

  CLI::App* diagnose =
      command(Command::diagnose, "diagnose", "Look for what is wrong inside a database");
  take_connection(diagnose, out_.connection);
  diagnose->add_option("--area", out_.diagnose.area, "Look at this alone")->type_name("AREA");
  take_text_format(diagnose);
  take_timeout(diagnose);

  CLI::App* doctor =
      command(Command::doctor, "doctor", "Check the set-up: who is reachable, what to do");
  take_connection(doctor, out_.connection, false);
  take_text_format(doctor);
}

void Builder::add_operations() {
  CLI::App* list = command(Command::operations, "operations", "List what is special to an engine");
  take_connection(list, out_.connection);
  take_rows(list, out_.output);

  CLI::App* run = command(Command::operate, "operate", "Run one of an engine's operations");
  take_connection(run, out_.connection);
  run->add_option("operation", out_.operate.operation, "Its name")->required()->type_name("");
  run->add_option("arguments", out_.operate.arguments, "NAME=VALUE ...")->type_name("");
  run->add_option("--json", out_.operate.json_arguments, "All arguments as one JSON object")
      ->type_name("JSON");
  run->add_flag("-y,--yes", out_.operate.yes, "Confirm what is dangerous in it");
  take_timeout(run);
  take_rows(run, out_.output);
}

void Builder::add_load() {
  cli::LoadOptions& load = out_.load;
  CLI::App* sub = command(Command::load, "load", "Load rows or documents into a table or the like");
  take_connection(sub, out_.connection);
  sub->add_option("path", load.path, "Where to: a table, such as public.flights")
      ->required()
      ->type_name("");
  sub->add_option("file", load.file, "What to load; `-` or nothing: stdin")->type_name("");
  sub->add_option("--as", load.format,
                  "What the file is: csv, tsv, ndjson or json (default: by its name)")
      ->check(CLI::IsMember(Names{"csv", "tsv", "ndjson", "json"}))
      ->type_name("FORMAT");
  sub->add_option("--source", load.source, "Load from this connection, in place of a file ...")
      ->type_name("CONNECTION");
  sub->add_option("--query", load.statement, "... the rows of this statement")
      ->needs("--source")
      ->type_name("STATEMENT");
  sub->add_option("--columns", load.columns, "The columns' names in order: a,b,c")
      ->delimiter(',')
      ->type_name("NAMES");
  sub->add_flag_callback(
      "--no-header", [&load] { load.header = false; }, "CSV and TSV without the line of names");
  sub->add_option("--delimiter", load.delimiter, "What stands between the fields of CSV (a comma)")
      ->type_name("CHARACTER");
  sub->add_option("--key", load.key, "The columns that name an item, where the engine needs them")
      ->delimiter(',')
      ->type_name("NAMES");
  sub->add_flag("--create-table", load.create, "Make the table where it isn't there");
  sub->add_flag("--infer", load.infer, "Find out what texts are: numbers, dates ...");
  sub->add_flag("--replace", load.replace, "Overwrite what stands under the same key");
  sub->add_flag("-y,--yes", load.yes, "Confirm that");
  sub->add_flag("--dry-run", load.dry_run, "Say what would be done, and do nothing");
  sub->add_option("--skip", load.skip, "Items to pass over: the position an earlier load ended at")
      ->type_name("N");
  sub->add_option("--max-errors", load.errors_max, "Items that may be refused (default 0)")
      ->type_name("N");
  take_text_format(sub);
  take_timeout(sub);
}

void Builder::add_search() {
  cli::SearchOptions& search = out_.search;
  CLI::App* sub = command(Command::search, "search", "Find by words or by a vector");
  take_connection(sub, out_.connection);
  sub->add_option("in", search.in, "Where, such as public.notes")->required()->type_name("");
  sub->add_option("text", search.text, "Words, \"phrases\", and -words that must not be there")
      ->type_name("");
  sub->add_option("--vector", search.vector, "Numbers: 0.1,0.2,...")
      ->delimiter(',')
      ->type_name("NUMBERS");
  sub->add_option("--fields", search.fields, "Where to look (default: what is indexed)")
      ->delimiter(',')
      ->type_name("NAMES");
  sub->add_option("--filter", search.filter, "What must hold beside: '{\"year\": {\"gte\": 2020}}'")
      ->type_name("JSON");
  take_timeout(sub);
  take_rows(sub, out_.output);
}

void Builder::add_servers() {
  CLI::App* mcp = command(Command::mcp, "mcp", "Serve an AI agent over stdin and stdout (MCP)");
  CLI::App* serve = command(Command::serve, "serve", "Serve agents over HTTP (MCP)");
  for (CLI::App* sub : {mcp, serve})
    sub->add_option("connections", out_.connections, "NAME=URL ..., beside those configured")
        ->type_name("");
  serve->add_option("--host", out_.host, "The address to listen at (default 127.0.0.1)")
      ->type_name("ADDRESS");
  serve->add_option("--port", out_.port, "The port (default 7411; 0: a free one)")
      ->check(CLI::Range(0, 65535))
      ->type_name("PORT");
  CLI::App* token = command(Command::token, "token", "Make a token that lets a client into serve");
  token->add_option("name", out_.token.name, "Who gets it, as the audit log will say")
      ->required()
      ->type_name("");
  token
      ->add_option(
          "--scope", out_.token.scopes,
          "db:read (default), db:write, db:admin, db:TIER:CONNECTION, or metrics; one each")
      ->type_name("SCOPE")
      ->allow_extra_args(false);
}

void Builder::add_install() {
  InstallOptions& install = out_.install;
  CLI::App* sub = command(Command::install, "install", "Add dbops to an AI client's configuration");
  Names names;
  for (const Client& client : clients()) names.emplace_back(client.name);
  sub->add_option("client", install.client,
                  "claude-code, claude-desktop, vscode, cursor, codex, gemini, windsurf, zed, "
                  "copilot-cli or opencode")
      ->required()
      ->check(CLI::IsMember(names))
      ->type_name("");
  sub->add_option("connections", out_.connections, "NAME=URL ..., beside those configured")
      ->type_name("");
  sub->add_option("--url", install.url, "A server that runs, in place of a program to start")
      ->type_name("URL");
  sub->add_option("--name", install.name, "What the client calls it (default dbops)")
      ->type_name("NAME");
  sub->add_flag("--print", install.print, "Show the change, and don't make it");
  sub->add_flag("--undo", install.undo, "Take back what was written, and nothing else");
  sub->add_flag("-y,--yes", install.yes, "Don't ask");
}

void Builder::add_shell() {
  CLI::App* shell = command(Command::shell, "shell", "Work with a database interactively");
  take_connection(shell, out_.connection, false);
  take_timeout(shell);
}

void Builder::add_rest() {
  CLI::App* version = command(Command::version, "version", "The version, and the engines'");
  take_text_format(version);
  CLI::App* docs = command(Command::docs, "docs", "Print generated documentation");
  docs->add_option("topic", out_.topic, "tools")->required()->check(CLI::IsMember(Names{"tools"}));
  docs->group("");  // For the project itself: not in the help.
}

void Builder::add_commands() {
  add_statements();
  add_shell();
  add_looks();
  add_operations();
  add_load();
  add_search();
  add_servers();
  add_install();
  add_rest();
  app_.footer(help::kFooter);
}

// The first word, where it is neither an option nor one of the commands.
std::optional<std::string> unknown_command(const Names& names, int argc, const char* const* argv) {
  const std::string word = argc < 2 ? "-" : argv[1];
  if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end())
    return std::nullopt;
  return word;
}

// A word that is quoted may be a URL with a password.
Parsed usage_error(const std::string& text, const std::string& hint) {
  const std::string message = redact_url(text);
  Error error{.code = Code::invalid_argument, .message = message, .hint = hint};
  return {std::nullopt, cli::format_error(error, {}, 0, false), cli::kUsage};
}

std::string help_hint(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands())
    return "see `dbops " + sub->get_name() + " --help`";
  return "see `dbops --help`";
}

// What nothing was found for: an option with the nearest right name, or a word too many.
Parsed extra_argument(const CLI::App& app) {
  Names options;
  const auto collect = [&](const CLI::App& each) {
    for (const CLI::Option* option : each.get_options())
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  };
  collect(app);
  for (const CLI::App* sub : app.get_subcommands()) collect(*sub);
  std::string extra;
  for (const std::string& word : app.remaining(true))
    if (extra.empty() || word.starts_with('-')) extra = word;
  if (!extra.starts_with('-'))
    return usage_error("one argument too many: " + escape_control(extra),
                       "a statement with blanks in it must be quoted; " + help_hint(app));
  const std::string name = extra.substr(0, extra.find('='));
  const auto meant = nearest(name, options);
  return usage_error("no such option: " + escape_control(name),
                     meant ? "did you mean " + *meant + "?" : help_hint(app));
}

}  // namespace

Parsed parse_arguments(int argc, const char* const* argv) {
  Invocation invocation;
  Builder builder(invocation);
  builder.add_commands();
  CLI::App& app = builder.app();
  if (argc < 2) return {std::nullopt, help::kShort, cli::kUsage};
  Names names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  if (const auto word = unknown_command(names, argc, argv)) {
    const auto meant = nearest(*word, names);
    return usage_error("no such command: " + escape_control(*word),
                       meant ? "did you mean `dbops " + *meant + "`?" : "see `dbops --help`");
  }
  // CLI11 reports by exceptions: they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {std::nullopt, app.help(), cli::kOk};
  } catch (const CLI::CallForVersion& version) {
    return {std::nullopt, std::string(version.what()) + "\n", cli::kOk};
  } catch (const CLI::ExtrasError&) {
    return extra_argument(app);
  } catch (const CLI::ParseError& error) {
    return usage_error(escape_control(error.what()), help_hint(app));
  }
  if (app.get_subcommands().empty()) return {std::nullopt, help::kShort, cli::kUsage};
  return {std::move(invocation), {}, cli::kOk};
}

}  // namespace dbops::app

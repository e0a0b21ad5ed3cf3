// `dbops shell`: statements and commands, one after the other, from a person or a script.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "front/cli/completion.h"
#include "front/cli/environment.h"
#include "front/cli/output.h"
#include "front/cli/splitter.h"

namespace dbops::cli {

struct ShellOptions {
  std::string connection;    // Empty: the only one there is, or none yet.
  std::string history_file;  // Empty: no history.
};
// Answers the exit code: of the first statement that failed in a script, else kOk.
int shell(const Environment& environment, const ShellOptions& options);

inline constexpr size_t kIncludesMax = 16;  // scripts that \i reads from within each other

class Shell {
 public:
  explicit Shell(const Environment& environment) : environment_(environment) {}

  // Reads until the end of the lines, \q, or in a script the first failure. Answers the exit code.
  int run(LineSource& lines);
  // Makes it the connection that statements go to. Code::not_found.
  Result<void> connect(const std::string& name);
  std::string greeting() const;
  Completions complete(std::string_view before);

 private:
  // A command of the shell, `\d` and its like; see shell_commands.cc.
  struct Command {
    std::string_view name;
    std::string_view argument;  // As the help shows it.
    std::string_view help;
    int (Shell::*run)(const std::string& argument);
  };
  static const std::vector<Command>& commands();

  enum class Expanded { off, on, automatic };

  int line(LineSource& lines, const std::string& text);
  int statement(const std::string& text);
  int script(LineSource& lines);
  int script_part(const std::string& text, const std::vector<std::string>& statements);
  bool transactional(const std::string& text) const;
  int no_connection() const;
  int run_statement(const Connection& connection, const std::string& text);
  int command(const std::string& text);
  std::string prompt(bool continued) const;
  OutputOptions output_options() const;
  int say(std::string_view text) const;
  int fail_with(const Error& error) const { return report(environment_, error); }
  Result<bool> flag(const std::string& argument, bool now) const;

  int describe(const std::string& argument);
  int list_tables(const std::string& argument);
  int list_connections(const std::string& argument);
  int use_connection(const std::string& argument);
  int set_expanded(const std::string& argument);
  int set_timing(const std::string& argument);
  int set_format(const std::string& argument);
  int set_limit(const std::string& argument);
  int set_output(const std::string& argument);
  int include(const std::string& argument);
  int show_help(const std::string& argument);
  int quit(const std::string& argument);

  const Environment environment_;
  std::shared_ptr<Connection> connection_;
  Splitter splitter_;
  Names names_;
  std::optional<Output> output_;  // Of \o.
  Expanded expanded_ = Expanded::automatic;
  std::optional<Format> format_;
  std::optional<uint64_t> limit_;
  bool timing_ = false;
  bool done_ = false;
  size_t includes_ = 0;
};

}  // namespace dbops::cli

// `dbops install CLIENT`: from the command line to the change of the client's file.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "app/config_file.h"
#include "app/install/install.h"
#include "app/run.h"
#include "base/text.h"
#include "front/cli/confirm.h"
#include "front/cli/environment.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"
#include "net/url.h"

namespace dbops::app {
namespace {

namespace fs = std::filesystem;

#if defined(__APPLE__)
constexpr Platform kPlatform = Platform::macos;
#else
constexpr Platform kPlatform = Platform::linux;
#endif

void say(const std::string& text) { cli::write_message(STDOUT_FILENO, text); }

std::string absolute(const std::string& path) {
  std::error_code failed;  // Without a working folder paths stay relative.
  const fs::path whole = fs::absolute(path, failed);
  return failed ? path : whole.lexically_normal().string();
}

// The client starts dbops in a folder of its own choice.
std::string anywhere(const std::string& connection) {
  constexpr std::string_view kScheme = "sqlite:";
  const std::string name = name_in(connection);
  std::string head = name.empty() ? "" : name + "=";
  std::string url = connection.substr(head.size());
  if (url.starts_with(kScheme)) {
    head += kScheme;
    url.erase(0, kScheme.size());
  } else if (url.find(':') != std::string::npos) {
    return connection;
  }
  return head + (url.empty() || url[0] == '/' || url[0] == ':' ? url : absolute(url));
}

bool holds_secret(const std::string& text) { return redact_url(text) != text; }

Result<std::string> own_path() {
  std::error_code failed;
  const fs::path path = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) return path.string();
  return fail(Code::io, "where this program stands can't be told: " + failed.message());
}

// What the client starts: the words after `dbops`.
Result<std::vector<std::string>> arguments_of(const Invocation& invocation) {
  std::vector<std::string> words = {"mcp"};
  std::string config_file = invocation.config_file;
  if (config_file.empty() && !invocation.no_config && fs::exists("dbops.toml"))
    config_file = "dbops.toml";
  if (invocation.no_config) words.emplace_back("--no-config");
  if (!config_file.empty()) {
    words.emplace_back("--config");
    words.push_back(absolute(config_file));
  }
  for (const std::string& connection : invocation.connections)
    words.push_back(anywhere(connection));
  for (const std::string& tier : invocation.tiers) {
    words.emplace_back("--tier");
    words.push_back(tier);
  }
  if (invocation.create) words.emplace_back("--create");
  return words;
}

// That it would start: what is wrong is better said now than by the client.
Result<void> check_start(const Invocation& invocation) {
  Config config;
  if (!invocation.no_config) {
    auto loaded = load_config(invocation.config_file);
    if (!loaded)
      return fail(Code::invalid_config,
                  format_problem(loaded.error().file, loaded.error().problems.front()));
    config = std::move(*loaded);
  }
  config.audit.enabled = false;
  if (config.connections.empty() && invocation.connections.empty())
    return fail(Code::invalid_argument, "nothing says which databases",
                "give NAME=URL, --config FILE, or --url of a server that runs");
  Wanted wanted;
  wanted.connections = invocation.connections;
  wanted.tiers = invocation.tiers;
  wanted.create = invocation.create;
  DBOPS_TRY(set_up(config, wanted));
  return {};
}

Result<Entry> entry_for(const Invocation& invocation, const Client& client) {
  const std::string& url = invocation.install.url;
  if (url.empty()) {
    DBOPS_TRY(check_start(invocation));
    DBOPS_ASSIGN(std::string program, own_path());
    DBOPS_ASSIGN(std::vector<std::string> words, arguments_of(invocation));
    return program_entry(client, std::move(program), std::move(words));
  }
  if (!invocation.connections.empty() || !invocation.config_file.empty() || invocation.no_config ||
      !invocation.tiers.empty() || invocation.create)
    return fail(Code::invalid_argument, "--url stands for a server that knows its own connections",
                "leave the connections, --config, --no-config, --tier and --create out, or --url");
  DBOPS_ASSIGN(const Url parsed, Url::parse(url));
  if (parsed.scheme != "http" && parsed.scheme != "https")
    return fail(Code::invalid_argument, "--url must start with http:// or https://",
                "such as http://127.0.0.1:7411/mcp, as `dbops serve` says at its start");
  return url_entry(client, url);
}

void warn_of_secrets(const Invocation& invocation, const std::string& file) {
  const bool in_url = holds_secret(invocation.install.url);
  if (!in_url &&
      std::none_of(invocation.connections.begin(), invocation.connections.end(), holds_secret))
    return;
  const std::string hint =
      in_url ? "leave it out of the URL: `dbops serve` takes a token in the header Authorization "
               "alone, and the client's documentation says how it sends one"
             : "put the connection into dbops.toml with password = { env = \"NAME\" }, and give "
               "--config dbops.toml instead";
  cli::write_message(STDERR_FILENO, "warning: the URL holds a password or token, and " +
                                        escape_control(file) +
                                        " will hold it as plain text\nhint: " + hint + "\n");
}

Result<void> confirm(const Invocation& invocation, const std::string& question) {
  if (invocation.install.yes) return {};
  DBOPS_ASSIGN(const bool meant, cli::ask_to_confirm(cli::local_context(), {question},
                                                     "--yes changes it without asking"));
  if (meant) return {};
  return fail(Code::confirmation_required, "not confirmed: nothing was changed");
}

void show(const Change& change) {
  const std::string file = escape_control(change.file);
  say("--- " + (change.is_new ? std::string("/dev/null") : file) + "\n+++ " +
      (change.remove ? std::string("/dev/null") : file) + "\n" + change.diff);
}

Result<void> undo(const Invocation& invocation, const Client& client, const std::string& file,
                  Record& record) {
  const std::string& name = invocation.install.name;
  DBOPS_ASSIGN(const Change change, plan_undo(real_files(), record, client, file, name));
  show(change);
  if (invocation.install.print) return {};
  DBOPS_TRY(confirm(invocation, "change " + file + "?"));
  DBOPS_TRY(make_change(real_files(), change));
  record.remove(file, name);
  DBOPS_TRY(record.save(real_files()));
  say(name + " is out of " + escape_control(file) + "\n");
  return {};
}

Result<void> install(const Invocation& invocation, const Client& client, const std::string& file,
                     Record& record) {
  DBOPS_ASSIGN(const Entry entry, entry_for(invocation, client));
  DBOPS_ASSIGN(const auto change,
               plan_install(real_files(), record, client, file, invocation.install.name, entry));
  if (!change) {
    say("nothing to do: " + escape_control(file) + " has it already\n");
    return {};
  }
  show(*change);
  warn_of_secrets(invocation, file);
  if (invocation.install.print) return {};
  DBOPS_TRY(confirm(invocation, "change " + file + "?"));
  // First the record: an entry without one could not be taken back.
  record.put(change->written);
  DBOPS_TRY(record.save(real_files()));
  DBOPS_TRY(make_change(real_files(), *change));
  say("added to " + escape_control(file) + "; " + std::string(client.after) + "\n");
  return {};
}

Result<void> run_checked(const Invocation& invocation) {
  const Client* client = find_client(invocation.install.client);
  if (client == nullptr) return fail(Code::invalid_argument, "no such client");
  const std::string& name = invocation.install.name;
  if (name.empty() || name.size() > kEntryNameBytesMax || name_in(name + "=") != name)
    return fail(Code::invalid_argument,
                "the name " + escape_control(shorten(name, kEntryNameBytesMax)) + " can't be used",
                "letters, digits, - and _, 64 at most");
  const auto file =
      client_file(*client, kPlatform, [](const char* key) { return std::getenv(key); });
  if (!file) return fail(Code::not_found, "HOME is not set", "set it to your home folder");
  DBOPS_ASSIGN(std::string record_file, state_file("installed.json"));
  DBOPS_ASSIGN(Record record, Record::load(real_files(), std::move(record_file)));
  return invocation.install.undo ? undo(invocation, *client, *file, record)
                                 : install(invocation, *client, *file, record);
}

}  // namespace

int run_install(const Invocation& invocation) {
  const auto done = run_checked(invocation);
  if (done) return cli::kOk;
  cli::write_message(STDERR_FILENO, cli::format_error(done.error(), {}, 0, false));
  return cli::exit_code(done.error());
}

}  // namespace dbops::app

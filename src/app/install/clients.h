// The clients that dbops can add itself to: where their files stand and how an entry looks there.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/install/document.h"

namespace dbops::app {

enum class Platform { linux, macos, windows };
// The variable's value; nullptr where it is not set.
using Environment = std::function<const char*(const char*)>;

struct Client {
  std::string_view name;   // As it is named on the command line.
  std::string_view title;  // As people name it.
  Syntax syntax;
  std::string_view section;  // The table of the servers.
  // The "type" of an entry that starts a program, and of one by URL; empty: it has none.
  std::string_view program_type;
  std::string_view url_type;
  std::string_view url_key;  // Empty: its file takes no servers by URL.
  std::string_view after;    // What to do so that it notices.
  bool names_tools = false;  // An entry says which tools are offered.
  bool one_list = false;     // The program and its arguments are one list.
};
std::span<const Client> clients();
const Client* find_client(std::string_view name);

// The user's own file of the client; nullopt where the environment names no home.
std::optional<std::string> client_file(const Client& client, Platform platform,
                                       const Environment& environment);

Entry program_entry(const Client& client, std::string command, std::vector<std::string> arguments);
// Code::unsupported where the client takes none.
Result<Entry> url_entry(const Client& client, std::string url);

}  // namespace dbops::app

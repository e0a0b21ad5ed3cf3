#include "app/install/clients.h"

#include <array>

namespace dbops::app {
namespace {

constexpr std::array<Client, 10> kClients = {{
    {"claude-code", "Claude Code", Syntax::json, "mcpServers", "stdio", "http", "url",
     "`claude mcp list` shows it; sessions that run see it after a restart"},
    {"claude-desktop", "Claude Desktop", Syntax::json, "mcpServers", "", "", "",
     "quit Claude Desktop and start it again"},
    {"vscode", "VS Code", Syntax::json_with_comments, "servers", "stdio", "http", "url",
     "VS Code asks whether to start it; `MCP: List Servers` shows it"},
    {"cursor", "Cursor", Syntax::json_with_comments, "mcpServers", "", "", "url",
     "Cursor's settings show it under MCP"},
    {"codex", "Codex", Syntax::toml, "mcp_servers", "", "", "url", "`codex mcp list` shows it"},
    {"gemini", "Gemini CLI", Syntax::json_with_comments, "mcpServers", "", "", "httpUrl",
     "`gemini mcp list` shows it, in folders that you trust"},
    {"windsurf", "Windsurf", Syntax::json, "mcpServers", "", "", "serverUrl",
     "Windsurf's settings show it under Cascade, after a refresh"},
    {"zed", "Zed", Syntax::json_with_comments, "context_servers", "", "", "url",
     "Zed's Agent Panel shows it in its settings"},
    {"copilot-cli", "GitHub Copilot CLI", Syntax::json, "mcpServers", "stdio", "http", "url",
     "`copilot mcp list` shows it", true},
    {"opencode", "OpenCode", Syntax::json_with_comments, "mcp", "local", "remote", "url",
     "`opencode mcp list` shows it", false, true},
}};

std::string value(const Environment& environment, const char* name) {
  const char* found = environment(name);
  return found == nullptr ? "" : found;
}

// The folder below which programs keep the user's settings.
std::string settings_folder(const std::string& home, Platform platform,
                            const Environment& environment) {
  if (platform == Platform::macos) return home + "/Library/Application Support";
  if (platform == Platform::windows) {
    const std::string folder = value(environment, "APPDATA");
    return folder.empty() ? home + "/AppData/Roaming" : folder;
  }
  const std::string folder = value(environment, "XDG_CONFIG_HOME");
  return folder.starts_with('/') ? folder : home + "/.config";
}

}  // namespace

std::span<const Client> clients() { return kClients; }

const Client* find_client(std::string_view name) {
  for (const Client& client : kClients)
    if (client.name == name) return &client;
  return nullptr;
}

std::optional<std::string> client_file(const Client& client, Platform platform,
                                       const Environment& environment) {
  const std::string home =
      value(environment, platform == Platform::windows ? "USERPROFILE" : "HOME");
  if (home.empty()) return std::nullopt;
  // A folder of its own that the client itself honours.
  const auto own = [&](const char* variable, const std::string& otherwise) {
    const std::string folder = value(environment, variable);
    return folder.empty() ? otherwise : folder;
  };
  if (client.name == "claude-code") return own("CLAUDE_CONFIG_DIR", home) + "/.claude.json";
  if (client.name == "codex") return own("CODEX_HOME", home + "/.codex") + "/config.toml";
  if (client.name == "cursor") return home + "/.cursor/mcp.json";
  if (client.name == "gemini") return home + "/.gemini/settings.json";
  if (client.name == "windsurf") return home + "/.codeium/windsurf/mcp_config.json";
  if (client.name == "copilot-cli")
    return own("COPILOT_HOME", home + "/.copilot") + "/mcp-config.json";
  if (client.name == "opencode") {
    // It keeps to the XDG folders on every system.
    return own("XDG_CONFIG_HOME", home + "/.config") + "/opencode/opencode.json";
  }
  const std::string settings = settings_folder(home, platform, environment);
  if (client.name == "zed") {
    if (platform == Platform::macos) return home + "/.config/zed/settings.json";
    return settings + (platform == Platform::windows ? "/Zed" : "/zed") + "/settings.json";
  }
  if (client.name == "vscode") return settings + "/Code/User/mcp.json";
  return settings + "/Claude/claude_desktop_config.json";
}

Entry program_entry(const Client& client, std::string command, std::vector<std::string> arguments) {
  Entry entry;
  if (!client.program_type.empty()) entry.emplace_back("type", std::string(client.program_type));
  if (client.one_list) {
    arguments.insert(arguments.begin(), std::move(command));
    entry.emplace_back("command", std::move(arguments));
  } else {
    entry.emplace_back("command", std::move(command));
    entry.emplace_back("args", std::move(arguments));
  }
  if (client.names_tools) entry.emplace_back("tools", std::vector<std::string>{"*"});
  return entry;
}

Result<Entry> url_entry(const Client& client, std::string url) {
  if (client.url_key.empty())
    return fail(Code::unsupported,
                std::string(client.title) + " takes no servers by URL from its file",
                "add the URL in its settings under Connectors, or let it start dbops: leave --url "
                "out");
  Entry entry;
  if (!client.url_type.empty()) entry.emplace_back("type", std::string(client.url_type));
  entry.emplace_back(client.url_key, std::move(url));
  if (client.names_tools) entry.emplace_back("tools", std::vector<std::string>{"*"});
  return entry;
}

}  // namespace dbops::app

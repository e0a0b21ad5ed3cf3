#include "app/install/clients.h"

#include <gtest/gtest.h>

#include <map>

namespace dbops::app {
namespace {

using Variables = std::map<std::string, std::string>;

std::string file_of(const char* client, Platform platform, const Variables& variables) {
  return client_file(*find_client(client), platform,
                     [&](const char* name) -> const char* {
                       const auto found = variables.find(name);
                       return found == variables.end() ? nullptr : found->second.c_str();
                     })
      .value_or("none");
}

TEST(Clients, FilesStandWhereTheClientLooks) {
  struct Case {
    const char* client;
    Platform platform;
    Variables variables;
    const char* file;
  };
  const Variables unix_home = {{"HOME", "/h"}};
  const Variables windows_home = {{"USERPROFILE", "C:/u"}, {"APPDATA", "D:/roaming"}};
  const std::vector<Case> cases = {
      {"claude-code", Platform::linux, unix_home, "/h/.claude.json"},
      {"claude-code", Platform::macos, unix_home, "/h/.claude.json"},
      {"claude-code", Platform::windows, windows_home, "C:/u/.claude.json"},
      {"claude-code",
       Platform::linux,
       {{"HOME", "/h"}, {"CLAUDE_CONFIG_DIR", "/c"}},
       "/c/.claude.json"},
      {"claude-desktop", Platform::linux, unix_home,
       "/h/.config/Claude/claude_desktop_config.json"},
      {"claude-desktop", Platform::macos, unix_home,
       "/h/Library/Application Support/Claude/claude_desktop_config.json"},
      {"claude-desktop", Platform::windows, windows_home,
       "D:/roaming/Claude/claude_desktop_config.json"},
      {"claude-desktop",
       Platform::windows,
       {{"USERPROFILE", "C:/u"}},
       "C:/u/AppData/Roaming/Claude/claude_desktop_config.json"},
      {"vscode", Platform::linux, unix_home, "/h/.config/Code/User/mcp.json"},
      {"vscode",
       Platform::linux,
       {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}},
       "/x/Code/User/mcp.json"},
      {"vscode",
       Platform::linux,
       {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "relative"}},
       "/h/.config/Code/User/mcp.json"},
      {"vscode", Platform::macos, unix_home, "/h/Library/Application Support/Code/User/mcp.json"},
      {"vscode", Platform::windows, windows_home, "D:/roaming/Code/User/mcp.json"},
      {"cursor", Platform::linux, unix_home, "/h/.cursor/mcp.json"},
      {"cursor", Platform::windows, windows_home, "C:/u/.cursor/mcp.json"},
      {"codex", Platform::linux, unix_home, "/h/.codex/config.toml"},
      {"codex", Platform::linux, {{"HOME", "/h"}, {"CODEX_HOME", "/c"}}, "/c/config.toml"},
      {"gemini", Platform::macos, unix_home, "/h/.gemini/settings.json"},
      {"gemini", Platform::linux, {}, "none"},
      {"windsurf", Platform::linux, unix_home, "/h/.codeium/windsurf/mcp_config.json"},
      {"windsurf", Platform::windows, windows_home, "C:/u/.codeium/windsurf/mcp_config.json"},
      {"zed", Platform::linux, unix_home, "/h/.config/zed/settings.json"},
      {"zed", Platform::linux, {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}}, "/x/zed/settings.json"},
      {"zed", Platform::macos, unix_home, "/h/.config/zed/settings.json"},
      {"zed", Platform::windows, windows_home, "D:/roaming/Zed/settings.json"},
      {"copilot-cli", Platform::linux, unix_home, "/h/.copilot/mcp-config.json"},
      {"copilot-cli",
       Platform::macos,
       {{"HOME", "/h"}, {"COPILOT_HOME", "/c"}},
       "/c/mcp-config.json"},
      {"opencode", Platform::macos, unix_home, "/h/.config/opencode/opencode.json"},
      {"opencode", Platform::windows, windows_home, "C:/u/.config/opencode/opencode.json"},
      {"opencode",
       Platform::linux,
       {{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}},
       "/x/opencode/opencode.json"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(file_of(each.client, each.platform, each.variables), each.file) << each.client;
}

TEST(Clients, EntriesLookAsEachClientReadsThem) {
  const auto keys = [](const Entry& entry) {
    std::string out;
    for (const auto& [key, value] : entry) out += key + " ";
    return out;
  };
  std::map<std::string, std::pair<std::string, std::string>> seen;
  for (const Client& client : clients()) {
    const auto by_url = url_entry(client, "http://127.0.0.1:7411/mcp");
    seen[std::string(client.name)] = {
        keys(program_entry(client, "dbops", {"mcp"})),
        by_url ? keys(*by_url) : std::string(name(by_url.error().code))};
  }
  using Keys = decltype(seen);
  EXPECT_EQ(seen, (Keys{{"claude-code", {"type command args ", "type url "}},
                        {"claude-desktop", {"command args ", "unsupported"}},
                        {"vscode", {"type command args ", "type url "}},
                        {"cursor", {"command args ", "url "}},
                        {"codex", {"command args ", "url "}},
                        {"gemini", {"command args ", "httpUrl "}},
                        {"windsurf", {"command args ", "serverUrl "}},
                        {"zed", {"command args ", "url "}},
                        {"copilot-cli", {"type command args tools ", "type url tools "}},
                        {"opencode", {"type command ", "type url "}}}));
  const Entry list = program_entry(*find_client("opencode"), "dbops", {"mcp", "a=b"});
  EXPECT_EQ(list, (Entry{{"type", "local"},
                         {"command", std::vector<std::string>{"dbops", "mcp", "a=b"}}}));
}

}  // namespace
}  // namespace dbops::app

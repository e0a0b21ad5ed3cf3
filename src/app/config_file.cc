#include "app/config_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace dbops::app {
namespace {

constexpr const char* kName = "dbops.toml";

// A folder of the XDG Base Directory Specification; a relative one is to be ignored.
std::string xdg_folder(const char* variable, const char* in_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && value[0] == '/') return value;
  const char* home = std::getenv("HOME");
  return home != nullptr && home[0] != '\0' ? std::string(home) + in_home : std::string();
}

bool exists(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0;
}

std::string find() {
  if (exists(kName)) return kName;
  const std::string folder = xdg_folder("XDG_CONFIG_HOME", "/.config");
  const std::string path = folder + "/dbops/" + kName;
  return !folder.empty() && exists(path) ? path : std::string();
}

// Who could have written it?
std::optional<Problem> check_owner(const struct stat& found) {
  if (!S_ISREG(found.st_mode)) return std::nullopt;  // /dev/null, or a pipe made by the caller.
  if (found.st_uid != geteuid() && found.st_uid != 0)
    return Problem{{},
                   "the file belongs to another user, and could make dbops run programs",
                   "copy it, or make it yours"};
  if ((found.st_mode & S_IWOTH) != 0)
    return Problem{
        {}, "everybody may change the file, and could make dbops run programs", "chmod o-w it"};
  return std::nullopt;
}

std::string folder_of(const std::string& path) {
  std::error_code ignored;  // Without a working folder paths stay relative.
  const auto absolute = std::filesystem::absolute(path, ignored);
  return absolute.parent_path().string();
}

void add_warnings(const struct stat& found, Config& config) {
  const bool readable = (found.st_mode & (S_IRGRP | S_IROTH)) != 0 && S_ISREG(found.st_mode);
  for (const NamedConnection& connection : config.connections) {
    if (connection.unusable) config.warnings.push_back(*connection.unusable);
    if (connection.literal_password && readable)
      config.warnings.push_back({connection.place,
                                 "the file holds a password and others may read it",
                                 "chmod 600 it, or use password = { env = \"NAME\" }"});
  }
  if (config.state.key.kind == SecretSource::Kind::literal && readable)
    config.warnings.push_back({config.state.place, "the file holds a key and others may read it",
                               "chmod 600 it, or use key = { env = \"NAME\" }"});
}

}  // namespace

tl::expected<Config, ConfigFailure> load_config(const std::string& chosen) {
  const std::string path = chosen.empty() ? find() : chosen;
  if (path.empty()) return Config{};
  const auto failed = [&](std::vector<Problem> problems) {
    return tl::unexpected<ConfigFailure>({path, std::move(problems)});
  };
  const auto text = real_files().read(path, kConfigBytesMax);
  if (!text) return failed({{{}, text.error().message, text.error().hint}});
  struct stat found {};
  if (stat(path.c_str(), &found) == 0)
    if (auto problem = check_owner(found)) return failed({std::move(*problem)});
  auto config = parse_config(*text, folder_of(path));
  if (!config) return failed(std::move(config).error());
  config->file = path;
  add_warnings(found, *config);
  return std::move(*config);
}

Result<std::string> state_file(const std::string& name) {
  const std::string folder = xdg_folder("XDG_STATE_HOME", "/.local/state");
  if (!folder.empty()) return folder + "/dbops/" + name;
  return fail(Code::not_found,
              "neither HOME nor XDG_STATE_HOME is set: there is no folder for " + name,
              "set HOME or XDG_STATE_HOME, or name a file or url in [audit] and [state]");
}

}  // namespace dbops::app

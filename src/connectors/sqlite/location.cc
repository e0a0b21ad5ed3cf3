#include "connectors/sqlite/location.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>

#include "base/bytes.h"
#include "base/text.h"
#include "net/url.h"

namespace dbops::sqlite {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> bad(const std::string& setting, const std::string& why) {
  return fail(Code::invalid_config, "setting " + setting + ": " + why);
}

Result<int64_t> read_integer(const std::string& setting, const std::string& text, int64_t minimum,
                             int64_t maximum) {
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < minimum ||
      value > maximum)
    return bad(setting, "\"" + escape_control(shorten(text, 40)) + "\" is not a number from " +
                            std::to_string(minimum) + " to " + std::to_string(maximum));
  return value;
}

Result<bool> read_boolean(const std::string& setting, const std::string& text) {
  for (const std::string_view yes : {"1", "true", "on", "yes"})
    if (same_ignoring_case(text, yes)) return true;
  for (const std::string_view no : {"0", "false", "off", "no"})
    if (same_ignoring_case(text, no)) return false;
  return bad(setting, "\"" + escape_control(shorten(text, 40)) + "\" is neither true nor false");
}

// Folders separated by ':'.
Result<std::vector<std::string>> read_roots(const std::string& setting, std::string_view text) {
  std::vector<std::string> roots;
  while (!text.empty()) {
    const size_t end = std::min(text.find(':'), text.size());
    if (end > 0) roots.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (roots.size() > kRootsMax)
    return bad(setting, "more than " + std::to_string(kRootsMax) + " folders");
  for (const std::string& root : roots)
    if (!fs::path(root).is_absolute())
      return bad(setting, "\"" + escape_control(root) + "\" is not an absolute path");
  return roots;
}

using Reader = std::function<Result<void>(const std::string& name, const std::string& value)>;

std::map<std::string, Reader, std::less<>> readers(Location& location) {
  return {
      {"immutable",
       [&](const auto& name, const auto& value) -> Result<void> {
         DBOPS_ASSIGN(location.immutable, read_boolean(name, value));
         return {};
       }},
      {"foreign_keys",
       [&](const auto& name, const auto& value) -> Result<void> {
         DBOPS_ASSIGN(location.foreign_keys, read_boolean(name, value));
         return {};
       }},
      {"busy_timeout_ms",
       [&](const auto& name, const auto& value) -> Result<void> {
         DBOPS_ASSIGN(const int64_t timeout, read_integer(name, value, 0, kBusyTimeoutMax));
         location.busy_timeout = std::chrono::milliseconds(timeout);
         return {};
       }},
      {"cache_kib",
       [&](const auto& name, const auto& value) -> Result<void> {
         DBOPS_ASSIGN(const int64_t kib, read_integer(name, value, kCacheKibMin, kCacheKibMax));
         location.cache_kib = static_cast<int>(kib);
         return {};
       }},
      {"attach_roots",
       [&](const auto& name, const auto& value) -> Result<void> {
         DBOPS_ASSIGN(location.attach_roots, read_roots(name, value));
         return {};
       }},
      {"backup_root",
       [&](const auto& name, const auto& value) -> Result<void> {
         if (!fs::path(value).is_absolute()) return bad(name, "must be an absolute path");
         location.backup_root = value;
         return {};
       }},
  };
}

Result<void> read_settings(const std::vector<std::pair<std::string, std::string>>& settings,
                           Location& location) {
  auto known = readers(location);
  std::vector<std::string> names;
  for (const auto& [name, reader] : known) names.push_back(name);
  std::vector<std::string> seen;
  for (const auto& [name, value] : settings) {
    const auto found = known.find(name);
    if (found == known.end()) {
      const auto meant = nearest(name, names);
      std::string hint = meant ? "did you mean " + *meant + "?" : "SQLite's settings: ";
      if (!meant)
        for (const std::string& each : names) hint += (&each == &names[0] ? "" : ", ") + each;
      if (name == "mode")
        hint = "the tier decides: a connection only reads unless it has the tier write";
      return fail(Code::invalid_config,
                  "SQLite has no setting " + escape_control(shorten(name, 60)), std::move(hint));
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return bad(name, "given twice, in the URL and in the configuration");
    seen.push_back(name);
    DBOPS_TRY(found->second(name, value));
  }
  return {};
}

}  // namespace

Result<Location> read_location(const ConnectionOptions& options) {
  auto parsed = Url::parse(options.url.reveal());
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.code = Code::invalid_config;
    error.hint =
        "write sqlite:flights.db, or sqlite:/absolute/path.db; a % in a name is %25, a ? is %3F";
    return fail(std::move(error));
  }
  if (!parsed->hosts.empty() || !parsed->user.empty() || !parsed->password.empty())
    return fail(Code::invalid_config, "a URL of SQLite names a file, not a host",
                "write sqlite:flights.db, sqlite:/absolute/path.db or sqlite:///absolute/path.db");
  if (parsed->path.empty())
    return fail(Code::invalid_config, "the URL names no file",
                "write sqlite:flights.db, or sqlite::memory: for a database in memory");
  Location location;
  location.path = parsed->path;
  location.memory = location.path == ":memory:";
  auto settings = std::move(parsed->query);
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  DBOPS_TRY(read_settings(settings, location));
  if (location.immutable && options.tier != Tier::read)
    return bad("immutable", "only for a connection of the tier read: nobody may write to the file");
  return location;
}

std::string file_uri(const std::string& path, bool immutable) {
  std::error_code ignored;  // Without a working folder the path stays as it is, and opening fails.
  const fs::path absolute = fs::absolute(fs::path(path), ignored);
  std::string uri = "file://";
  for (const char c : absolute.empty() ? path : absolute.string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : "%" + hex(std::string_view(&c, 1));
  }
  return uri + (immutable ? "?immutable=1" : "");
}

bool stands_in(const std::string& path, const std::string& folder) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return false;
  fs::path real = fs::canonical(path, error);
  if (error) {
    const fs::path absolute = fs::absolute(path, error);
    const fs::path parent = fs::canonical(absolute.parent_path(), error);
    if (error || !absolute.has_filename() || fs::is_symlink(absolute, error)) return false;
    real = parent / absolute.filename();
  }
  const fs::path inside = real.lexically_relative(root);
  return !inside.empty() && *inside.begin() != "..";
}

}  // namespace dbops::sqlite

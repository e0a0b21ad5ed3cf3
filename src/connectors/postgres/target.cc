#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "connectors/postgres/connect.h"
#include "net/url.h"

namespace dbops::postgres {
namespace {

struct OptionsFree {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

// Settings of this connector itself, beside libpq's keywords.
constexpr auto kOwnSettings = std::to_array<std::string_view>({"lock_timeout_ms", "prepare"});

// What would break what this connector relies on.
constexpr auto kRefused = std::to_array<std::string_view>({"client_encoding", "replication"});

constexpr int64_t kLockTimeoutMax = 86'400'000;  // milliseconds

std::vector<std::string> libpq_keywords() {
  std::vector<std::string> names;
  const std::unique_ptr<PQconninfoOption, OptionsFree> all(PQconndefaults());
  for (const PQconninfoOption* option = all.get(); option && option->keyword; ++option)
    names.emplace_back(option->keyword);
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string>& known_keywords() {
  static const std::vector<std::string> names = libpq_keywords();
  return names;
}

tl::unexpected<Error> unknown_setting(std::string_view name) {
  std::vector<std::string> names = known_keywords();
  names.insert(names.end(), kOwnSettings.begin(), kOwnSettings.end());
  const auto near = nearest(name, names);
  return fail(Code::invalid_config, "PostgreSQL has no connection setting " + shown_setting(name),
              near ? "did you mean \"" + *near + "\"?"
                   : "libpq's connection keywords, prepare and lock_timeout_ms are known");
}

Result<void> check_keyword(std::string_view name) {
  if (std::find(kRefused.begin(), kRefused.end(), name) != kRefused.end())
    return fail(Code::invalid_config,
                "the setting \"" + std::string(name) + "\" can't be changed: dbops relies on it");
  const auto& known = known_keywords();
  // "ssl=true" is what JDBC's URLs have, and libpq takes it in a URL.
  if (name != "ssl" && !std::binary_search(known.begin(), known.end(), name))
    return unknown_setting(name);
  return {};
}

constexpr const char* kUrlForm =
    "write postgresql://user:password@host:port/database, with special characters "
    "percent-encoded (@ is %40, / is %2F)";

// Where the hosts begin: behind the user and the password, which end at the first '@' if no '/' is
// before it, as libpq has it.
size_t hosts_of(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t authority = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = url.find_first_of("@/", authority);
  return end != std::string_view::npos && url[end] == '@' ? end + 1 : authority;
}

// Where the query begins, at its '?'; the URL's end where it has none.
size_t query_of(std::string_view url) { return std::min(url.find('?', hosts_of(url)), url.size()); }

// The names in the URL's query. Their values may be secrets and are not looked at. An unknown name
// may be what follows an '&' inside of one, or all of it what follows a '?'.
Result<void> check_query(std::string_view url) {
  const std::string_view query = url.substr(std::min(query_of(url) + 1, url.size()));
  int number = 1;
  for (size_t at = 0; at < query.size(); ++number) {
    const std::string_view pair = query.substr(at, query.find('&', at) - at);
    if (auto checked = check_keyword(pair.substr(0, pair.find('='))); !checked) {
      if (!assigns_secret(query.substr(0, at)) && query.find('@', at) == std::string_view::npos)
        return checked;
      return fail(Code::invalid_config,
                  "setting " + std::to_string(number) +
                      " of the URL's query is none that PostgreSQL has, or can't be changed",
                  "special characters in a password or another value are percent-encoded (& is "
                  "%26, @ is %40)");
    }
    at += pair.size() + 1;
  }
  return {};
}

// libpq takes what is left of a password for the host or the port, and names those in its errors.
Result<void> check_hosts(std::string_view url) {
  const size_t hosts = hosts_of(url);
  if (url.substr(hosts, query_of(url) - hosts).find('@') == std::string_view::npos) return {};
  return fail(Code::invalid_config,
              "the URL has an @ where none can be, so it can't be told where its password ends",
              kUrlForm);
}

bool is_ports(std::string_view list) {
  return list.find_first_not_of("0123456789,") == std::string_view::npos;
}

Result<void> check_url(std::string_view url) {
  DBOPS_TRY(check_hosts(url));
  DBOPS_TRY(check_query(url));
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, OptionsFree> parsed(
      PQconninfoParse(std::string(url).c_str(), &problem));
  PQfreemem(problem);  // It may quote the URL, password and all.
  if (!parsed)
    return fail(Code::invalid_config, "the URL is not one that libpq can read", kUrlForm);
  for (const PQconninfoOption* option = parsed.get(); option->keyword; ++option)
    if (std::string_view(option->keyword) == "port" && option->val && !is_ports(option->val))
      return fail(Code::invalid_config, "the port in the URL is not a number", kUrlForm);
  return {};
}

Result<void> read_own(std::string_view name, const std::string& value, Target& target) {
  if (name == "prepare") {
    if (value != "on" && value != "off")
      return fail(Code::invalid_config, "the setting \"prepare\" must be on or off");
    target.prepare = value == "on";
    return {};
  }
  int64_t span = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), span);
  if (error != std::errc() || end != value.data() + value.size() || span < 0 ||
      span > kLockTimeoutMax)
    return fail(Code::invalid_config,
                "the setting \"lock_timeout_ms\" must be a number from 0 to " +
                    std::to_string(kLockTimeoutMax));
  target.lock_timeout = value;
  return {};
}

}  // namespace

ConnectionOptions settings_of_url(ConnectionOptions options,
                                  std::span<const std::string_view> names) {
  const std::string_view url = options.url.reveal();
  const size_t query = query_of(url);
  if (query == url.size()) return options;
  std::string kept;
  kept.reserve(url.size());  // Never moved: it may hold a password.
  kept = url.substr(0, query);
  std::vector<std::pair<std::string, std::string>> settings;
  std::string_view rest = url.substr(query + 1);
  for (char separator = '?'; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::string_view name = pair.substr(0, pair.find('='));
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      settings.emplace_back(name, pair.substr(std::min(pair.size(), name.size() + 1)));
      continue;
    }
    kept.append(1, std::exchange(separator, '&')).append(pair);
  }
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  options.settings = std::move(settings);
  options.url = Secret(std::move(kept));
  return options;
}

Result<Target> read_target(const ConnectionOptions& given) {
  const ConnectionOptions options = settings_of_url(given, kOwnSettings);
  DBOPS_TRY(check_url(options.url.reveal()));
  Target target;
  target.keywords.emplace_back("dbname", options.url);
  for (const auto& [name, value] : options.settings) {
    if (std::find(kOwnSettings.begin(), kOwnSettings.end(), name) != kOwnSettings.end()) {
      DBOPS_TRY(read_own(name, value, target));
      continue;
    }
    DBOPS_TRY(check_keyword(name));
    target.keywords.emplace_back(name, Secret(value));
  }
  target.keywords.emplace_back("client_encoding", Secret("UTF8"));
  target.keywords.emplace_back("fallback_application_name", Secret("dbops"));
  return target;
}

}  // namespace dbops::postgres

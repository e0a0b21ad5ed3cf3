#include "app/workspace.h"

#include <algorithm>
#include <map>

#include "app/config_file.h"
#include "app/connectors.h"
#include "base/log.h"
#include "base/text.h"
#include "net/url.h"
#include "ops/audit_store.h"
#include "ops/state_sql.h"

namespace dbops::app {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kKeyBytesMin = 32;  // characters of a key that servers share

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// What --tier says: for one name each, or for all that the command line names.
struct Tiers {
  std::optional<Tier> given;
  std::map<std::string, Tier> named;
};

Result<Tiers> read_tiers(const std::vector<std::string>& texts) {
  Tiers tiers;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string word = equals == std::string::npos ? text : text.substr(equals + 1);
    const auto tier = parse_tier(word);
    if (!tier)
      return fail(Code::invalid_argument, "--tier " + escape_control(text) + ": no such tier",
                  "it is TIER or NAME=TIER, and TIER is read, write or admin");
    if (equals == std::string::npos) {
      tiers.given = *tier;
    } else {
      tiers.named[text.substr(0, equals)] = *tier;
    }
  }
  return tiers;
}

// Where in the file the thing stands that the error is about.
Place place_of(const NamedConnection& connection, const Error& error) {
  for (const auto& [key, place] : connection.setting_places)
    if (error.message.find(key) != std::string::npos) return place;
  for (const char* const word : {"URL", " setting "})  // One that the table doesn't have: a URL's.
    if (error.message.find(word) != std::string::npos) return connection.url_place;
  return connection.place;
}

class Builder {
 public:
  Builder(const Config& config, const Wanted& wanted, Tiers tiers)
      : config_(config), wanted_(wanted), tiers_(std::move(tiers)), connections_(connectors()) {}

  Result<void> add_configured();
  Result<void> add_given();
  // The connection's name, for one that is configured or is given as a URL or path; empty for
  // empty. `tier`: of one that is given so, where nothing is said of it by name.
  Result<std::string> find(const std::string& target, Tier tier);
  Result<void> check_tiers() const;
  Result<std::string> find_target() { return find(wanted_.target, given_tier()); }
  Result<std::string> find_source() { return find(wanted_.source, Tier::read); }
  Connections take() { return std::move(connections_); }
  std::vector<ops::ConnectionStatus> unusable() const;
  // Of the tokens' scopes, those that grant nothing.
  std::vector<std::string> idle_scopes() const;

 private:
  Result<void> add(std::string name, const std::string& url, Tier tier);
  Tier given_tier() const { return tiers_.given.value_or(Tier::read); }
  bool taken(const std::string& name) const;
  tl::unexpected<Error> unknown(const std::string& name) const;
  std::string free_name(const std::string& url) const;

  const Config& config_;
  const Wanted& wanted_;
  const Tiers tiers_;
  Connections connections_;
  std::vector<std::string> names_;
  std::map<std::string, ops::ConnectionStatus> unusable_;  // By name.
};

Result<void> Builder::add_configured() {
  std::string problems;
  for (const NamedConnection& connection : config_.connections) {
    const std::string& name = connection.options.name;
    names_.push_back(name);
    ConnectionOptions options = connection.options;
    if (const auto tier = tiers_.named.find(name); tier != tiers_.named.end())
      options.tier = tier->second;
    if (name == wanted_.target && tiers_.given) options.tier = *tiers_.given;
    if (connection.unusable) {
      ops::ConnectionStatus& status = unusable_[name];
      status.name = name;
      status.tier = options.tier;
      status.error = Error{.code = Code::invalid_config,
                           .message = format_problem(config_.file, *connection.unusable)};
      continue;
    }
    options.limits.time = wanted_.time.value_or(options.limits.time);
    auto added = connections_.add(std::move(options));
    if (added) continue;
    const Error& error = added.error();
    problems +=
        (problems.empty() ? "" : "\n") +
        format_problem(config_.file, {place_of(connection, error), error.message, error.hint});
  }
  if (problems.empty()) return {};
  return fail(Code::invalid_config, std::move(problems));
}

bool Builder::taken(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::string Builder::free_name(const std::string& url) const {
  const std::string wanted = name_for(url);
  std::string name = wanted;
  for (int number = 2; taken(name); ++number) name = wanted + "_" + std::to_string(number);
  return name;
}

Result<void> Builder::add(std::string name, const std::string& url, Tier tier) {
  ConnectionOptions options;
  options.name = name;
  options.url = Secret(url);
  options.limits = config_.limits;
  options.limits.time = wanted_.time.value_or(options.limits.time);
  options.create = wanted_.create;
  options.tier = tier;
  if (const auto named = tiers_.named.find(name); named != tiers_.named.end())
    options.tier = named->second;
  DBOPS_TRY(connections_.add(std::move(options)));
  names_.push_back(std::move(name));
  return {};
}

Result<void> Builder::add_given() {
  for (const std::string& text : wanted_.connections) {
    const std::string name = name_in(text);
    const std::string url = name.empty() ? text : text.substr(name.size() + 1);
    const auto added = add(name.empty() ? free_name(url) : name, url, given_tier());
    if (!added && taken(text))
      return fail(Code::invalid_argument, "\"" + text + "\" is configured already",
                  "leave it out: all that are configured are served; others are NAME=URL");
    DBOPS_TRY(added);
  }
  return {};
}

// Those that can't be used now are not among `connections_`, which gives the hint else.
tl::unexpected<Error> Builder::unknown(const std::string& name) const {
  Error error = connections_.find(name).error();
  if (unusable_.empty()) return fail(std::move(error));
  const auto meant = nearest(name, names_);
  error.hint = meant ? "did you mean \"" + *meant + "\"?"
                     : "`dbops connections` lists all, also those that can't be used now";
  return fail(std::move(error));
}

Result<std::string> Builder::find(const std::string& target, Tier tier) {
  if (target.empty()) return std::string();
  if (const auto found = connections_.find(target)) return target;
  if (const auto found = unusable_.find(target); found != unusable_.end())
    return fail(*found->second.error);
  const bool plain_word = std::all_of(target.begin(), target.end(), name_character);
  const std::string name = free_name(target);
  if (auto added = add(name, target, tier); !added) {
    // A plain word was most likely meant as a name.
    if (plain_word) return unknown(target);
    return fail(std::move(added).error());
  }
  return name;
}

Result<void> Builder::check_tiers() const {
  for (const auto& [name, tier] : tiers_.named)
    if (!taken(name)) return unknown(name);
  return {};
}

std::vector<ops::ConnectionStatus> Builder::unusable() const {
  std::vector<ops::ConnectionStatus> statuses;
  for (const auto& [name, status] : unusable_) statuses.push_back(status);
  return statuses;
}

std::vector<std::string> Builder::idle_scopes() const {
  std::vector<std::string> warnings;
  for (const http::Token& token : config_.server.tokens) {
    for (const std::string& name : token.caller.grants->connections()) {
      if (taken(name)) continue;
      const auto meant = nearest(name, names_);
      warnings.push_back("a scope or policy of [tokens." + token.caller.principal +
                         "] names the connection \"" + escape_control(name) +
                         "\", which there is not" +
                         (meant ? " (did you mean \"" + *meant + "\"?)" : ""));
    }
  }
  return warnings;
}

// `now`: whether it can be written to is found out at once.
Result<std::unique_ptr<ops::Audit>> open_audit_table(const AuditConfig& config, bool now,
                                                     cli::Installation& installation) {
  DBOPS_ASSIGN(auto table, ops::make_audit_table(*config.database, connectors()));
  installation.audit_file = redact_url(config.database->url.reveal());
  if (now) {
    const auto written = table->write({});
    if (!written && config.required) return fail(written.error());
    if (!written) log::warning("calls are not recorded yet: " + written.error().message);
    if (!written) installation.audit_error = written.error();
  }
  return std::make_unique<ops::Audit>(std::move(table));
}

Result<std::string> file_or_own(const std::string& configured, const char* own) {
  if (!configured.empty()) return configured;
  return state_file(own);
}

Result<std::unique_ptr<ops::Audit>> open_audit_file(const AuditConfig& config,
                                                    cli::Installation& installation) {
  DBOPS_ASSIGN(std::string file, file_or_own(config.file, "audit.db"));
  DBOPS_ASSIGN(auto audit, ops::Audit::open(file));
  installation.audit_file = std::move(file);
  return audit;
}

// nullptr where nothing is to be recorded.
Result<std::unique_ptr<ops::Audit>> open_audit(const AuditConfig& config, bool now,
                                               cli::Installation& installation) {
  if (!config.enabled) return nullptr;
  if (config.database) return open_audit_table(config, now, installation);
  auto audit = open_audit_file(config, installation);
  if (!audit) installation.audit_error = audit.error();
  return audit;
}

// `what` says in messages whose secret it is.
Result<Secret> read_named_secret(const std::string& what, const SecretSource& source) {
  auto secret = read_secret(Context(), source);
  if (!secret) secret.error().message.insert(0, what + ": ");
  return secret;
}

// The state that servers share: they refuse to start without it.
Result<ops::SharedState> open_shared_state(const StateConfig& config) {
  DBOPS_ASSIGN(const Secret key, read_named_secret("the key of [state]", config.key));
  if (key.reveal().size() < kKeyBytesMin)
    return fail(
        Code::invalid_config,
        "the key of [state] is shorter than " + std::to_string(kKeyBytesMin) + " characters",
        "make one with `openssl rand -hex 32`, the same for all servers");
  DBOPS_ASSIGN(auto state, ops::open_sql_state(*config.database, connectors()));
  return ops::SharedState{.state = std::move(state), .key = std::string(key.reveal())};
}

Result<ops::SharedState> open_state_file(const StateConfig& config) {
  DBOPS_ASSIGN(const std::string file, file_or_own(config.file, "state.db"));
  DBOPS_ASSIGN(ConnectionOptions options, ops::prepare_state_file(file));
  DBOPS_ASSIGN(std::shared_ptr<ops::State> state,
               ops::open_sql_state(std::move(options), connectors()));
  DBOPS_ASSIGN(std::string key, ops::shared_key(*state));
  return ops::SharedState{.state = std::move(state), .key = std::move(key)};
}

Result<ops::SharedState> open_state(const StateConfig& config) {
  if (config.database) return open_shared_state(config);
  auto opened = open_state_file(config);
  if (opened || !config.file.empty()) return opened;
  log::warning("tasks, kept results and used confirmations will not outlive this process: " +
               opened.error().message);
  return ops::make_own_state();
}

// Whether what would name it may be the rest of a password with a / or : that nobody encoded.
bool may_hold_secret(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  url.remove_prefix(scheme + 3);
  const size_t slash = std::min(url.find('/'), url.size());
  if (url.find('@', slash) != std::string_view::npos) return true;
  std::string_view host = url.substr(0, slash);
  host.remove_prefix(host.rfind('@') + 1);  // Of npos as well: that is 0.
  const size_t colon = host.rfind(':');
  return colon != std::string_view::npos &&
         host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos;
}

}  // namespace

std::string name_in(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals > kNameBytesMax) return {};
  const std::string name = text.substr(0, equals);
  return std::all_of(name.begin(), name.end(), name_character) ? name : std::string();
}

std::string name_for(const std::string& url) {
  if (may_hold_secret(url)) return url.substr(0, url.find_first_of("+:"));
  std::string text = url.substr(0, url.find_first_of("?#"));
  text.erase(0, text.find_last_of("/:@") + 1);  // Of npos as well: that is 0.
  if (const size_t dot = text.rfind('.'); dot != std::string::npos && dot > 0) text.erase(dot);
  std::string name;
  for (const char c : text.substr(0, kNameBytesMax / 2)) name += name_character(c) ? c : '_';
  // A port, or the number of a database, names nothing.
  const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
  if (const size_t colon = url.find("://"); number && colon != std::string::npos)
    name = url.substr(0, std::min(colon, url.find('+')));
  return name.empty() ? "db" : name;
}

Result<Setup> set_up(const Config& config, const Wanted& wanted) {
  DBOPS_ASSIGN(Tiers tiers, read_tiers(wanted.tiers));
  Setup setup;
  Builder builder(config, wanted, std::move(tiers));
  DBOPS_TRY(builder.add_configured());
  DBOPS_TRY(builder.add_given());
  DBOPS_ASSIGN(setup.target, builder.find_target());
  DBOPS_ASSIGN(setup.source, builder.find_source());
  DBOPS_TRY(builder.check_tiers());

  setup.installation.config_file = config.file;
  for (const Problem& warning : config.warnings)
    setup.installation.warnings.push_back(format_problem(config.file, warning));
  for (std::string& warning : builder.idle_scopes())
    setup.installation.warnings.push_back(std::move(warning));
  setup.unusable = builder.unusable();

  auto audit = open_audit(config.audit, wanted.keeps_state, setup.installation);
  if (!audit && config.audit.required) return fail(std::move(audit).error());
  if (!audit) log::warning("calls are not recorded: " + audit.error().message);
  DBOPS_ASSIGN(ops::SharedState shared,
               wanted.keeps_state ? open_state(config.state) : ops::make_own_state());
  setup.workspace = std::make_unique<ops::Workspace>(
      builder.take(), config.settings, audit ? std::move(*audit) : nullptr, std::move(shared));
  return setup;
}

Result<ops::TracingSettings> tracing_settings(const TracingConfig& config) {
  ops::TracingSettings settings = config.settings;
  for (const auto& [name, source] : config.headers) {
    if (settings.endpoint.empty()) break;
    DBOPS_ASSIGN(Secret value, read_named_secret("the header " + name + " of [tracing]", source));
    if (escape_control(value.reveal()) != value.reveal())
      return fail(Code::invalid_config, "the header " + name + " of [tracing] is not plain text");
    settings.headers.emplace_back(name, std::move(value));
  }
  return settings;
}

Result<Connections> make_connections(const Config& config, const Wanted& wanted) {
  DBOPS_ASSIGN(Tiers tiers, read_tiers(wanted.tiers));
  Builder builder(config, wanted, std::move(tiers));
  DBOPS_TRY(builder.add_configured());
  DBOPS_TRY(builder.add_given());
  DBOPS_TRY(builder.check_tiers());
  return builder.take();
}

}  // namespace dbops::app

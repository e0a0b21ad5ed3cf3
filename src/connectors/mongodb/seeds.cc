#include "connectors/mongodb/seeds.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

tl::unexpected<Error> refused(const std::string& message) {
  return fail(Code::protocol, message,
              "whoever keeps the cluster's DNS must mend it; mongodb:// takes hosts themselves");
}

std::string without_last_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return lower(name);
}

// A name of three parts or more has its hosts in the domain it stands in itself; a shorter one is
// the domain.
bool is_of_domain(std::string_view host, std::string_view name) {
  std::string_view domain = name;
  if (std::count(name.begin(), name.end(), '.') >= 2) domain.remove_prefix(name.find('.') + 1);
  return host.size() > domain.size() + 1 && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

bool has_option(const Target& target, std::string_view name) {
  return std::any_of(target.options.begin(), target.options.end(),
                     [&](const auto& option) { return lower(option.first) == name; });
}

// Options as in a URL: those that DNS may set, and that the URL leaves open.
Result<void> add_options(const std::string& text, Target& target) {
  constexpr auto kAllowed =
      std::to_array<std::string_view>({"authsource", "loadbalanced", "replicaset"});
  const auto parsed = Url::parse("mongodb://h/?" + text);
  if (!parsed) return refused("the options in DNS can't be read");
  std::vector<std::pair<std::string, std::string>> added;
  for (const auto& [name, value] : parsed->query) {
    const std::string small = lower(name);
    if (std::find(kAllowed.begin(), kAllowed.end(), small) == kAllowed.end())
      return refused("DNS sets the option " + shown_setting(name) +
                     "; it may set authSource, replicaSet and loadBalanced only");
    if (value.empty()) return refused("the option " + shown_setting(name) + " in DNS has no value");
    if (!has_option(target, small)) added.emplace_back(name, value);
  }
  target.options.insert(target.options.end(), added.begin(), added.end());
  return {};
}

}  // namespace

Result<Target> with_seeds(Target target, const std::vector<Service>& services,
                          const std::vector<std::string>& texts, std::mt19937& chance) {
  const std::string name = without_last_dot(target.hosts[0].name);
  target.srv = false;
  target.hosts.clear();
  for (const Service& service : services) {
    if (!is_of_domain(service.host, name))
      return refused("DNS names a host of another domain than " + escape_control(name) + ": " +
                     escape_control(service.host));
    target.hosts.push_back({.name = service.host, .port = service.port});
  }
  if (texts.size() > 1) return refused("the name has more than one TXT record");
  if (!texts.empty()) DBOPS_TRY(add_options(texts[0], target));
  DBOPS_TRY(check_srv_hosts(target));
  if (target.srv_hosts_max > 0 && target.srv_hosts_max < target.hosts.size()) {
    std::shuffle(target.hosts.begin(), target.hosts.end(), chance);
    target.hosts.resize(target.srv_hosts_max);
  }
  // One host alone is a member to begin with, and not all that there is.
  target.options.emplace_back("directConnection", "false");
  return target;
}

Result<Target> find_seeds(const Context& context, const Target& target) {
  if (!target.srv) return target;
  const std::string name = without_last_dot(target.hosts[0].name);
  DBOPS_ASSIGN(const auto services,
               find_services(context, "_" + target.srv_service + "._tcp." + name));
  DBOPS_ASSIGN(const auto texts, find_texts(context, name));
  std::mt19937 chance(std::random_device{}());
  return with_seeds(target, services, texts, chance);
}

}  // namespace dbops::mongodb

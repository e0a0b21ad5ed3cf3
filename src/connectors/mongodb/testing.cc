#include "connectors/mongodb/testing.h"

#include "connectors/mongodb/connector.h"
#include "net/url.h"

namespace dbops::mongodb {

std::string server_url(const char* variable) {
  return dbops::server_url(variable, "mongodb.sh", "mongodb://x:x@127.0.0.1:1/test");
}

std::string at_database(const std::string& url, const std::string& database,
                        const std::string& options, uint16_t port) {
  const Url parsed = *Url::parse(url);
  std::string text = "mongodb://" + parsed.user + ":" + std::string(parsed.password.reveal()) +
                     "@127.0.0.1:" + std::to_string(port > 0 ? port : *parsed.hosts[0].port) + "/" +
                     database + "?";
  for (const auto& [name, value] : parsed.query)
    text += (text.ends_with('?') ? "" : "&") + name + "=" + value;
  return text + options;
}

std::string set_url(const char* variable, const std::string& database, const std::string& options,
                    uint16_t port) {
  const Url parsed = *Url::parse(server_url(variable));
  std::string hosts;
  for (const Url::Host& host : parsed.hosts)
    hosts += (hosts.empty() ? "" : ",") + host.name + ":" + std::to_string(*host.port);
  if (port > 0) hosts = "127.0.0.1:" + std::to_string(port);
  return "mongodb://" + hosts + "/" + database +
         (port > 0 ? "?directConnection=true" : "?replicaSet=rs0") + options;
}

uint16_t port_of(const std::string& url) { return *Url::parse(url)->hosts[0].port; }

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "m";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return connector().connect({}, options);
}

Result<std::string> run(Session& session, std::string_view text, Mode mode,
                        const Context& context) {
  return dbops::run(connector(), session, text, mode, context);
}

}  // namespace dbops::mongodb

#include "connectors/elasticsearch/testing.h"

#include "connectors/elasticsearch/connector.h"
#include "net/url.h"

namespace dbops::elasticsearch {

std::string server_url(const char* variable) {
  return dbops::server_url(variable, "elasticsearch.sh", "elasticsearch://127.0.0.1:1");
}

uint16_t port_of(const std::string& url) { return *Url::parse(url)->hosts[0].port; }

std::string with_port(std::string url, uint16_t port) {
  const std::string before = "127.0.0.1:" + std::to_string(port_of(url));
  return url.replace(url.find(before), before.size(), "127.0.0.1:" + std::to_string(port));
}

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "e";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return connector().connect({}, options);
}

Result<std::string> run(Session& session, std::string_view text, Mode mode,
                        const Context& context) {
  return dbops::run(connector(), session, text, mode, context);
}

Result<std::string> operate(Session& session, std::string_view operation,
                            std::string_view arguments) {
  return dbops::operate(connector(), session, operation, arguments);
}

}  // namespace dbops::elasticsearch

#include "connectors/redis/testing.h"

#include <spawn.h>
#include <sys/wait.h>

#include "connectors/redis/connector.h"
#include "net/url.h"

namespace dbops::redis {

std::string server_url(const char* variable) {
  return dbops::server_url(variable, "redis.sh", "redis://:x@127.0.0.1:1/0");
}

std::string at_database(const std::string& url, int database, uint16_t port) {
  const Url parsed = *Url::parse(url);
  return parsed.scheme + "://" + parsed.user + ":" + std::string(parsed.password.reveal()) + "@" +
         parsed.hosts[0].name + ":" + std::to_string(port > 0 ? port : *parsed.hosts[0].port) +
         "/" + std::to_string(database);
}

uint16_t port_of(const std::string& url) { return *Url::parse(url)->hosts[0].port; }

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return connector().connect({}, options);
}

Result<std::string> run(Session& session, std::string_view text, Mode mode,
                        const Context& context) {
  return dbops::run(connector(), session, text, mode, context);
}

std::string info_field(const std::string& info, const std::string& name) {
  const size_t at = info.find(name + ':');
  if (at == std::string::npos) return {};
  const size_t begin = at + name.size() + 1;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

bool start_server(std::string configuration) {
  std::string program = "redis-server";
  char* const words[] = {program.data(), configuration.data(), nullptr};
  pid_t pid = 0;
  int status = 0;
  return posix_spawnp(&pid, program.c_str(), nullptr, nullptr, words, environ) == 0 &&
         waitpid(pid, &status, 0) == pid && status == 0;
}

}  // namespace dbops::redis

#include "connectors/redis/target.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr size_t kDatabaseDigits = 9;

tl::unexpected<Error> bad_url(std::string message) {
  return fail(Code::invalid_config, std::move(message),
              "write redis://user:password@host:6379/0, with special characters percent-encoded "
              "(@ is %40)");
}

// Servers before 6.0 know neither HELLO nor users.
bool lacks_hello(std::string_view error) {
  return error.starts_with("ERR unknown command") || error.starts_with("NOPROTO");
}

Result<void> greet(const Context& context, Link& link, const Target& target) {
  const std::string_view user = target.user.empty() ? "default" : std::string_view(target.user);
  Words hello = {"HELLO", "3"};
  if (!target.password.empty()) hello.insert(hello.end(), {"AUTH", user, target.password.reveal()});
  DBOPS_ASSIGN(const RespReply reply, link.call(context, hello));
  const RespNode& answer = reply.nodes[0];
  if (answer.type != RespType::error) return {};
  if (!lacks_hello(reply.text(answer))) return fail(server_error(reply.text(answer)));
  if (target.password.empty()) return {};
  Words auth = {"AUTH"};
  if (!target.user.empty()) auth.push_back(user);
  auth.push_back(target.password.reveal());
  DBOPS_TRY(link.ask(context, auth));
  return {};
}

}  // namespace

Result<Target> read_target(const ConnectionOptions& options) {
  if (!options.settings.empty())
    return fail(Code::invalid_config,
                "Redis has no connection setting \"" +
                    escape_control(shorten(options.settings.front().first, 64)) + '"',
                "all that it takes stands in the URL");
  DBOPS_ASSIGN(Url url, Url::parse(options.url.reveal()));
  if (url.scheme != "redis")
    return fail(Code::invalid_config, "dbops does not reach Redis over TLS yet",
                "a tunnel (stunnel, ssh) keeps the link secret meanwhile");
  if (!url.query.empty()) return bad_url("the URL of a Redis server has no settings behind a '?'");
  if (url.hosts.size() > 1) return bad_url("the URL has more than one host");
  Target target{.user = std::move(url.user), .password = std::move(url.password)};
  if (!url.hosts.empty()) {
    if (!url.hosts[0].name.empty()) target.host = url.hosts[0].name;
    target.port = url.hosts[0].port.value_or(target.port);
  }
  const std::string_view path = url.path;
  if (path.size() > 1) target.database = path.substr(1);
  if (target.database.size() > kDatabaseDigits ||
      !std::all_of(target.database.begin(), target.database.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return bad_url("the database in the URL is not a number");
  return target;
}

Result<std::unique_ptr<Link>> open_link(const Context& context, const ConnectionOptions& options,
                                        const Target& target) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
  DBOPS_ASSIGN(auto transport, connect_tcp(limited, target.host, target.port));
  auto link = std::make_unique<Link>(std::move(transport));
  auto ready = greet(limited, *link, target);
  if (ready && target.database != "0") {
    if (auto selected = link->ask(limited, Words{"SELECT", target.database}); !selected)
      ready = fail(std::move(selected).error());
  }
  if (ready) return link;
  Error error = std::move(ready).error();
  error.message = "connecting to " + escape_control(target.host) + ':' +
                  std::to_string(target.port) + ": " + redact(error.message, target.password);
  return fail(std::move(error));
}

}  // namespace dbops::redis

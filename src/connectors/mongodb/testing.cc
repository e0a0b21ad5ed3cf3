#include "connectors/mongodb/testing.h"

#include <cstdlib>

#include "base/value_text.h"
#include "connectors/mongodb/connector.h"
#include "net/url.h"

namespace dbops::mongodb {

std::string server_url(const char* variable) {
  const char* url = std::getenv(variable);
  if (url != nullptr) return url;
  ADD_FAILURE() << variable << " is not set: tests/servers/mongodb.sh starts a server";
  return "mongodb://x:x@127.0.0.1:1/test";
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

uint16_t port_of(const std::string& url) { return *Url::parse(url)->hosts[0].port; }

Result<std::unique_ptr<Session>> connect_to(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "m";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return connector().connect({}, options);
}

Result<std::string> read_all(const Context& context, Stream& stream) {
  std::string shown;
  for (Batch batch;;) {
    DBOPS_ASSIGN(const bool more, stream.next(context, batch));
    if (!more) return shown;
    for (size_t i = 0; i < batch.rows(); ++i) {
      shown += shown.empty() ? "" : "\n";
      for (size_t c = 0; c < batch.columns(); ++c) {
        shown += c > 0 ? "|" : "";
        if (batch.row(i)[c].is_null())
          shown += "null";
        else
          append_text(shown, batch.row(i)[c]);
      }
    }
  }
}

Result<std::string> run(Session& session, std::string_view text, Mode mode,
                        const Context& context) {
  DBOPS_ASSIGN(const Script script, connector().dialect().parse(text));
  const Parameters none;
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, none, mode));
  std::string all;
  for (;;) {
    DBOPS_ASSIGN(Stream * stream, results->next(context));
    if (stream == nullptr) return all;
    DBOPS_ASSIGN(const std::string shown, read_all(context, *stream));
    all.append(all.empty() ? "" : "\n").append(shown);
  }
}

}  // namespace dbops::mongodb

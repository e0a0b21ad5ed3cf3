#include "mcp/product_topics.h"

#include <algorithm>
#include <boost/json/string.hpp>

#include "base/text.h"
#include "base/time.h"
#include "mcp/completions.h"
#include "mcp/product_offers.h"
#include "mcp/tools.h"
#include "ops/call.h"

namespace dbops::mcp {
namespace {

constexpr std::string_view kTopicTemplate = "topic://{connection}/{+name}";
constexpr std::string_view kType = "application/json";

struct Named {
  std::string connection;
  std::string topic;
};

std::optional<Named> read_name(std::string_view uri) {
  const auto variables = match_template(kTopicTemplate, uri);
  if (!variables) return std::nullopt;
  return Named{.connection = std::string(value_of(*variables, "connection")),
               .topic = std::string(value_of(*variables, "name"))};
}

std::string contents(const Named& named, const ops::KeptTopic& kept) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().member("connection", named.connection).member("topic", named.topic);
  out.member("since", iso_time(kept.since)).member("heard", kept.heard);
  if (kept.gaps > 0) out.member("gaps", kept.gaps);
  out.key("messages").begin_array();
  for (const ops::KeptMessage& message : kept.messages) {
    out.begin_object().member("at", iso_time(message.at)).key("message");
    out.value(Value::view(valid_utf8(message.text) ? Kind::text : Kind::bytes, message.text));
    if (message.bytes > message.text.size())
      out.member("bytes", static_cast<uint64_t>(message.bytes)).member("truncated", true);
    out.end_object();
  }
  out.end_array().end_object();
  return text;
}

ReadOutcome read(ops::Workspace& workspace, const ops::TopicKeeper& topics, Call& call,
                 const Named& named) {
  const std::string uri(*text_member(call.params(), "uri"));
  const auto kept =
      ops::read_topic(workspace, topics, call.context(), named.connection, named.topic);
  if (kept)
    return std::vector{ResourceContents{
        .uri = uri, .mime_type = std::string(kType), .data = contents(named, *kept)}};
  const Error& error = kept.error();
  if (!lies_in_request(error.code)) return failure_of(error);
  return resource_not_found(call, uri,
                            error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

bool may_hear(const ops::Workspace& workspace, const Caller& caller, const Named& named) {
  Context context;
  context.tier = Tier::admin;  // As of a call: the connection and the grants narrow it.
  context.principal = caller.principal;
  context.grants = caller.grants;
  return ops::may_hear(workspace, context, named.connection, named.topic);
}

}  // namespace

std::shared_ptr<ops::TopicKeeper> watch_topics(Server& server, ops::Workspace& workspace) {
  return std::make_shared<ops::TopicKeeper>(
      workspace,
      [&server, &workspace](const std::string& connection, const std::set<std::string>& topics) {
        server.announce_resources([&](std::string_view uri, const Caller& caller) {
          const auto named = read_name(uri);
          return named && named->connection == connection && topics.contains(named->topic) &&
                 may_hear(workspace, caller, *named);
        });
      });
}

ResourceTemplate topic_template(ops::Workspace& workspace, const ops::TopicKeeper& topics) {
  return {.uri_template = std::string(kTopicTemplate),
          .name = "topic",
          .title = "Messages of a topic",
          .description =
              "The last messages published under this name since you "
              "subscribed to the resource.",
          .mime_type = std::string(kType),
          .read =
              [&workspace, &topics](Call& call, const Variables& variables) {
                return read(workspace, topics, call,
                            {.connection = std::string(value_of(variables, "connection")),
                             .topic = std::string(value_of(variables, "name"))});
              },
          .completers = {{"connection", connection_completer(workspace)}}};
}

Watching with_topics(ops::Workspace& workspace, ops::TopicKeeper& topics, Watching others) {
  const auto have_topics = [](const auto& connection) {
    return connection->connector().has_topics();
  };
  return {
      .any =
          [&workspace, have_topics, any = std::move(others.any)](const Context& context) {
            const auto all = ops::visible_connections(workspace, context);
            return any(context) || std::any_of(all.begin(), all.end(), have_topics);
          },
      .begin = [&workspace, &topics, begin = std::move(others.begin)](
                   const Context& context, std::string_view uri) -> tl::expected<void, Failure> {
        const auto named = read_name(uri);
        if (!named) return begin(context, uri);
        const auto begun =
            ops::begin_topic(workspace, topics, context, named->connection, named->topic);
        if (!begun) return tl::unexpected(failure_of(begun.error()));
        return {};
      }};
}

void retain_topics(ops::TopicKeeper& topics, const Server& server) {
  std::set<ops::TopicKeeper::Wish> wishes;
  for (const auto& [uri, principal] : server.subscribed())
    if (const auto named = read_name(uri))
      wishes.insert({named->connection, named->topic, principal});
  topics.retain(wishes);
}

}  // namespace dbops::mcp

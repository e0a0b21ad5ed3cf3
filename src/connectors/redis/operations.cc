#include "connectors/redis/operations.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/redis/cells.h"
#include "connectors/redis/key_export.h"
#include "connectors/redis/key_operations.h"
#include "connectors/redis/key_samples.h"
#include "connectors/redis/keyed.h"
#include "connectors/redis/keys.h"
#include "connectors/redis/messages.h"
#include "connectors/redis/session.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

using Answer = Result<std::unique_ptr<Stream>>;

constexpr int64_t kSlowEntries = 20;       // shown unless asked
constexpr int64_t kSlowEntriesMax = 1000;  // shown at most
constexpr int64_t kScanCountMax = 100'000;
constexpr int64_t kListenSeconds = 5;  // unless asked
constexpr int64_t kListenSecondsMax = 60;
constexpr int64_t kMessages = 100;  // unless asked
constexpr int64_t kMessagesMax = 1000;

// REQUIRES: the session is this connector's, as an operation's contract says.
RedisSession& own(Session& session) { return static_cast<RedisSession&>(session); }

Result<void> need(Session& session, Tier tier) {
  if (own(session).tier() >= tier) return {};
  return fail(Code::forbidden, "this shows or touches what is others', and the connection may not",
              "give the connection the admin tier in the configuration");
}

// One command for each key; a row of key and number for each reply.
Answer for_each_key(const Context& context, Session& session, Arguments arguments,
                    const Link::Command& start, std::string column) {
  DBOPS_ASSIGN(const auto keys, keys_given(own(session), arguments));
  std::vector<Keyed> commands;
  for (const std::string& key : keys) {
    commands.push_back({key, start});
    commands.back().command.push_back(key);
  }
  auto asked = call_keyed(context, own(session).nodes(), std::move(commands));
  if (!asked) asked.error().effect = Effect::none;
  DBOPS_ASSIGN(const auto replies, std::move(asked));
  auto table = std::make_unique<Table>(
      Schema{{"key", "", Kind::null}, {std::move(column), "", Kind::integer}});
  for (size_t i = 0; i < replies.size(); ++i) {
    const RespNode& answer = replies[i].nodes[0];
    if (answer.type == RespType::error) return fail(server_error(replies[i].text(answer)));
    table->add({text_cell(keys[i]), integer_cell(replies[i])});
  }
  return table;
}

Answer ttl(const Context& context, Session& session, Arguments arguments) {
  return for_each_key(context, session, std::move(arguments), {"PTTL"}, "milliseconds");
}

Answer memory_usage(const Context& context, Session& session, Arguments arguments) {
  return for_each_key(context, session, std::move(arguments), {"MEMORY", "USAGE"}, "bytes");
}

Answer summary(const Context& context, Session& session, Arguments arguments) {
  return key_summary(context, own(session), std::move(arguments));
}

Answer largest(const Context& context, Session& session, Arguments arguments) {
  return big_keys(context, own(session), std::move(arguments));
}

Answer exported(const Context&, Session& session, Arguments arguments) {
  return export_keys(own(session), arguments);
}

Answer hottest(const Context& context, Session& session, Arguments arguments) {
  return hot_keys(context, own(session), std::move(arguments));
}

Answer remove_keys(const Context& context, Session& session, Arguments arguments) {
  return delete_keys(context, own(session), std::move(arguments));
}

Answer scan(const Context& context, Session& session, Arguments arguments) {
  return scan_keys(context, own(session), arguments);
}

Answer messages(const Context& context, Session& session, Arguments arguments) {
  const KeyRules& rules = own(session).rules();
  Channels channels;
  for (std::string& name : arguments.texts("channels")) {
    const bool pattern = name.find_first_of("*?[") != std::string::npos;
    if (rules.restrict() && (pattern || tells_of_keys_by(name)))
      return fail(Code::forbidden, "the policy of this connection lets channels be heard by name",
                  "name the channels, without patterns");
    DBOPS_TRY(rules.check(name));
    (pattern ? channels.patterns : channels.names).push_back(std::move(name));
  }
  return collect_messages(
      context, own(session).link(), channels,
      std::chrono::seconds(arguments.integer("seconds").value_or(kListenSeconds)),
      arguments.integer("messages").value_or(kMessages));
}

// "name=value name=value" for each client.
Answer client_list(const Context& context, Session& session, Arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  DBOPS_ASSIGN(const RespReply reply,
               own(session).link().ask(context, std::array<std::string_view, 2>{"CLIENT", "LIST"}));
  constexpr auto kFields = std::to_array<std::string_view>(
      {"id", "addr", "name", "user", "db", "age", "idle", "cmd", "tot-mem"});
  Schema schema;
  for (const std::string_view field : kFields)
    schema.push_back({std::string(field), "", Kind::text});
  auto table = std::make_unique<Table>(std::move(schema));
  std::string_view rest = reply.texts;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.starts_with("id=")) continue;
    std::vector<std::string> cells;
    for (const std::string_view field : kFields) {
      const std::string start = (field == "id" ? "" : " ") + std::string(field) + "=";
      const size_t at = line.find(start);
      std::string_view value = at == std::string_view::npos ? "" : line.substr(at + start.size());
      cells.push_back(escape_control(value.substr(0, value.find_first_of(" \r"))));
    }
    std::vector<Value> row;
    for (const std::string& cell : cells) row.push_back(text_cell(cell));
    table->add(row);
  }
  return table;
}

Answer kill_client(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  const int64_t client = arguments.integer("client").value_or(0);
  const std::string id = std::to_string(client);
  // Not this link itself: its reply would never come.
  const std::array<std::string_view, 6> words = {"CLIENT", "KILL", "ID", id, "SKIPME", "yes"};
  DBOPS_ASSIGN(const RespReply reply, own(session).link().ask(context, words));
  if (reply.nodes[0].type != RespType::integer || reply.nodes[0].integer == 0)
    return fail(Code::not_found, "there is no other client " + id,
                "look at those there are with the operation client_list");
  auto table =
      std::make_unique<Table>(Schema{{"client", "", Kind::integer}, {"done", "", Kind::boolean}});
  table->add({Value::integer(client), Value::boolean(true)});
  return table;
}

std::string kill_danger(const Arguments& arguments) {
  return "this ends the connection of client " +
         std::to_string(arguments.integer("client").value_or(0));
}

// An entry is its id, time, microseconds, arguments, address and name.
Answer slowlog(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  const std::string count = std::to_string(arguments.integer("entries").value_or(kSlowEntries));
  DBOPS_ASSIGN(
      const RespReply reply,
      own(session).link().ask(context, std::array<std::string_view, 3>{"SLOWLOG", "GET", count}));
  auto table = std::make_unique<Table>(Schema{{"id", "", Kind::integer},
                                              {"unix_time", "", Kind::integer},
                                              {"microseconds", "", Kind::integer},
                                              {"command", "", Kind::text}});
  constexpr size_t kArguments = 4;
  for (size_t at = 1; at < reply.nodes.size(); at += reply.nodes[at].nodes) {
    if (reply.nodes[at].nodes <= kArguments) continue;
    std::string command;
    const RespNode& words = reply.nodes[at + kArguments];
    for (size_t i = 1; i < words.nodes; ++i) {
      const RespNode& word = reply.nodes[at + kArguments + i];
      if (word.type != RespType::bulk) continue;
      command += (command.empty() ? "" : " ") + quote_word(reply.text(word));
    }
    table->add({Value::integer(reply.nodes[at + 1].integer),
                Value::integer(reply.nodes[at + 2].integer),
                Value::integer(reply.nodes[at + 3].integer), Value::text(command)});
  }
  return table;
}

// Settings whose values are passwords, or may name files that hold them.
bool is_secret(std::string_view setting) {
  const std::string small = lower(setting);
  return small.find("pass") != std::string::npos || small.find("auth") != std::string::npos ||
         small.find("secret") != std::string::npos;
}

Answer config_get(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  const std::string pattern = arguments.has("pattern") ? arguments.text("pattern") : "*";
  DBOPS_ASSIGN(
      const RespReply reply,
      own(session).link().ask(context, std::array<std::string_view, 3>{"CONFIG", "GET", pattern}));
  auto table =
      std::make_unique<Table>(Schema{{"setting", "", Kind::text}, {"value", "", Kind::text}});
  for (size_t i = 1; i + 1 < reply.nodes.size(); i += 2) {
    const std::string_view name = reply.text(reply.nodes[i]);
    const std::string_view value = reply.text(reply.nodes[i + 1]);
    table->add({text_cell(name), text_cell(is_secret(name) && !value.empty() ? "***" : value)});
  }
  return table;
}

const Argument kKeys{.name = "keys",
                     .type = ArgumentType::values,
                     .description = "Keys; one that is not text as {\"base64\": \"...\"}.",
                     .required = true};

const std::vector<Argument> kSample = {
    {.name = "match", .description = "Only keys of this pattern, such as session:*."},
    {.name = "sample",
     .type = ArgumentType::integer,
     .description = "How many keys to look at; about 10000 unless given.",
     .minimum = 1,
     .maximum = static_cast<int64_t>(kScanKeysMax)},
    {.name = "top",
     .type = ArgumentType::integer,
     .description = "How many to answer; 20 unless given.",
     .minimum = 1,
     .maximum = kTopKeysMax}};

const std::array kOperations = {
    Operation{.name = "ttl",
              .description = "How many milliseconds keys still have: -1 for ever, -2 no such key.",
              .arguments = {kKeys},
              .run = ttl},
    Operation{
        .name = "memory_usage",
        .description = "How many bytes keys take with all that is in them; null: no such key.",
        .arguments = {kKeys},
        .run = memory_usage},
    Operation{.name = "key_summary",
              .description = "Of keys: type, time to live, memory, encoding, length, how they are "
                             "used, and some of the value.",
              .arguments = {kKeys},
              .run = summary},
    Operation{.name = "big_keys",
              .description = "The largest of a sample of keys, with type, length, time to live.",
              .arguments = kSample,
              .run = largest},
    Operation{.name = "hot_keys",
              .description = "Of a sample of keys those used most, or last where it isn't counted.",
              .arguments = kSample,
              .run = hottest},
    Operation{.name = "export_keys",
              .description = "All keys that match a pattern: type, time to live and value, or the "
                             "server's own dump, which load takes.",
              .arguments = {{.name = "match", .description = "A pattern; every key unless given."},
                            {.name = "as",
                             .type = ArgumentType::choice,
                             .description = "value unless given.",
                             .choices = {"value", "dump"}}},
              .run = exported},
    Operation{.name = "delete_keys",
              .description = "Removes all keys that match a pattern, without a stop of the server.",
              .tier = Tier::write,
              .arguments = {{.name = "match",
                             .description = "A pattern such as session:*.",
                             .required = true},
                            {.name = "preview",
                             .type = ArgumentType::boolean,
                             .description = "Only count them, and show some."}},
              .danger = delete_danger,
              .run = remove_keys},
    Operation{.name = "collect_messages",
              .description = "What is published on channels from now on, for some seconds.",
              .arguments = {{.name = "channels",
                             .type = ArgumentType::texts,
                             .description = "Names, or patterns with * ? [.",
                             .required = true},
                            {.name = "seconds",
                             .type = ArgumentType::integer,
                             .description = "How long at most; 5 unless given.",
                             .minimum = 1,
                             .maximum = kListenSecondsMax},
                            {.name = "messages",
                             .type = ArgumentType::integer,
                             .description = "How many at most; 100 unless given.",
                             .minimum = 1,
                             .maximum = kMessagesMax}},
              .run = messages},
    Operation{.name = "scan_keys",
              .description = "Some keys that match a pattern, and a cursor to go on from.",
              .arguments = {{.name = "match", .description = "A pattern such as user:*:name."},
                            {.name = "type",
                             .type = ArgumentType::choice,
                             .description = "Only keys of this type.",
                             .choices = {"string", "list", "hash", "set", "zset", "stream",
                                         "vectorset", "ReJSON-RL", "TSDB-TYPE"}},
                            {.name = "count",
                             .type = ArgumentType::integer,
                             .description = "How many keys to look at; about 1000 unless given.",
                             .minimum = 1,
                             .maximum = kScanCountMax},
                            {.name = "cursor", .description = "Where an answer before ended."}},
              .run = scan},
    Operation{
        .name = "client_list",
        .description = "Who is connected: address, user, database, idle seconds, last command.",
        .tier = Tier::admin,
        .run = client_list},
    Operation{.name = "kill_client",
              .description = "Ends the connection of another client.",
              .tier = Tier::admin,
              .arguments = {{.name = "client",
                             .type = ArgumentType::integer,
                             .description = "Its id, from client_list.",
                             .required = true,
                             .minimum = 1}},
              .danger = kill_danger,
              .run = kill_client},
    Operation{.name = "slowlog",
              .description = "Commands that took long, newest first, with their arguments.",
              .tier = Tier::admin,
              .arguments = {{.name = "entries",
                             .type = ArgumentType::integer,
                             .description = "How many; 20 unless given.",
                             .minimum = 1,
                             .maximum = kSlowEntriesMax}},
              .run = slowlog},
    Operation{.name = "config_get",
              .description = "The server's settings; passwords are hidden.",
              .tier = Tier::admin,
              .arguments = {{.name = "pattern", .description = "A pattern such as max*."}},
              .run = config_get},
};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

}  // namespace dbops::redis

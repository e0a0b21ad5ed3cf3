#include "connectors/redis/key_operations.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "base/value_text.h"
#include "connectors/redis/cells.h"
#include "connectors/redis/keyed.h"
#include "connectors/redis/keys.h"

namespace dbops::redis {
namespace {

constexpr size_t kSamples = 10;         // keys shown of those that match
constexpr size_t kDeletedAtOnce = 500;  // keys of one pipeline
constexpr size_t kShownPatternBytes = 80;
constexpr int64_t kScanCount = 1000;  // keys looked at unless asked

std::string_view text_of(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  const bool text = node.type == RespType::status || node.type == RespType::bulk;
  return text ? reply.text(node) : std::string_view();
}

// What is asked of a key, in this order: OBJECT ahead of what uses the key.
enum Question : size_t { kType, kTtl, kBytes, kEncoding, kIdle, kFrequency, kQuestions };
std::array<Link::Command, kQuestions> questions(const std::string& key) {
  return {{{"TYPE", key},
           {"PTTL", key},
           {"MEMORY", "USAGE", key},
           {"OBJECT", "ENCODING", key},
           {"OBJECT", "IDLETIME", key},
           {"OBJECT", "FREQ", key}}};
}

// How its length is asked for, and how some of its value.
struct Look {
  Link::Command length;
  Link::Command sample;
};
std::optional<Look> look_at(std::string_view type, const std::string& key) {
  if (type == "string") return Look{{"STRLEN", key}, {"GETRANGE", key, "0", "99"}};
  if (type == "hash") return Look{{"HLEN", key}, {"HRANDFIELD", key, "5", "WITHVALUES"}};
  if (type == "list") return Look{{"LLEN", key}, {"LRANGE", key, "0", "4"}};
  if (type == "set") return Look{{"SCARD", key}, {"SRANDMEMBER", key, "5"}};
  if (type == "zset") return Look{{"ZCARD", key}, {"ZRANGE", key, "0", "4", "WITHSCORES"}};
  if (type == "stream") return Look{{"XLEN", key}, {"XREVRANGE", key, "+", "-", "COUNT", "1"}};
  if (type == "vectorset") return Look{{"VCARD", key}, {"VRANDMEMBER", key, "5"}};
  return std::nullopt;
}

// Where a scan stands: "127.0.0.1:7001/288", of no cluster "288".
struct ScanPlace {
  Link* link = nullptr;
  std::string node;  // Empty of no cluster.
  std::string cursor;
};

// The nodes of a cluster by their names, so that all sessions go through them in one order.
Result<std::map<std::string, Link*>> nodes_by_name(const Context& context, Nodes& nodes) {
  DBOPS_ASSIGN(const std::vector<Link*> links, nodes.primaries(context));
  std::map<std::string, Link*> all;
  for (Link* const link : links) all[nodes.address_of(*link).text()] = link;
  return all;
}

Result<ScanPlace> place_to_scan(const std::map<std::string, Link*>& nodes,
                                const std::string& cursor) {
  const size_t slash = cursor.rfind('/');
  if (cursor.empty() || cursor == "0")
    return ScanPlace{.link = nodes.begin()->second, .node = nodes.begin()->first, .cursor = "0"};
  const auto node = nodes.find(cursor.substr(0, std::min(slash, cursor.size())));
  if (slash == std::string::npos || node == nodes.end())
    return fail(Code::not_found, "the cluster has no node now that the cursor names",
                "begin anew, without a cursor");
  return ScanPlace{.link = node->second, .node = node->first, .cursor = cursor.substr(slash + 1)};
}

// Where to go on from what the server answered; empty at the end.
std::string next_place(const std::map<std::string, Link*>& nodes, const ScanPlace& place,
                       const std::string& cursor) {
  if (place.node.empty()) return cursor == "0" ? "" : cursor;
  if (cursor != "0") return place.node + '/' + cursor;
  const auto next = nodes.upper_bound(place.node);
  return next == nodes.end() ? "" : next->first + "/0";
}

Result<std::vector<RespReply>> read(const Context& context, Nodes& nodes,
                                    std::vector<Keyed> commands) {
  auto replies = call_keyed(context, nodes, std::move(commands));
  if (!replies) replies.error().effect = Effect::none;
  return replies;
}

}  // namespace

Result<std::vector<std::string>> keys_given(RedisSession& session, Arguments& arguments) {
  const Parameters given = arguments.take_values("keys");
  std::vector<std::string> keys;
  for (const Parameter& key : given.items) {
    if (!key.name.empty() || key.value.is_null() || key.value.kind() >= Kind::list)
      return fail(Code::invalid_argument,
                  "a key is a text, a number, or bytes as {\"base64\": ...}");
    std::string& word = keys.emplace_back();
    if (key.value.has_text())
      word = key.value.as_text();
    else
      append_text(word, key.value);
    DBOPS_TRY(session.rules().check(word));
  }
  return keys;
}

Result<std::unique_ptr<Stream>> key_summary(const Context& context, RedisSession& session,
                                            Arguments arguments) {
  DBOPS_ASSIGN(const std::vector<std::string> keys, keys_given(session, arguments));
  if (keys.size() > kSummaryKeysMax)
    return fail(Code::too_large,
                "at most " + std::to_string(kSummaryKeysMax) + " keys are summed up at once",
                "ask for fewer");
  std::vector<Keyed> asked;
  for (const std::string& key : keys)
    for (Link::Command& command : questions(key)) asked.push_back({key, std::move(command)});
  DBOPS_ASSIGN(const auto facts, read(context, session.nodes(), std::move(asked)));
  std::vector<Keyed> looks;
  std::map<size_t, size_t> looked;  // By key the place of its answers.
  for (size_t i = 0; i < keys.size(); ++i) {
    auto look = look_at(text_of(facts[i * kQuestions + kType]), keys[i]);
    if (!look) continue;
    looked[i] = looks.size();
    looks.push_back({keys[i], std::move(look->length)});
    looks.push_back({keys[i], std::move(look->sample)});
  }
  DBOPS_ASSIGN(const auto seen, read(context, session.nodes(), std::move(looks)));

  auto table = std::make_unique<Table>(Schema{{"key", "", Kind::null},
                                              {"type", "", Kind::text},
                                              {"ttl_ms", "", Kind::integer},
                                              {"bytes", "", Kind::integer},
                                              {"encoding", "", Kind::text},
                                              {"length", "", Kind::integer},
                                              {"idle_seconds", "", Kind::integer},
                                              {"frequency", "", Kind::integer},
                                              {"sample", "", Kind::null}});
  for (size_t i = 0; i < keys.size(); ++i) {
    const RespReply* fact = &facts[i * kQuestions];
    const std::string type = escape_control(text_of(fact[kType]));
    const std::string encoding = escape_control(text_of(fact[kEncoding]));
    Batch scratch;  // What the sample points into, until the table has copied it.
    scratch.reset(1);
    Value length;
    Value sample;
    if (const auto at = looked.find(i); at != looked.end()) {
      length = integer_cell(seen[at->second]);
      const RespReply& some = seen[at->second + 1];
      if (some.nodes[0].type != RespType::error) sample = to_cell(scratch, some);
    }
    const bool there = !type.empty() && type != "none";
    table->add({text_cell(keys[i]), there ? Value::text(type) : Value(),
                there ? integer_cell(fact[kTtl]) : Value(), integer_cell(fact[kBytes]),
                encoding.empty() ? Value() : Value::text(encoding), length,
                integer_cell(fact[kIdle]), integer_cell(fact[kFrequency]), sample});
  }
  return table;
}

Result<ScanStep> scan_step(const Context& context, RedisSession& session, const std::string& cursor,
                           const Link::Command& options) {
  std::map<std::string, Link*> nodes;
  ScanPlace place{.link = &session.link(), .node = {}, .cursor = cursor.empty() ? "0" : cursor};
  if (session.nodes().cluster()) {
    DBOPS_ASSIGN(nodes, nodes_by_name(context, session.nodes()));
    if (nodes.empty()) return fail(Code::busy, "no node of the cluster keeps a slot");
    DBOPS_ASSIGN(place, place_to_scan(nodes, place.cursor));
  }
  Link::Command words = {"SCAN", place.cursor};
  words.insert(words.end(), options.begin(), options.end());
  DBOPS_ASSIGN(const auto replies, place.link->call_all(context, {&words, 1}));
  const RespReply& reply = replies[0];
  if (reply.nodes[0].type == RespType::error) return fail(server_error(reply.text(reply.nodes[0])));
  if (reply.nodes.size() < 3) return fail(Code::protocol, "SCAN answered no cursor and keys");
  ScanStep step{.keys = {},
                .next = next_place(nodes, place, escape_control(reply.text(reply.nodes[1])))};
  for (size_t i = 3; i < reply.nodes.size(); ++i)
    if (reply.nodes[i].type == RespType::bulk && session.rules().allows(reply.text(reply.nodes[i])))
      step.keys.emplace_back(reply.text(reply.nodes[i]));
  return step;
}

Result<std::unique_ptr<Stream>> scan_keys(const Context& context, RedisSession& session,
                                          const Arguments& arguments) {
  Link::Command options = {"COUNT",
                           std::to_string(arguments.integer("count").value_or(kScanCount))};
  for (const auto& [name, word] : {std::pair{"match", "MATCH"}, {"type", "TYPE"}})
    if (const std::string value = arguments.text(name); !value.empty())
      options.insert(options.end(), {word, value});
  DBOPS_ASSIGN(const ScanStep step, scan_step(context, session, arguments.text("cursor"), options));
  auto table = std::make_unique<Table>(Schema{{"key", "", Kind::null}});
  for (const std::string& key : step.keys) table->add({text_cell(key)});
  if (!step.next.empty())
    table->edit_summary().warnings.push_back("there is more: go on with the cursor " + step.next);
  return table;
}

Result<std::unique_ptr<Stream>> delete_keys(const Context& context, RedisSession& session,
                                            Arguments arguments) {
  const bool preview = arguments.boolean("preview");
  if (!preview && session.tier() < Tier::write)
    return fail(Code::forbidden, "the connection only reads", "look with preview: true");
  DBOPS_ASSIGN(const std::vector<Link*> servers, session.nodes().primaries(context));
  DBOPS_ASSIGN(Scan found, scan(context, servers, arguments.text("match")));
  std::erase_if(found.keys, [&](const std::string& key) { return !session.rules().allows(key); });

  int64_t deleted = 0;
  for (size_t begin = 0; !preview && begin < found.keys.size(); begin += kDeletedAtOnce) {
    std::vector<Keyed> commands;
    for (size_t i = begin; i < std::min(begin + kDeletedAtOnce, found.keys.size()); ++i)
      commands.push_back({found.keys[i], {"UNLINK", found.keys[i]}});
    const auto replies = call_keyed(context, session.nodes(), std::move(commands));
    Error error;
    bool failed = !replies;
    if (!replies) error = replies.error();
    for (size_t i = 0; replies && i < replies->size(); ++i) {
      const RespNode& node = (*replies)[i].nodes[0];
      if (node.type == RespType::integer) deleted += node.integer;
      if (failed || node.type != RespType::error) continue;
      failed = true;
      error = server_error((*replies)[i].text(node));
    }
    if (!failed) continue;
    error.message += "; " + format_count(deleted) + " keys are removed";
    if (error.effect == Effect::none && deleted > 0) error.effect = Effect::applied;
    return fail(std::move(error));
  }

  auto table = std::make_unique<Table>(Schema{
      {"matched", "", Kind::integer}, {"deleted", "", Kind::integer}, {"some", "", Kind::list}});
  std::vector<Value> some;
  for (size_t i = 0; i < std::min(kSamples, found.keys.size()); ++i)
    some.push_back(text_cell(found.keys[i]));
  table->add({Value::integer(static_cast<int64_t>(found.keys.size())), Value::integer(deleted),
              Value::items(Kind::list, {some.data(), some.size()})});
  if (!found.complete)
    table->edit_summary().warnings.push_back("there are more: no more than " +
                                             format_count(kScanKeysMax) +
                                             " keys are looked at in one call; call it again");
  return table;
}

std::string delete_danger(const Arguments& arguments) {
  if (arguments.boolean("preview")) return {};
  return "this removes every key that matches " +
         escape_control(shorten(arguments.text("match"), kShownPatternBytes)) +
         " (preview: true counts them first)";
}

}  // namespace dbops::redis

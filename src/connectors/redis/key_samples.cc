#include "connectors/redis/key_samples.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/text.h"
#include "connectors/redis/cells.h"
#include "connectors/redis/keyed.h"
#include "connectors/redis/keys.h"

namespace dbops::redis {
namespace {

constexpr size_t kAskedAtOnce = 1000;  // keys of one pipeline

std::optional<int64_t> integer_of(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  return node.type == RespType::integer ? std::optional(node.integer) : std::nullopt;
}

// How a key is asked for the number that it is measured by.
using Question = Link::Command (*)(const std::string& key);

struct Measured {
  std::string key;
  int64_t number = 0;
};

struct Sample {
  std::vector<Measured> all;  // Those that had a number.
  size_t looked_at = 0;
  bool complete = true;
  std::string refused;  // What the server said of a key that had none; empty: nothing.
};

Result<std::vector<RespReply>> ask(const Context& context, Nodes& nodes,
                                   std::vector<Keyed> questions) {
  auto replies = call_keyed(context, nodes, std::move(questions));
  if (!replies) replies.error().effect = Effect::none;
  return replies;
}

Result<std::vector<std::string>> some_keys(const Context& context, RedisSession& session,
                                           const Arguments& arguments, Sample& sample) {
  const std::string match = arguments.has("match") ? arguments.text("match") : "*";
  const auto most = static_cast<size_t>(arguments.integer("sample").value_or(kSampledKeys));
  DBOPS_ASSIGN(const std::vector<Link*> servers, session.nodes().primaries(context));
  std::vector<std::string> keys;
  for (Link* const server : servers) {  // Of each node as many.
    DBOPS_ASSIGN(Scan found,
                 scan(context, {&server, 1}, match, (most + servers.size() - 1) / servers.size()));
    std::move(found.keys.begin(), found.keys.end(), std::back_inserter(keys));
    sample.complete = sample.complete && found.complete;
  }
  std::erase_if(keys, [&](const std::string& key) { return !session.rules().allows(key); });
  sample.looked_at = keys.size();
  return keys;
}

Result<void> measure(const Context& context, Nodes& nodes, std::vector<std::string>& keys,
                     Question question, Sample& sample) {
  sample.all.clear();
  for (size_t begin = 0; begin < keys.size(); begin += kAskedAtOnce) {
    const size_t end = std::min(begin + kAskedAtOnce, keys.size());
    std::vector<Keyed> questions;
    for (size_t i = begin; i < end; ++i) questions.push_back({keys[i], question(keys[i])});
    DBOPS_ASSIGN(const auto replies, ask(context, nodes, std::move(questions)));
    for (size_t i = begin; i < end; ++i) {
      const RespReply& reply = replies[i - begin];
      if (const auto number = integer_of(reply)) sample.all.push_back({keys[i], *number});
      if (reply.nodes[0].type == RespType::error) sample.refused = reply.text(reply.nodes[0]);
    }
  }
  return {};
}

// The first of them by `before`, and no more than were asked for.
template <class Before>
void keep_top(Sample& sample, const Arguments& arguments, Before before) {
  const auto top =
      std::min(static_cast<size_t>(arguments.integer("top").value_or(kTopKeys)), sample.all.size());
  std::partial_sort(sample.all.begin(), sample.all.begin() + static_cast<ptrdiff_t>(top),
                    sample.all.end(), before);
  sample.all.resize(top);
}

void say_what_was_seen(const Sample& sample, Table& table) {
  if (sample.complete) return;
  table.edit_summary().warnings.push_back(
      "these are of " + format_count(static_cast<int64_t>(sample.looked_at)) +
      " keys that were looked at, and there are more: `sample` and `match` say at which");
}

std::optional<const char*> length_command(std::string_view type) {
  static const std::map<std::string_view, const char*> kCommands = {
      {"string", "STRLEN"}, {"hash", "HLEN"},   {"list", "LLEN"},       {"set", "SCARD"},
      {"zset", "ZCARD"},    {"stream", "XLEN"}, {"vectorset", "VCARD"},
  };
  const auto found = kCommands.find(type);
  return found == kCommands.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

Result<std::unique_ptr<Stream>> big_keys(const Context& context, RedisSession& session,
                                         Arguments arguments) {
  Sample sample;
  DBOPS_ASSIGN(auto keys, some_keys(context, session, arguments, sample));
  DBOPS_TRY(measure(
      context, session.nodes(), keys,
      [](const std::string& key) {
        return Link::Command{"MEMORY", "USAGE", key};
      },
      sample));
  if (sample.all.empty() && !sample.refused.empty()) return fail(server_error(sample.refused));
  keep_top(sample, arguments, [](const Measured& a, const Measured& b) {
    return a.number != b.number ? a.number > b.number : a.key < b.key;
  });
  std::vector<Keyed> questions;
  for (const Measured& each : sample.all) {
    questions.push_back({each.key, {"TYPE", each.key}});
    questions.push_back({each.key, {"PTTL", each.key}});
  }
  DBOPS_ASSIGN(const auto facts, ask(context, session.nodes(), std::move(questions)));
  std::vector<Keyed> lengths;
  std::map<size_t, size_t> asked;  // By key the place of its answer.
  for (size_t i = 0; i < sample.all.size(); ++i) {
    const auto command = length_command(word_of(facts[2 * i]));
    if (!command) continue;
    asked[i] = lengths.size();
    lengths.push_back({sample.all[i].key, {*command, sample.all[i].key}});
  }
  DBOPS_ASSIGN(const auto counted, ask(context, session.nodes(), std::move(lengths)));
  auto table = std::make_unique<Table>(Schema{{"key", "", Kind::null},
                                              {"type", "", Kind::text},
                                              {"bytes", "", Kind::integer},
                                              {"length", "", Kind::integer},
                                              {"ttl_ms", "", Kind::integer}});
  for (size_t i = 0; i < sample.all.size(); ++i) {
    const std::string type = word_of(facts[2 * i]);
    const auto length = asked.find(i);
    table->add({text_cell(sample.all[i].key), Value::text(type),
                Value::integer(sample.all[i].number),
                length == asked.end() ? Value() : integer_cell(counted[length->second]),
                integer_cell(facts[2 * i + 1])});
  }
  say_what_was_seen(sample, *table);
  return table;
}

Result<std::unique_ptr<Stream>> hot_keys(const Context& context, RedisSession& session,
                                         Arguments arguments) {
  Sample sample;
  DBOPS_ASSIGN(auto keys, some_keys(context, session, arguments, sample));
  DBOPS_TRY(measure(
      context, session.nodes(), keys,
      [](const std::string& key) {
        return Link::Command{"OBJECT", "FREQ", key};
      },
      sample));
  const bool counts = !sample.all.empty() || keys.empty();
  if (!counts) {
    DBOPS_TRY(measure(
        context, session.nodes(), keys,
        [](const std::string& key) {
          return Link::Command{"OBJECT", "IDLETIME", key};
        },
        sample));
    if (sample.all.empty() && !sample.refused.empty()) return fail(server_error(sample.refused));
  }
  keep_top(sample, arguments, [counts](const Measured& a, const Measured& b) {
    if (a.number == b.number) return a.key < b.key;
    return counts ? a.number > b.number : a.number < b.number;
  });
  std::vector<Keyed> questions;
  for (const Measured& each : sample.all) questions.push_back({each.key, {"TYPE", each.key}});
  DBOPS_ASSIGN(const auto types, ask(context, session.nodes(), std::move(questions)));
  auto table = std::make_unique<Table>(Schema{{"key", "", Kind::null},
                                              {"type", "", Kind::text},
                                              {"frequency", "", Kind::integer},
                                              {"idle_seconds", "", Kind::integer}});
  for (size_t i = 0; i < sample.all.size(); ++i) {
    const std::string type = word_of(types[i]);
    const Value number = Value::integer(sample.all[i].number);
    table->add({text_cell(sample.all[i].key), Value::text(type), counts ? number : Value(),
                counts ? Value() : number});
  }
  if (!counts)
    table->edit_summary().warnings.emplace_back(
        "this server does not count how often keys are used, but when last: a maxmemory-policy of "
        "LFU makes it count");
  say_what_was_seen(sample, *table);
  return table;
}

}  // namespace dbops::redis

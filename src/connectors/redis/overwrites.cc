#include "connectors/redis/overwrites.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/redis/keyed.h"

namespace dbops::redis {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 80;

bool same(string_view word, string_view upper_case) {
  return word.size() == upper_case.size() && lower(word) == lower(upper_case);
}

std::string shown(string_view key) { return '"' + escape_control(shorten(key, kShownBytes)) + '"'; }

// SET key value, with options that leave its time to the command itself: XX and GET.
bool sets_for_ever(std::span<const std::string> words) {
  if (words.size() < 3) return false;
  return std::all_of(words.begin() + 3, words.end(), [](const std::string& option) {
    return same(option, "XX") || same(option, "GET");
  });
}

// What is made anew of others, and has no time of its own.
constexpr auto kStores =
    std::to_array<string_view>({"GEOSEARCHSTORE", "SDIFFSTORE", "SINTERSTORE", "SUNIONSTORE",
                                "ZDIFFSTORE", "ZINTERSTORE", "ZRANGESTORE", "ZUNIONSTORE"});

std::string count_keys(const Context& context, Nodes& nodes) {
  auto servers = nodes.primaries(context);
  int64_t keys = 0;
  for (size_t i = 0; servers && i < servers->size(); ++i) {
    const auto reply = (*servers)[i]->ask(context, std::array<string_view, 1>{"DBSIZE"});
    if (!reply || reply->nodes[0].type != RespType::integer) return {};
    keys += reply->nodes[0].integer;
  }
  return servers ? "the database holds " + format_count(keys) + " keys" : std::string();
}

}  // namespace

std::vector<size_t> keys_made_lasting(string_view verb, std::span<const std::string> words) {
  std::vector<size_t> places;
  if (verb == "MSET" && words.size() / 2 <= kProbedKeysMax)
    for (size_t place = 1; place + 1 < words.size(); place += 2) places.push_back(place);
  if ((verb == "SET" && sets_for_ever(words)) || (verb == "GETSET" && words.size() == 3) ||
      (words.size() > 2 && std::find(kStores.begin(), kStores.end(), verb) != kStores.end()))
    places.push_back(1);
  if (verb == "BITOP" && words.size() > 3) places.push_back(2);
  return places;
}

std::string lost_time(string_view verb, string_view key, const RespReply& before) {
  const RespNode& left = before.nodes[0];
  if (left.type != RespType::integer || left.integer < 0) return {};
  return shown(key) + " had " + std::to_string(left.integer) +
         " ms left to live, and lives for ever now: " +
         (verb == "SET" ? "SET ... KEEPTTL keeps the time, EX gives another"
                        : "EXPIRE gives it a time again");
}

bool made_nothing(const RespReply& reply) {
  return reply.nodes[0].type == RespType::integer && reply.nodes[0].integer == 0;
}

size_t overwritten_key(string_view verb) {
  if (verb == "RENAME" || verb == "COPY") return 2;
  return verb == "RESTORE" ? 1 : 0;
}

std::string overwrite_danger(string_view verb, std::span<const std::string> words) {
  const size_t place = overwritten_key(verb);
  if (place == 0 || place >= words.size()) return {};
  const std::string key = shown(words[place]);
  if (verb == "RENAME")
    return "RENAME replaces " + key + " where it is there (RENAMENX leaves it, and asks nobody)";
  const size_t options = verb == "COPY" ? 3 : 4;
  const bool replaces = std::any_of(
      words.begin() + static_cast<ptrdiff_t>(std::min(options, words.size())), words.end(),
      [](const std::string& word) { return same(word, "REPLACE") || word.starts_with('$'); });
  if (!replaces) return {};
  return std::string(verb) + " with REPLACE replaces " + key + " where it is there";
}

std::string foretell(const Context& context, Nodes& nodes, string_view verb,
                     std::span<const std::string> words) {
  if (verb == "FLUSHDB") return count_keys(context, nodes);
  const size_t place = overwritten_key(verb);
  if (place == 0 || place >= words.size()) return {};
  const std::string& key = words[place];
  const auto replies = call_keyed(context, nodes, {{key, {"TYPE", key}}});
  if (!replies || replies->front().nodes[0].type != RespType::status) return {};
  const string_view type = replies->front().text(replies->front().nodes[0]);
  if (type == "none") return shown(key) + " is not there: nothing is replaced";
  return shown(key) + " is there, a " + escape_control(shorten(type, kShownBytes)) +
         ", and would be gone";
}

}  // namespace dbops::redis

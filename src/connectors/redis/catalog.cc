#include "connectors/redis/catalog.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "connectors/redis/keys.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

constexpr size_t kSampledKeys = 32;  // of a prefix, whose memory and types stand for the others
constexpr size_t kTypedKeysMax = 10'000;  // of a prefix that is described
constexpr std::string_view kNotText = "not UTF-8: the name is as a command takes it";

std::optional<int64_t> integer(const RespReply& reply) {
  if (reply.nodes[0].type != RespType::integer) return std::nullopt;
  return reply.nodes[0].integer;
}

std::string text(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  const bool is_text = node.type == RespType::status || node.type == RespType::bulk;
  return is_text ? escape_control(reply.text(node)) : std::string();
}

Item make_item(std::string kind, std::vector<std::string> path) {
  Item item;
  item.kind = std::move(kind);
  item.path = std::move(path);
  return item;
}

// Prefixes first, each by name.
std::vector<Entry> group(const Scan& scan, const std::vector<std::string>& path, size_t skipped,
                         std::string_view pattern) {
  std::map<std::string_view, Entry> prefixes;
  std::vector<Entry> keys;
  for (const std::string& key : scan.keys) {
    const std::string_view rest = std::string_view(key).substr(skipped);
    if (rest.empty()) continue;
    const std::string_view level = first_level(rest);
    if (pattern.empty() && level.size() < rest.size()) {
      Entry& prefix = prefixes[level];
      if (++prefix.count > 1) {
        if (prefix.keys.size() < kSampledKeys) prefix.keys.push_back(&key);
        continue;
      }
      prefix.path = path;
      prefix.path.emplace_back(level);
      prefix.keys.push_back(&key);
    } else if (pattern.empty() || matches_name(rest, pattern)) {
      Entry& entry = keys.emplace_back(Entry{.path = path, .keys = {&key}});
      for (std::string& each : split_key(rest)) entry.path.push_back(std::move(each));
    }
  }
  std::vector<Entry> all;
  for (auto& [level, prefix] : prefixes) all.push_back(std::move(prefix));
  std::move(keys.begin(), keys.end(), std::back_inserter(all));
  return all;
}

void name_in_text(Item& item) {
  for (std::string& level : item.path) {
    if (valid_utf8(level)) continue;
    level = quote_word(level);
    item.comment = kNotText;
  }
}

// How soon keys expire.
struct Span {
  std::string_view name;
  int64_t milliseconds;  // Up to; the first is for those that never do.
};
constexpr auto kSpans = std::to_array<Span>({{"never", -1},
                                             {"within a minute", 60'000},
                                             {"within an hour", 3'600'000},
                                             {"within a day", 86'400'000},
                                             {"later", INT64_MAX}});

size_t span_of(int64_t left) {
  if (left < 0) return 0;
  size_t span = 1;
  while (left > kSpans[span].milliseconds) ++span;
  return span;
}

std::vector<Keyed> questions(const std::string& key) {
  std::vector<Keyed> all;
  for (const Link::Command& command : std::vector<Link::Command>{{"TYPE", key},
                                                                 {"PTTL", key},
                                                                 {"MEMORY", "USAGE", key},
                                                                 {"OBJECT", "ENCODING", key},
                                                                 {"STRLEN", key},
                                                                 {"HLEN", key},
                                                                 {"LLEN", key},
                                                                 {"SCARD", key},
                                                                 {"ZCARD", key},
                                                                 {"XLEN", key}})
    all.push_back({key, command});
  return all;
}

}  // namespace

Result<Scan> RedisCatalog::scan_all(const Context& context, const std::string& glob) {
  DBOPS_ASSIGN(const std::vector<Link*> servers, nodes_.primaries(context));
  DBOPS_ASSIGN(Scan found, scan(context, servers, glob));
  std::erase_if(found.keys, [&](const std::string& key) { return !rules_.allows(key); });
  return found;
}

Result<std::vector<RespReply>> RedisCatalog::ask(const Context& context,
                                                 std::vector<Keyed> questions) {
  auto replies = call_keyed(context, nodes_, std::move(questions));
  if (!replies) replies.error().effect = Effect::none;
  return replies;
}

// Asks for types and memory of what stands on the page, in one go.
Result<std::vector<Item>> RedisCatalog::look_closer(const Context& context,
                                                    std::span<Entry> entries, bool complete) {
  std::vector<Keyed> commands;
  for (const Entry& entry : entries)
    for (const std::string* key : entry.keys) {
      if (entry.count == 0) commands.push_back({*key, {"TYPE", *key}});
      commands.push_back({*key, {"MEMORY", "USAGE", *key}});
    }
  DBOPS_ASSIGN(const std::vector<RespReply> replies, ask(context, std::move(commands)));
  std::vector<Item> items;
  auto reply = replies.begin();
  for (Entry& entry : entries) {
    Item item = make_item("prefix", std::move(entry.path));
    if (entry.count == 0) {
      item.kind = text(*reply++);
      item.bytes = integer(*reply++);
    } else {
      int64_t bytes = 0;
      int64_t known = 0;
      for (size_t i = 0; i < entry.keys.size(); ++i, ++reply)
        if (const auto one = integer(*reply)) bytes += *one, ++known;
      item.rows = entry.count;
      item.rows_exact = complete;
      item.signature = format_count(entry.count) + " keys";
      if (known > 0) item.bytes = bytes / known * entry.count;
    }
    name_in_text(item);
    // It may have expired since the scan.
    if (item.kind.empty() || item.kind == "none") item.kind = "key";
    items.push_back(std::move(item));
  }
  return items;
}

Result<Catalog::Listing> RedisCatalog::list(const Context& context,
                                            const std::vector<std::string>& path,
                                            const Search& search) {
  const std::string prefix = path.empty() ? "" : join_path(path) + ":";
  DBOPS_ASSIGN(const Scan found, scan_all(context, escape_glob(prefix) + "*"));
  if (found.keys.empty() && !path.empty()) {
    // A key has nothing below it.
    DBOPS_TRY(describe_one(context, path));
    return Listing{};
  }
  std::vector<Entry> all = group(found, path, prefix.size(), search.pattern);
  const size_t begin = std::min(search.offset, all.size());
  const size_t end = begin + std::min(search.limit, all.size() - begin);
  Listing listing{.items = {}, .truncated = end < all.size() || !found.complete};
  DBOPS_ASSIGN(listing.items,
               look_closer(context, std::span(all).subspan(begin, end - begin), found.complete));
  return listing;
}

Result<std::vector<Description>> RedisCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  std::vector<Description> all;
  for (const auto& path : paths) {
    DBOPS_ASSIGN(Description one, describe_one(context, path));
    all.push_back(std::move(one));
  }
  return all;
}

Result<Description> RedisCatalog::describe_one(const Context& context,
                                               const std::vector<std::string>& path) {
  const std::string key = join_path(path);
  if (!rules_.allows(key)) return describe_prefix(context, path);
  DBOPS_ASSIGN(const auto replies, ask(context, questions(key)));
  const std::string type = text(replies[0]);
  if (replies[0].nodes[0].type == RespType::error)
    return fail(server_error(replies[0].text(replies[0].nodes[0])));
  if (type == "none") return describe_prefix(context, path);
  Description found;
  found.item = make_item(type, path);
  found.item.bytes = integer(replies[2]);
  const int64_t ttl = integer(replies[1]).value_or(-1);
  found.properties.emplace_back("expires", ttl < 0 ? "never" : "in " + std::to_string(ttl) + " ms");
  if (const std::string encoding = text(replies[3]); !encoding.empty())
    found.properties.emplace_back("encoding", encoding);
  // All but the one that is for its type answer an error.
  for (size_t i = 4; i < replies.size(); ++i) {
    const auto length = integer(replies[i]);
    if (!length) continue;
    found.properties.emplace_back(type == "string" ? "bytes" : "length", std::to_string(*length));
    if (type == "string") break;
    found.item.rows = *length;
    found.item.rows_exact = true;
    break;
  }
  return found;
}

Result<Description> RedisCatalog::describe_prefix(const Context& context,
                                                  const std::vector<std::string>& path) {
  const std::string prefix = join_path(path) + ":";
  DBOPS_ASSIGN(const Scan found, scan_all(context, escape_glob(prefix) + "*"));
  if (found.keys.empty()) return missing(context, path);
  std::vector<Keyed> commands;
  for (size_t i = 0; i < std::min(found.keys.size(), kTypedKeysMax); ++i) {
    const std::string& key = found.keys[i];
    commands.push_back({key, {"TYPE", key}});
    commands.push_back({key, {"MEMORY", "USAGE", key}});
    commands.push_back({key, {"PTTL", key}});
  }
  DBOPS_ASSIGN(const auto replies, ask(context, std::move(commands)));
  std::map<std::string, std::array<int64_t, 2>> types;  // keys, bytes
  std::array<int64_t, kSpans.size()> spans = {};        // keys
  int64_t bytes = 0;
  constexpr size_t kQuestions = 3;
  for (size_t i = 0; i + 2 < replies.size(); i += kQuestions) {
    ++spans[span_of(integer(replies[i + 2]).value_or(-1))];
    auto& [keys, of_type] = types[text(replies[i])];
    ++keys;
    of_type += integer(replies[i + 1]).value_or(0);
    bytes += integer(replies[i + 1]).value_or(0);
  }
  const auto count = static_cast<int64_t>(found.keys.size());
  const auto typed = static_cast<int64_t>(replies.size() / kQuestions);
  Description description;
  description.item = make_item("prefix", path);
  description.item.rows = count;
  description.item.rows_exact = found.complete;
  description.item.bytes = bytes / typed * count;
  for (const auto& [type, sums] : types)
    description.features.push_back(
        {"type", type,
         format_count(sums[0]) + " keys, " + format_bytes(static_cast<uint64_t>(sums[1]))});
  for (size_t i = 0; i < kSpans.size(); ++i)
    if (spans[i] > 0)
      description.features.push_back(
          {"expires", std::string(kSpans[i].name), format_count(spans[i]) + " keys"});
  if (typed < count)
    description.properties.emplace_back("types and times",
                                        "of the first " + std::to_string(typed) + " keys");
  return description;
}

tl::unexpected<Error> RedisCatalog::missing(const Context& context,
                                            const std::vector<std::string>& path) {
  Error error{.code = Code::not_found,
              .message = "no key is or begins with \"" +
                         escape_control(shorten(join_path(path), 80)) + '"'};
  auto found = scan_all(context, "*");
  if (!found) return fail(std::move(found).error());
  // Names of the same depth, as far as a person would look.
  std::vector<std::string> names;
  for (const std::string& key : found->keys) {
    std::vector<std::string> levels = split_key(key);
    if (levels.size() < path.size()) continue;
    levels.resize(path.size());
    if (valid_utf8(key)) names.push_back(join_path(levels));
  }
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto near = nearest(join_path(path), names);
  error.hint = near ? "did you mean \"" + escape_control(*near) + "\"?"
                    : "explore without a path shows the prefixes that there are";
  return fail(std::move(error));
}

}  // namespace dbops::redis

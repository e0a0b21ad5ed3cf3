#include "connectors/redis/keys.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::redis {

std::string_view first_level(std::string_view key) {
  const size_t colon = key.find(':', 1);
  const bool parts = colon != std::string_view::npos && !key.starts_with(':') &&
                     colon + 1 < key.size() && key[colon + 1] != ':';
  return parts ? key.substr(0, colon) : key;
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> path;
  for (;;) {
    const std::string_view level = first_level(key);
    path.emplace_back(level);
    if (level.size() == key.size()) return path;
    key.remove_prefix(level.size() + 1);
  }
}

std::string join_path(const std::vector<std::string>& path) {
  std::string key;
  for (const std::string& level : path) key += (&level == path.data() ? "" : ":") + level;
  return key;
}

std::string escape_glob(std::string_view text) {
  constexpr std::string_view kSpecial = "*?[]\\^-";
  std::string glob;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

Result<Scan> scan(const Context& context, std::span<Link* const> servers, const std::string& glob,
                  size_t keys_max) {
  constexpr std::string_view kCount = "1000";  // keys that the server looks at in one call
  constexpr size_t kCallsMax = 1000;           // of which few may match
  Scan result;
  size_t calls = 0;
  for (Link* const server : servers) {
    std::string cursor = "0";
    do {
      if (calls++ == kCallsMax || result.keys.size() >= keys_max) {
        result.complete = false;
        break;
      }
      const std::vector<std::string_view> words = {"SCAN", cursor, "MATCH", glob, "COUNT", kCount};
      DBOPS_ASSIGN(const RespReply reply, server->ask(context, words));
      if (reply.nodes.size() < 3 || reply.nodes[2].type != RespType::array)
        return fail(Code::protocol, "SCAN answered something else than a cursor and keys");
      for (size_t i = 3; i < reply.nodes.size(); ++i)
        if (reply.nodes[i].type == RespType::bulk)
          result.keys.emplace_back(reply.text(reply.nodes[i]));
      cursor = reply.text(reply.nodes[1]);
    } while (cursor != "0" && result.complete);
  }
  std::sort(result.keys.begin(), result.keys.end());
  result.keys.erase(std::unique(result.keys.begin(), result.keys.end()), result.keys.end());
  return result;
}

}  // namespace dbops::redis

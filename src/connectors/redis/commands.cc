#include "connectors/redis/commands.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/redis/command_table.h"
#include "connectors/redis/overwrites.h"
#include "core/meant.h"

namespace dbops::redis {
namespace {

using std::string_view;

// Commands whose second word says what they do.
constexpr auto kContainers = std::to_array<string_view>(
    {"ACL", "CLIENT", "CLUSTER", "COMMAND", "COMMANDLOG", "CONFIG", "DEBUG", "FT.CURSOR",
     "FUNCTION", "JSON.DEBUG", "LATENCY", "MEMORY", "MODULE", "OBJECT", "PUBSUB", "SCRIPT",
     "SLOWLOG", "XGROUP", "XINFO"});

std::string upper(string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace

Class classify(std::span<const std::string> words) {
  constexpr size_t kVerbBytes = 64;
  Class result{.verb = escape_control(shorten(upper(words[0]), kVerbBytes))};
  const bool container =
      std::find(kContainers.begin(), kContainers.end(), result.verb) != kContainers.end();
  if (container && words.size() > 1)
    result.verb += ' ' + escape_control(shorten(upper(words[1]), kVerbBytes));
  const KnownCommand* const known = find_command(result.verb);
  if (known != nullptr) {
    result.tier = known->tier;
    result.danger = known->danger;
    result.link = known->link;
  }
  if (result.tier == Tier::write)
    result.reason = result.verb + " changes data";
  else if (result.tier == Tier::admin)
    result.reason = result.verb + " is not known to only read or change keys" +
                    (known == nullptr ? or_meant(result.verb, known_commands()) : "");
  if (result.danger.empty()) result.danger = overwrite_danger(result.verb, words);
  return result;
}

std::vector<string_view> known_commands() {
  std::vector<string_view> all;
  for (const auto commands : {server_commands(), module_commands()})
    for (const KnownCommand& command : commands)
      if (command.tier < Tier::admin) all.push_back(command.verb);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace dbops::redis

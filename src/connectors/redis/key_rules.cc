#include "connectors/redis/key_rules.h"

#include <utility>

#include "base/text.h"
#include "connectors/redis/command_keys.h"

namespace dbops::redis {
namespace {

constexpr size_t kShownBytes = 80;
constexpr std::string_view kHint = "explore without a path lists what may be seen";

}  // namespace

Result<void> KeyRules::check_rules(const Access& access) {
  if (access.has_masks())
    return fail(Code::invalid_config, "the policy masks columns, of which Redis has none",
                "allow and deny rule keys: deny = [\"session:*\"]");
  if (access.names_no_schema_but("")) return {};
  return fail(Code::invalid_config, "a rule of the policy names a schema, of which there are none",
              "put keys with dots in them in double quotes: deny = ['\"a.b:*\"']");
}

bool KeyRules::allows(std::string_view name) const {
  return !restrict() || access_.table({}, name, Access::Case::counts);
}

Result<void> KeyRules::check(std::string_view name) const {
  if (allows(name)) return {};
  return fail(Code::forbidden,
              "the policy of this connection does not show \"" +
                  escape_control(shorten(name, kShownBytes)) + '"',
              std::string(kHint));
}

Result<void> KeyRules::check_command(std::string_view verb, std::span<const std::string> words,
                                     Scans scans) const {
  if (!restrict()) return {};
  if (verb == "SCAN" && scans == Scans::hidden) return {};
  const auto keys = keys_of(verb, words);
  if (!keys || keys->beyond)
    return fail(Code::forbidden,
                "the policy of this connection shows certain keys alone, and " + std::string(verb) +
                    " may reach others",
                "use commands that name each of their keys");
  for (const size_t place : keys->places) {
    if (keys->channels && tells_of_keys_by(words[place]))
      return fail(Code::forbidden, "the server alone speaks on this channel", std::string(kHint));
    DBOPS_TRY(check(words[place]));
  }
  return {};
}

void KeyRules::hide(RespReply& keys) const {
  if (keys.nodes[0].type != RespType::array) return;
  RespReply shown{.nodes = {keys.nodes[0]}, .texts = std::move(keys.texts)};
  for (size_t i = 1; i < keys.nodes.size(); i += keys.nodes[i].nodes) {
    const RespNode& key = keys.nodes[i];
    if (key.type == RespType::bulk && allows(shown.text(key))) shown.nodes.push_back(key);
  }
  shown.nodes[0].nodes = static_cast<uint32_t>(shown.nodes.size());
  shown.nodes[0].size = shown.nodes[0].nodes - 1;
  keys = std::move(shown);
}

bool tells_of_keys_by(std::string_view channel) { return channel.starts_with("__"); }

}  // namespace dbops::redis

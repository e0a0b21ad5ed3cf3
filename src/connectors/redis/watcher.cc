#include "connectors/redis/watcher.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connectors/redis/heard.h"
#include "connectors/redis/keys.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

Result<void> check_setting(const Context& context, Link& link) {
  auto reply = link.ask(context, Words{"CONFIG", "GET", "notify-keyspace-events"});
  if (!reply && reply.error().session_broken) return fail(std::move(reply).error());
  if (!reply)
    return fail(
        Code::unsupported,
        "the server does not say whether it tells of changed keys: " + reply.error().message,
        "its user needs CONFIG GET");
  const auto& nodes = reply->nodes;
  const bool told =
      nodes.size() == 3 && nodes[2].type == RespType::bulk && tells_of_keys(reply->text(nodes[2]));
  if (told) return {};
  return fail(Code::unsupported, "the server tells nobody of changed keys",
              "an administrator switches that on: CONFIG SET notify-keyspace-events KA");
}

}  // namespace

bool tells_of_keys(std::string_view events) {
  // K: by key. E: by event, which says nothing here. The others choose what is told.
  return events.find('K') != std::string_view::npos &&
         events.find_first_not_of("KE") != std::string_view::npos;
}

Watcher::Place place_of_key(std::string_view key) {
  Watcher::Place place = split_key(key);
  for (std::string& level : place)
    if (!valid_utf8(level)) level = quote_word(level);
  // It alone; else it would be everything whose name begins so.
  if (place.size() == 1) place.emplace_back();
  return place;
}

bool shows_place(const Access& access, std::span<const std::string> place) {
  // Levels that are not text stand quoted: their key is not known here.
  if (std::any_of(place.begin(), place.end(),
                  [](const auto& each) { return each.starts_with('"'); }))
    return false;
  std::vector<std::string> levels(place.begin(), place.end());
  if (levels.back().empty()) levels.pop_back();
  return access.table({}, join_path(levels), Access::Case::counts);
}

Result<void> RedisWatcher::begin(const Context& context) {
  // A link of version 2 that listens takes no other command.
  if (protocol_ < 3 && !links_.empty()) return {};
  for (const Link* const link : links_)
    if (link->broken()) return fail(Code::disconnected, "a node of the cluster is gone");
  DBOPS_ASSIGN(std::vector<Link*> links, nodes_.primaries(context));
  if (!links_.empty() && links != links_)
    return fail(Code::disconnected, "the cluster has other primaries than before");
  for (Link* const link : links) DBOPS_TRY(check_setting(context, *link));
  if (links == links_) return {};
  for (Link* const link : links) DBOPS_TRY(begin_at(context, *link));
  links_ = std::move(links);
  return {};
}

Result<void> RedisWatcher::begin_at(const Context& context, Link& link) const {
  DBOPS_TRY(link.say(context, {"PSUBSCRIBE", escape_glob(prefix_) + "*"}));
  Link* const links[] = {&link};
  for (;;) {
    DBOPS_ASSIGN(const auto said, link.overhear(context));
    if (!said) {
      DBOPS_TRY(Link::wait_for_any(context, links));
      continue;
    }
    if (said->nodes[0].type == RespType::error)
      return fail(server_error(said->text(said->nodes[0])));
    const auto words = words_of(*said);
    if (!words.empty() && words[0] == "psubscribe") return {};
  }
}

// All that has arrived, so that a busy server does not have to keep it.
Result<std::vector<Watcher::Place>> RedisWatcher::next(const Context& context) {
  std::set<Place> places;
  for (;;) {
    size_t heard = 0;
    for (Link* const link : links_) {
      while (heard < kEventsMax) {
        DBOPS_ASSIGN(const auto said, link->overhear(context));
        if (!said) break;
        ++heard;
        const auto words = words_of(*said);
        if (words.size() != 4 || words[0] != "pmessage" || !words[2].starts_with(prefix_)) continue;
        if (places.size() <= kPlacesMax)
          places.insert(place_of_key(words[2].substr(prefix_.size())));
      }
    }
    if (places.size() > kPlacesMax) return std::vector<Place>{Place()};
    if (!places.empty()) return std::vector<Place>(places.begin(), places.end());
    DBOPS_TRY(Link::wait_for_any(context, links_));
  }
}

}  // namespace dbops::redis

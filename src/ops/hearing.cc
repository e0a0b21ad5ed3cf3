#include "ops/hearing.h"

#include <algorithm>
#include <utility>

#include "ops/call.h"

namespace dbops::ops {

namespace {

using Clock = std::chrono::system_clock;

// Not within a character of UTF-8.
void cut(std::string& text) {
  if (text.size() <= kMessageBytesMax) return;
  constexpr size_t kLongest = 4;
  size_t end = kMessageBytesMax;
  while (end > kMessageBytesMax - kLongest && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80)
    --end;
  text.resize(end);
}

}  // namespace

Hearing::~Hearing() {
  standing_.end();
  const std::lock_guard lock(mutex_);
  round_.request();
}

Result<void> Hearing::begin(const Context& context, const std::string& topic,
                            const std::string& principal) {
  std::unique_lock lock(mutex_);
  if (!topics_.contains(topic) && topics_.size() >= kTopicsOfConnectionMax)
    return fail(Code::exhausted, "too many topics of this connection are subscribed to",
                "end subscriptions to others first");
  Topic& wished = topics_[topic];
  const auto [at, added] = wished.listeners.try_emplace(principal);
  at->second.unwanted = false;
  if (added)
    at->second = {.since = Clock::now(), .heard_before = wished.heard, .gaps_before = wished.gaps};
  refused_.erase(topic);
  round_.request();
  lock.unlock();
  auto begun = standing_.begin(context);
  lock.lock();
  if (begun) begun = await(context, lock, topic);
  if (begun || !added) return begun;
  const auto left = topics_.find(topic);
  if (left != topics_.end() && left->second.listeners.erase(principal) > 0 &&
      left->second.listeners.empty())
    topics_.erase(left);
  return begun;
}

Result<void> Hearing::await(const Context& context, std::unique_lock<std::mutex>& lock,
                            const std::string& topic) {
  const Deadline end = context.deadline.earlier(Deadline::after(pace_.standing.begin_max));
  const auto settled = [&] { return listened_.contains(topic) || refused_.contains(topic); };
  if (!settled_.wait_until(lock, *end.at(), settled))
    return fail(Code::timeout, "the database did not begin to tell of the topic in time",
                "try again: the session that listens may be reconnecting");
  if (listened_.contains(topic)) return {};
  return fail(refused_.at(topic));
}

std::unique_ptr<KeptTopic> Hearing::kept(const std::string& topic,
                                         const std::string& principal) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return nullptr;
  const Topic& all = found->second;
  const auto listener = all.listeners.find(principal);
  if (listener == all.listeners.end()) return nullptr;
  auto kept = std::make_unique<KeptTopic>();
  kept->since = listener->second.since;
  kept->heard = all.heard - listener->second.heard_before;
  kept->gaps = all.gaps - listener->second.gaps_before;
  const auto count =
      static_cast<std::ptrdiff_t>(std::min<uint64_t>(kept->heard, all.messages.size()));
  kept->messages.assign(all.messages.end() - count, all.messages.end());
  return kept;
}

bool Hearing::retain(const Wanted& wanted) {
  const std::lock_guard lock(mutex_);
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    auto& listeners = topic->second.listeners;
    for (auto each = listeners.begin(); each != listeners.end();) {
      const bool unwanted = !wanted(topic->first, each->first);
      const bool again = std::exchange(each->second.unwanted, unwanted);
      each = unwanted && again ? listeners.erase(each) : std::next(each);
    }
    topic = listeners.empty() ? topics_.erase(topic) : std::next(topic);
  }
  round_.request();
  return !topics_.empty();
}

Result<void> Hearing::check(const Connection& connection) const {
  if (connection.connector().has_topics()) return {};
  return fail(no_capability(connection, "topics"));
}

std::set<std::string> Hearing::wanted() const {
  std::set<std::string> names;
  for (const auto& [name, topic] : topics_) names.insert(name);
  return names;
}

Result<void> Hearing::begin(const Context& context, Session& session) {
  std::set<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    names = wanted();
  }
  DBOPS_TRY(session.topics()->listen(context, names));
  const std::lock_guard lock(mutex_);
  listened_ = std::move(names);
  settled_.notify_all();
  return {};
}

// A name that the server refuses is taken back; what was heard before is heard still.
Result<void> Hearing::follow_wishes(Session& session) {
  std::set<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    names = wanted();
    if (names == listened_) return {};
  }
  auto told = session.topics()->listen(standing_.within(pace_.standing.begin_max), names);
  if (!told && session.broken()) return told;
  const std::lock_guard lock(mutex_);
  if (told) {
    listened_ = std::move(names);
  } else {
    if (refused_.size() + names.size() > kTopicsOfConnectionMax) refused_.clear();
    for (const std::string& name : names)
      if (!listened_.contains(name)) {
        refused_.emplace(name, told.error());
        topics_.erase(name);
      }
    std::erase_if(listened_, [&](const std::string& name) { return !names.contains(name); });
  }
  settled_.notify_all();
  return {};
}

Result<void> Hearing::hear(const Context& context, Session& session) {
  Context round = context;
  {
    const std::lock_guard lock(mutex_);
    if (standing_.ending()) return {};
    round.cancel = round_ = Cancel::create();
  }
  DBOPS_TRY(follow_wishes(session));
  if (!news_.empty()) round.deadline = round.deadline.earlier(told_);
  auto heard = session.topics()->next(round);
  const bool quiet =
      !heard && (heard.error().code == Code::timeout || heard.error().code == Code::cancelled);
  if (heard) keep(std::move(*heard));
  tell_if_due();
  if (heard || (quiet && heard.error().code == Code::cancelled)) return {};
  return fail(std::move(heard).error());
}

void Hearing::keep(std::vector<Topics::Message> messages) {
  const std::lock_guard lock(mutex_);
  for (Topics::Message& message : messages) {
    const auto found = topics_.find(message.topic);
    if (found == topics_.end()) continue;
    Topic& topic = found->second;
    KeptMessage kept{.at = Clock::now(), .bytes = message.text.size()};
    cut(message.text);
    kept.text = std::move(message.text);
    ++topic.heard;
    topic.bytes += kept.text.size();
    topic.messages.push_back(std::move(kept));
    while (topic.messages.size() > kMessagesKept || topic.bytes > kKeptBytesMax) {
      topic.bytes -= topic.messages.front().text.size();
      topic.messages.pop_front();
    }
    news_.insert(found->first);
  }
}

void Hearing::resume() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, topic] : topics_) {
      ++topic.gaps;
      news_.insert(name);
    }
  }
  tell_if_due();
}

void Hearing::tell_if_due() {
  if (news_.empty() || (resting_ && !told_.passed()) || standing_.ending()) return;
  tell_(standing_.connection(), std::exchange(news_, {}));
  told_ = Deadline::after(pace_.rest);
  resting_ = true;
}

}  // namespace dbops::ops

// The table of commands against what servers say of their own.
#include <gmock/gmock-more-matchers.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "connectors/redis/command_keys.h"
#include "connectors/redis/command_table.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/session.h"
#include "connectors/redis/testing.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string>;

// A value of a reply, with what is in it.
class Part {
 public:
  explicit Part(const RespReply& reply, size_t at = 0) : reply_(&reply), at_(at) {}
  std::vector<Part> parts() const {
    std::vector<Part> all;
    size_t next = at_ + 1;
    for (uint32_t i = 0; i < node().size; ++i) {
      all.emplace_back(*reply_, next);
      next += reply_->nodes[next].nodes;
    }
    return all;
  }
  // Of a map, or of a list of names and values; nullopt where it lacks it.
  std::optional<Part> field(std::string_view name) const {
    const auto all = parts();
    for (size_t i = 0; i + 1 < all.size(); i += 2)
      if (all[i].text() == name) return all[i + 1];
    return std::nullopt;
  }
  int64_t number(std::string_view name) const { return field(name)->integer(); }
  bool holds(std::string_view text) const {
    const auto all = parts();
    return std::any_of(all.begin(), all.end(), [&](const Part& each) { return each.is(text); });
  }
  bool is(std::string_view text_) const { return text() == text_; }
  std::string_view text() const { return reply_->text(node()); }
  int64_t integer() const { return node().integer; }

 private:
  const RespNode& node() const { return reply_->nodes[at_]; }
  const RespReply* reply_;
  size_t at_;
};

struct Told {
  std::string verb;
  int64_t arity;
  Part flags;
  std::vector<Part> keys;
};

// Each: name, arity, flags, first key, last key, step, categories, tips, keys, subcommands.
void collect(const Part& commands, std::vector<Told>& all) {
  for (const Part& command : commands.parts()) {
    const auto parts = command.parts();
    std::string verb(parts[0].text());
    std::replace(verb.begin(), verb.end(), '|', ' ');
    for (char& c : verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    all.push_back({std::move(verb), parts[1].integer(), parts[2], parts[8].parts()});
    collect(parts[9], all);
  }
}

Words words_of_text(std::string_view text) {
  Words words;
  for (size_t at = 0; at <= text.size();) {
    const size_t blank = std::min(text.find(' ', at), text.size());
    words.emplace_back(text.substr(at, blank - at));
    at = blank + 1;
  }
  return words;
}

// The word with which keys begin; 0 where there are none.
size_t begin_of(const Part& begin, const Words& words) {
  const Part spec = *begin.field("spec");
  if (begin.field("type")->is("index")) return static_cast<size_t>(spec.number("index"));
  for (auto at = static_cast<size_t>(spec.number("startfrom")); at + 1 < words.size(); ++at)
    if (words[at] == spec.field("keyword")->text()) return at + 1;
  return 0;
}

// Where the keys of `words` stand as the server says; nullopt where it can't say all.
std::optional<std::set<size_t>> told_keys(const std::vector<Part>& specs, const Words& words) {
  std::set<size_t> places;
  const auto size = static_cast<int64_t>(words.size());
  for (const Part& each : specs) {
    const Part begin = *each.field("begin_search");
    const Part find = *each.field("find_keys");
    const Part spec = *find.field("spec");
    if (begin.field("type")->is("unknown") || find.field("type")->is("unknown"))
      return std::nullopt;
    auto first = static_cast<int64_t>(begin_of(begin, words));
    if (first == 0) continue;
    int64_t last = 0;
    int64_t step = 1;
    if (find.field("type")->is("range")) {
      last = spec.number("lastkey");
      step = spec.number("keystep");
      const int64_t limit = spec.number("limit");
      if (last >= 0)
        last += first;
      else
        last += limit > 1 ? first + (size - first) / limit : size;
    } else {
      const auto counter = static_cast<size_t>(first + spec.number("keynumidx"));
      if (counter >= words.size()) return std::nullopt;
      first += spec.number("firstkey");
      step = spec.number("keystep");
      int64_t count = 0;
      std::from_chars(words[counter].data(), words[counter].data() + words[counter].size(), count);
      last = first + (count - 1) * step;
    }
    for (int64_t place = first; place <= last; place += step)
      places.insert(static_cast<size_t>(place));
  }
  return places;
}

// Calls of it in lengths that it takes; each word may be a key, or a number of keys.
std::vector<Words> calls_of(const Told& one) {
  static const std::multimap<std::string, std::string> kWithWords = {
      {"XREAD", "XREAD STREAMS 1 1"},
      {"XREAD", "XREAD COUNT 1 STREAMS 1 1 1 1"},
      {"XREADGROUP", "XREADGROUP GROUP 1 1 STREAMS 1 1 1 1"},
      {"GEORADIUS", "GEORADIUS 1 1 1 1 m STORE 1"},
      {"GEORADIUS", "GEORADIUS 1 1 1 1 m STOREDIST 1"},
      {"GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER 1 1 1 m STORE 1"},
      {"GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER 1 1 1 m STOREDIST 1"}};
  std::vector<Words> calls;
  const auto [begin, end] = kWithWords.equal_range(one.verb);
  for (auto each = begin; each != end; ++each) calls.push_back(words_of_text(each->second));
  constexpr size_t kMore = 6;
  const auto least = static_cast<size_t>(std::abs(one.arity));
  for (size_t size = least; size <= least + (one.arity < 0 ? kMore : 0); ++size) {
    Words words = words_of_text(one.verb);
    words.resize(std::max(size, words.size()), "1");
    calls.push_back(std::move(words));
  }
  return calls;
}

class RedisCommandTable : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    auto reply = dynamic_cast<RedisSession&>(**session).link().ask(
        {}, std::vector<std::string_view>{"COMMAND"});
    ASSERT_TRUE(reply);
    reply_ = *std::move(reply);
    collect(Part(reply_), all_);
    ASSERT_GT(all_.size(), 300U);
  }

  RespReply reply_;
  std::vector<Told> all_;
};

TEST_P(RedisCommandTable, CallsNoReadWhatTheServerCallsAWrite) {
  size_t writes = 0;
  size_t reads = 0;
  for (const Told& one : all_) {
    const Class known = classify(words_of_text(one.verb));
    EXPECT_EQ(known.verb, one.verb);
    reads += known.tier == Tier::read ? 1 : 0;
    if (!one.flags.holds("write")) continue;
    ++writes;
    EXPECT_NE(known.tier, Tier::read) << one.verb;
  }
  EXPECT_GT(writes, 100U);
  EXPECT_GT(reads, 100U);
}

TEST_P(RedisCommandTable, HasAllCommandsOfKeys) {
  std::set<std::string> missing;
  for (const Told& one : all_) {
    const bool administers = one.flags.holds("admin") || one.flags.holds("asking");
    const KnownCommand* const known = find_command(one.verb);
    if (!one.keys.empty() && known == nullptr && !administers) missing.insert(one.verb);
  }
  // They lead out of the database, or show what the server keeps inside.
  for (const char* expected : {"MIGRATE", "MOVE"}) EXPECT_EQ(missing.erase(expected), 1U);
  EXPECT_THAT(missing, testing::IsEmpty());
}

TEST_P(RedisCommandTable, SaysWhereKeysStandAsTheServerDoes) {
  size_t compared = 0;
  std::set<std::string> unseen;
  for (const Told& one : all_) {
    const KnownCommand* const known = find_command(one.verb);
    if (known == nullptr || known->link) continue;  // Those of the link are refused.
    bool seen = one.keys.empty();
    for (const Words& words : calls_of(one)) {
      const auto told = told_keys(one.keys, words);
      const auto found = keys_of(one.verb, words);
      if (!told || !found || found->channels) continue;
      seen = true;
      ++compared;
      EXPECT_EQ(std::set<size_t>(found->places.begin(), found->places.end()), *told)
          << one.verb << " of " << words.size() << " words";
    }
    if (!seen) unseen.insert(one.verb);
  }
  EXPECT_GT(compared, 300U);
  // The server does not say which keys those of SORT are; a channel is no key here.
  EXPECT_THAT(unseen, testing::ElementsAre("SORT", "SORT_RO", "SPUBLISH"));
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisCommandTable,
                         testing::Values("DBOPS_TEST_REDIS", "DBOPS_TEST_REDIS8",
                                         "DBOPS_TEST_VALKEY"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace dbops::redis

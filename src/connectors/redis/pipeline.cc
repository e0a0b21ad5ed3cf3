#include "connectors/redis/pipeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "connectors/redis/bind.h"
#include "connectors/redis/command_keys.h"
#include "connectors/redis/overwrites.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

// What each node of a cluster answers, and does, for itself alone.
bool is_of_one_node(std::string_view verb) {
  static constexpr auto kVerbs = std::to_array<std::string_view>(
      {"BGSAVE",         "CLIENT LIST",   "CONFIG GET",     "CONFIG SET",
       "DBSIZE",         "FLUSHALL",      "FLUSHDB",        "INFO",
       "KEYS",           "LASTSAVE",      "LATENCY DOCTOR", "LATENCY HISTORY",
       "LATENCY LATEST", "MEMORY DOCTOR", "MEMORY STATS",   "PUBSUB CHANNELS",
       "PUBSUB NUMPAT",  "PUBSUB NUMSUB", "RANDOMKEY",      "ROLE",
       "SAVE",           "SCAN",          "SLOWLOG GET",    "SLOWLOG LEN"});
  return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

class Pipeline final : public Results {
 public:
  Pipeline(RedisQueries& queries, const Script& script, const Parameters& parameters, Mode mode)
      : queries_(queries),
        script_(script),
        parameters_(parameters),
        mode_(mode),
        link_(&queries.nodes().seed()) {}
  ~Pipeline() override {
    stream_.reset();
    link().abandon_all();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  Result<Stream*> next(const Context& context) override {
    if (auto passed = link().pass_over(context); !passed) return failed(std::move(passed).error());
    stream_.reset();
    if (index_ == script_.statements.size()) return nullptr;
    if (counts_keys_of_all(index_)) {
      auto counted = count_keys(context);
      if (!counted) return failed(std::move(counted).error());
      stream_ = *std::move(counted);
      return stream_.get();
    }
    if (sent_ == index_)
      if (auto sent = send(context); !sent) return failed(std::move(sent).error());
    auto stream = read(context);
    if (!stream) return failed(std::move(stream).error());
    stream_ = *std::move(stream);
    return stream_.get();
  }

 private:
  Link& link() { return *link_; }

  // The words of a command that may be sent.
  Result<Link::Command> command(const Context& context, size_t index) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script_.statement_text(index), at));
    if (!line) return fail(Code::internal, "the statement has no command in it");
    const size_t named = name_words(script_.statements[index]);
    DBOPS_ASSIGN(Link::Command words, bind(*std::move(line), parameters_, named));
    if (mode_ == Mode::read)
      DBOPS_TRY(
          queries_.check_at_server(context, std::span(words).first(std::min(words.size(), named))));
    return words;
  }

  // The commands from the next one on, as many as go into one write. One that is refused ends them:
  // it is reported in its turn.
  Result<void> send(const Context& context) {
    const size_t first = sent_;
    std::vector<Link::Command> part;
    latest_.clear();
    size_t bytes = 0;
    const size_t most = queries_.nodes().cluster() ? 1 : kPipelineMax;
    bool replica = false;
    while (sent_ < script_.statements.size() && part.size() < most && bytes < kPipelineBytesMax) {
      auto words = command(context, sent_);
      if (!words && part.empty()) return fail(std::move(words).error());
      if (!words) break;
      const bool free = mode_ == Mode::read && any_replica(script_.statements[sent_].verb, *words);
      if (part.empty()) replica = free;
      if (replica != free) break;
      for (const std::string& word : *words) bytes += word.size();
      probe(sent_, *words, part);
      if (latest_.empty()) latest_ = *words;
      part.push_back(*std::move(words));
      ++sent_;
    }
    Nodes& nodes = queries_.nodes();
    const std::string& verb = script_.statements[first].verb;
    for (;;) {
      DBOPS_ASSIGN(link_, replica ? nodes.route_read(context, verb, latest_)
                                  : nodes.route(context, verb, latest_));
      auto sent = link().send_all(context, part);
      if (sent || !give_up_replica(context)) {
        // They may have arrived before the link broke.
        if (!sent && sent.error().session_broken && writes_between(first, sent_))
          sent.error().effect = Effect::unknown;
        return sent;
      }
    }
  }

  // Asks for the times of the keys that the command would make lasting, in front of it.
  void probe(size_t index, const Link::Command& words, std::vector<Link::Command>& part) {
    if (mode_ != Mode::write || script_.statements.size() > kProbedCommandsMax) return;
    for (const size_t place : keys_made_lasting(script_.statements[index].verb, words)) {
      probed_[index].push_back(words[place]);
      part.push_back({"PTTL", words[place]});
    }
  }

  // What there is to say of those times, should the command succeed.
  Result<std::vector<std::string>> read_probes(const Context& context, size_t index) {
    std::vector<std::string> warnings;
    const auto probed = probed_.find(index);
    if (probed == probed_.end()) return warnings;
    for (const std::string& key : probed->second) {
      DBOPS_ASSIGN(const Reply reply, begin_reply(context, link()));
      if (!reply.whole) continue;
      std::string lost = lost_time(script_.statements[index].verb, key, *reply.whole);
      if (!lost.empty()) warnings.push_back(std::move(lost));
    }
    return warnings;
  }

  // Of a cluster the nodes' sum.
  bool counts_keys_of_all(size_t index) const {
    return queries_.nodes().cluster() && script_.statements[index].verb == "DBSIZE" &&
           script_.statement_text(index).size() == std::string_view("DBSIZE").size();
  }
  Result<std::unique_ptr<Stream>> count_keys(const Context& context) {
    link_ = &queries_.nodes().seed();  // Others may be opened anew.
    DBOPS_ASSIGN(const auto links, queries_.nodes().primaries(context));
    int64_t keys = 0;
    for (Link* const link : links) {
      DBOPS_ASSIGN(const RespReply reply, link->ask(context, Words{"DBSIZE"}));
      keys += reply.nodes[0].type == RespType::integer ? reply.nodes[0].integer : 0;
    }
    auto table = std::make_unique<Table>(Schema{{"value", "", Kind::null}});
    table->add({Value::integer(keys)});
    table->edit_summary().command = "DBSIZE";
    table->edit_summary().warnings.push_back("this is the sum of the cluster's " +
                                             std::to_string(links.size()) + " primaries");
    sent_ = ++index_;
    return table;
  }

  ReplyNotes notes_of(const std::string& verb) {
    ReplyNotes notes;
    if (verb == "SCAN" && queries_.rules().restrict()) notes.rules = &queries_.rules();
    if (queries_.nodes().cluster() && is_of_one_node(verb))
      notes.warnings.push_back("this is of the node " + queries_.nodes().seed_address().text() +
                               " alone, one of a cluster's");
    return notes;
  }

  // A read of keys; none that goes on from a cursor, or shows what each server counts for itself.
  static bool any_replica(std::string_view verb, std::span<const std::string> words) {
    const auto keys = keys_of(verb, words);
    return keys && !keys->places.empty() && !keys->channels && !verb.ends_with("SCAN") &&
           !verb.starts_with("OBJECT ") && !verb.starts_with("MEMORY ");
  }

  // Whether it was a replica's link, and others can be asked in its place.
  bool give_up_replica(const Context& context) {
    Nodes& nodes = queries_.nodes();
    if (mode_ != Mode::read || !context.alive() || !nodes.is_replica(link())) return false;
    nodes.rest(link());
    return true;
  }

  // The reply of a command, from the node that takes it in the end.
  Result<Reply> begin(const Context& context, size_t index) {
    for (;;) {
      auto reply = begin_somewhere(context);
      const bool useless = reply ? reply->error().starts_with("MASTERDOWN ") ||
                                       reply->error().starts_with("LOADING ")
                                 : link().broken();
      if (!useless || !give_up_replica(context)) return reply;
      sent_ = index;  // A read that was not answered is asked again.
      DBOPS_TRY(send(context));
    }
  }

  Result<Reply> begin_somewhere(const Context& context) {
    for (int redirects = 0;; ++redirects) {
      DBOPS_ASSIGN(Reply reply, begin_reply(context, link()));
      if (!queries_.nodes().cluster() || reply.error().empty()) return reply;
      DBOPS_ASSIGN(Link* const next, queries_.nodes().follow(context, link(), reply.error()));
      if (next == nullptr) return reply;
      if (redirects == kRedirectsMax) return fail(sent_on_too_often());
      link_ = next;
      DBOPS_TRY(link().send_all(context, {&latest_, 1}));
    }
  }

  Result<std::unique_ptr<Stream>> read(const Context& context) {
    const size_t index = index_++;
    const bool writes = writes_between(index, index_);
    ReplyNotes notes = notes_of(script_.statements[index].verb);
    auto stream =
        read_probes(context, index)
            .and_then([&](std::vector<std::string> lost) {
              notes.warnings.insert(notes.warnings.end(), lost.begin(), lost.end());
              return begin(context, index);
            })
            .and_then([&](Reply reply) {
              if (probed_.contains(index) && reply.whole && made_nothing(*reply.whole))
                notes.warnings.clear();
              return rows_of(link(), std::move(reply), script_.statements[index].verb,
                             wrote_ || writes ? Effect::applied : Effect::none, std::move(notes));
            });
    if (stream) {
      wrote_ = wrote_ || writes;
      return stream;
    }
    Error& error = stream.error();
    if (error.session_broken) {
      if (writes_between(index, sent_)) error.effect = Effect::unknown;
    } else if (index_ < sent_) {
      const size_t behind = sent_ - index_;
      error.message += " (command " + std::to_string(index + 1) + ", which was sent with " +
                       std::to_string(behind) + " behind it; they ran)";
      if (writes_between(index_, sent_)) error.effect = Effect::applied;
    }
    return stream;
  }

  bool writes_between(size_t begin, size_t end) const {
    const auto& all = script_.statements;
    return std::any_of(all.begin() + static_cast<ptrdiff_t>(begin),
                       all.begin() + static_cast<ptrdiff_t>(end),
                       [](const Statement& one) { return one.tier > Tier::read; });
  }

  tl::unexpected<Error> failed(Error error) {
    error = queries_.nodes().about_session(std::move(error));
    if (error.effect == Effect::none && wrote_) error.effect = Effect::applied;
    return fail(std::move(error));
  }

  RedisQueries& queries_;
  const Script& script_;
  const Parameters& parameters_;
  const Mode mode_;
  size_t index_ = 0;  // The command whose reply comes next.
  size_t sent_ = 0;   // Those before it were sent.
  bool wrote_ = false;
  Link* link_;            // That the commands went to.
  Link::Command latest_;  // The first of them: in a cluster the only one.
  std::map<size_t, std::vector<std::string>> probed_;  // By command the keys asked about.
  std::unique_ptr<Stream> stream_;
};

}  // namespace

std::unique_ptr<Results> run_pipeline(RedisQueries& queries, const Script& script,
                                      const Parameters& parameters, Mode mode) {
  return std::make_unique<Pipeline>(queries, script, parameters, mode);
}

}  // namespace dbops::redis

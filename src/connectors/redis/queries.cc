#include "connectors/redis/queries.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "connectors/redis/bind.h"
#include "connectors/redis/command_keys.h"
#include "connectors/redis/frame.h"
#include "connectors/redis/transaction.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

constexpr size_t kCheckedMax = 1000;  // commands whose answer is kept

// How many words are the command's name: "CLIENT INFO" has two.
size_t name_words(const Statement& statement) {
  return statement.verb.find(' ') == std::string::npos ? 1 : 2;
}

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

class RedisResults final : public Results {
 public:
  RedisResults(RedisQueries& queries, const Script& script, const Parameters& parameters, Mode mode)
      : queries_(queries),
        script_(script),
        parameters_(parameters),
        mode_(mode),
        link_(&queries.nodes().seed()) {}
  ~RedisResults() override {
    stream_.reset();
    link().abandon_all();
  }
  RedisResults(const RedisResults&) = delete;
  RedisResults& operator=(const RedisResults&) = delete;

  Result<Stream*> next(const Context& context) override {
    if (auto passed = link().pass_over(context); !passed) return failed(std::move(passed).error());
    stream_.reset();
    if (index_ == script_.statements.size()) return nullptr;
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
      part.push_back(*std::move(words));
      ++sent_;
    }
    latest_ = part.front();
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

  ReplyNotes notes_of(const std::string& verb) {
    ReplyNotes notes;
    if (verb == "SCAN" && queries_.rules().restrict()) notes.rules = &queries_.rules();
    if (queries_.nodes().cluster() && is_of_one_node(verb))
      notes.warning = "this is of the node " + queries_.nodes().seed_address().text() +
                      " alone, one of a cluster's";
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
    auto stream = begin(context, index).and_then([&](Reply reply) {
      const std::string& verb = script_.statements[index].verb;
      return rows_of(link(), std::move(reply), verb,
                     wrote_ || writes ? Effect::applied : Effect::none, notes_of(verb));
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
  std::unique_ptr<Stream> stream_;
};

// Whether COMMAND INFO says that a command writes: among its flags, or the ACL's categories; or is
// a script that the server lets write. nullopt for a command that the server doesn't know.
std::optional<bool> says_write(const RespReply& reply, bool function) {
  if (reply.nodes[0].type != RespType::array || reply.nodes.size() < 2) return true;
  const RespNode& info = reply.nodes[1];
  if (info.type == RespType::null) return std::nullopt;
  if (info.type != RespType::array || info.size < 3) return true;
  bool script = false;
  bool only_reads = false;
  for (const RespNode& node : reply.nodes) {
    if (node.type != RespType::status && node.type != RespType::bulk) continue;
    const std::string_view text = reply.text(node);
    if (text == "write" || text == "@write") return true;
    script = script || text == "@scripting";
    only_reads = only_reads || text == "readonly";
  }
  return script && !(function && only_reads);
}

}  // namespace

Error sent_on_too_often() {
  return {.code = Code::busy,
          .message = "the nodes of the cluster sent the command on to each other, " +
                     std::to_string(kRedirectsMax) + " times",
          .hint = "slots are on the move, or the nodes disagree: look at CLUSTER INFO",
          .retryable = true};
}

Result<std::unique_ptr<Results>> RedisQueries::run(const Context& context, const Script& script,
                                                   const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  if (mode == Mode::rehearse)
    return fail(Code::unsupported, "Redis can't take a command back: there is no dry run",
                "read first what it would change, such as with TYPE, EXISTS or MEMORY USAGE");
  if (!parameters.empty() && script.statements.size() > 1)
    return fail(Code::invalid_argument, "parameters need a text of one command",
                "send the commands one by one");
  const Tier allowed = mode == Mode::read ? Tier::read : tier_;
  for (const Statement& statement : script.statements) {
    if (statement.tier <= allowed) continue;
    return fail(Code::forbidden, "refused: " + statement.reason,
                mode == Mode::read
                    ? "use execute for commands that write"
                    : "the connection needs the tier " + std::string(name(statement.tier)));
  }
  if (is_transaction(script)) return transaction(context, script, parameters, mode);
  if (rules_.restrict()) DBOPS_TRY(check_keys(script, parameters));
  if (!parameters.empty()) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(0), at));
    if (line) DBOPS_TRY(bind(*std::move(line), parameters, name_words(script.statements[0])));
  }
  return std::make_unique<RedisResults>(*this, script, parameters, mode);
}

// Of all commands, before the first is sent.
Result<void> RedisQueries::check_keys(const Script& script, const Parameters& parameters) const {
  for (size_t i = 0; i < script.statements.size(); ++i) {
    size_t at = 0;
    DBOPS_ASSIGN(auto line, next_line(script.statement_text(i), at));
    if (!line) continue;
    const Statement& statement = script.statements[i];
    DBOPS_ASSIGN(const Link::Command words,
                 bind(*std::move(line), parameters, name_words(statement)));
    DBOPS_TRY(rules_.check_command(statement.verb, words, KeyRules::Scans::hidden));
  }
  return {};
}

Result<std::unique_ptr<Results>> RedisQueries::transaction(const Context& context,
                                                           const Script& script,
                                                           const Parameters& parameters,
                                                           Mode mode) {
  DBOPS_ASSIGN(Outline parts, outline(script.text));
  Framed framed;
  for (Line& line : parts.watches) {
    DBOPS_TRY(rules_.check_command("WATCH", line.words, KeyRules::Scans::refused));
    framed.watches.push_back(std::move(line.words));
  }
  for (size_t i = 0; i < parts.commands.size(); ++i) {
    const size_t named = name_words(script.statements[i]);
    DBOPS_ASSIGN(Link::Command words, bind(std::move(parts.commands[i]), parameters, named));
    DBOPS_TRY(rules_.check_command(script.statements[i].verb, words, KeyRules::Scans::refused));
    if (mode == Mode::read)
      DBOPS_TRY(check_at_server(context, std::span(words).first(std::min(words.size(), named))));
    (i < parts.multi ? framed.before : framed.inside).push_back(std::move(words));
  }
  return run_transaction(nodes_, script, std::move(framed));
}

// Servers before 7.0 know no subcommands by themselves, but the commands that have them.
Result<bool> RedisQueries::ask_whether_it_writes(const Context& context,
                                                 std::span<const std::string> words) {
  for (size_t count = words.size(); count > 0; --count) {
    std::string command = words[0];
    if (count > 1) command += '|' + words[1];
    auto info = nodes_.seed().ask(context, Words{"COMMAND", "INFO", command});
    if (!info) {
      if (info.error().code == Code::denied)
        info.error().hint = "reads are checked with COMMAND INFO: allow it (+command|info)";
      return fail(std::move(info).error());
    }
    if (const auto writes = says_write(*info, lower(words[0]) == "fcall_ro")) return *writes;
  }
  return false;
}

Result<void> RedisQueries::check_at_server(const Context& context,
                                           std::span<const std::string> words) {
  const std::string command = words.size() > 1 ? words[0] + ' ' + words[1] : words[0];
  auto known = writes_.find(command);
  if (known == writes_.end()) {
    DBOPS_ASSIGN(const bool writes, ask_whether_it_writes(context, words));
    if (writes_.size() == kCheckedMax) writes_.clear();
    known = writes_.emplace(command, writes).first;
  }
  if (!known->second) return {};
  return fail(Code::forbidden,
              "refused: the server says that " + escape_control(shorten(command, 64)) + " writes",
              "use execute for commands that write");
}

}  // namespace dbops::redis
